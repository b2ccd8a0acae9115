#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles the public headers alone, twice, in pairs and among standard headers, without a warning.

    compile_matrix.py <include-dir> [--jobs N]

Each combination is one file; the files of one compiler and dialect are compiled by a few commands,
and one by one only when a command fails. Also checked: that <sys/socket.h> and its kin are refused
in plain words in either order, and that every function a header declares is a symbol of ours.
Compilers that are not installed are skipped; with none at all the script fails.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

HEADERS = ["winsock2.h", "ws2def.h", "ws2ipdef.h", "ws2tcpip.h", "mswsock.h", "windows.h",
           "ws2ring.h"]
WINSOCK = [header for header in HEADERS if header != "ws2ring.h"]

STANDARD_C = """assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h
    locale.h math.h setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h
    stdio.h stdlib.h stdnoreturn.h string.h tgmath.h time.h uchar.h wchar.h wctype.h""".split()
STANDARD_CXX = """cassert ccomplex cctype cerrno cfenv cfloat cinttypes ciso646 climits clocale
    cmath csetjmp csignal cstdalign cstdarg cstdbool cstddef cstdint cstdio cstdlib cstring ctgmath
    ctime cuchar cwchar cwctype algorithm array atomic chrono condition_variable functional future
    initializer_list iostream limits map memory mutex string system_error thread tuple type_traits
    unordered_map utility vector""".split()
POSIX = "unistd.h sys/types.h sys/time.h pthread.h fcntl.h errno.h poll.h".split()
REFUSED = ["sys/socket.h", "netinet/in.h", "arpa/inet.h", "netdb.h"]
REFUSAL = "keep them in separate source files"

WARNINGS = "-Wall -Wextra -Wpedantic -Werror".split()
COMPILERS = [("gcc", "c", ["c11", "gnu11", "c17"]), ("clang", "c", ["c11", "gnu11", "c17"]),
             ("g++", "c++", ["c++11", "c++17"]), ("clang++", "c++", ["c++11", "c++17"])]
VARIANTS = [["-fshort-wchar"], ["-DUNICODE", "-D_UNICODE", "-DNOMINMAX", "-DWIN32_LEAN_AND_MEAN"]]

# Everything the headers may declare as exported, and no more.
FUNCTIONS = """
    WSAStartup WSACleanup WSAGetLastError WSASetLastError socket WSASocketA WSASocketW closesocket
    bind listen getsockname getpeername shutdown accept setsockopt getsockopt ioctlsocket WSASend
    WSARecv WSAGetOverlappedResult WSAIoctl AcceptEx GetAcceptExSockaddrs WSACreateEvent WSASetEvent
    WSAResetEvent WSACloseEvent WSAWaitForMultipleEvents htons htonl ntohs ntohl WSAHtons WSAHtonl
    WSANtohs WSANtohl GetLastError SetLastError CloseHandle CreateIoCompletionPort
    GetQueuedCompletionStatus GetQueuedCompletionStatusEx PostQueuedCompletionStatus CancelIo
    CancelIoEx SetFileCompletionNotificationModes GetOverlappedResult CreateThread
    GetExitCodeThread GetCurrentThreadId WaitForSingleObject WaitForMultipleObjects
    InitializeCriticalSection InitializeCriticalSectionAndSpinCount EnterCriticalSection
    TryEnterCriticalSection LeaveCriticalSection DeleteCriticalSection Sleep SwitchToThread
    GetSystemInfo SetConsoleCtrlHandler GetProcessHeap HeapAlloc HeapFree QueryPerformanceCounter
    QueryPerformanceFrequency
""".split()
OWN_FUNCTIONS = ["ws2_stats", "ws2_engine", "ws2_version"]

# Windows source that must compile as it is; UNUSED() keeps -Wall quiet.
USES = """
static void use(SOCKET s, struct linger linger, u_long number)
{
    LINGER same = linger;
    SOCKADDR_IN address;
    LPSOCKADDR any = (LPSOCKADDR)&address;
    GUID guid = WSAID_ACCEPTEX;
    LPFN_ACCEPTEX accept_ex = AcceptEx;
    WSAPROTOCOL_INFO info;
    WSADATA data;
    DWORD bytes = 0;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(80);
    if (s == INVALID_SOCKET || ioctlsocket(s, (long)FIONBIO, &number) == SOCKET_ERROR)
        WSASetLastError(WSAENOTSOCK);
    WSAStartup(MAKEWORD(2, 2), &data);
    WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &guid, sizeof(guid), &accept_ex,
             sizeof(accept_ex), &bytes, NULL, NULL);
    s = WSASocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, &info, 0, WSA_FLAG_OVERLAPPED);
    CreateIoCompletionPort((HANDLE)s, NULL, (ULONG_PTR)any, 0);
    UNREFERENCED_PARAMETER(same);
}
void (*ws2_test_use)(SOCKET, struct linger, u_long) = use;
"""

CASE_TAIL = "\ntypedef int ws2_test_end;\n"


def lines(headers):
    return "".join(f"#include <{header}>\n" for header in headers)


def cases(language):
    """Yields (name, source) of every combination in a language."""
    standard = (STANDARD_C if language == "c" else STANDARD_CXX) + POSIX
    for header in HEADERS:
        yield header, lines([header])
        yield header + " twice", lines([header, header])
        yield header + " after the standard headers", lines(standard + [header])
        yield header + " before the standard headers", lines([header] + standard)
        for other in HEADERS:
            if other != header:
                yield f"{header} before {other}", lines([header, other])
    yield "all and a use", lines(HEADERS) + USES
    yield "min and max are C++'s or the user's own", lines(HEADERS) + (
        "#ifdef __cplusplus\n#include <algorithm>\n"
        "int ws2_test_min(int a) { return std::min(a, 1) + std::max(a, 2); }\n#endif\n"
        "#if (defined(NOMINMAX) || defined(__cplusplus)) && (defined(min) || defined(max))\n"
        "#error min or max is a macro\n#endif\n")
    yield "no macro of the compiler's is defined", lines(HEADERS) + (
        "#if defined(_WIN32) || defined(WIN32) || defined(_WIN32_WINNT)\n"
        "#error that is for the compile flags\n#endif\n")
    yield "ws2ring.h beside POSIX sockets", lines(["ws2ring.h"] + REFUSED)
    yield "POSIX sockets beside ws2ring.h", lines(REFUSED + ["ws2ring.h"])


def one_by_one(language, name):
    """The pairs behind a case that takes all standard headers at once."""
    standard = (STANDARD_C if language == "c" else STANDARD_CXX) + POSIX
    header, _, rest = name.partition(" ")
    for other in standard:
        if rest == "after the standard headers":
            yield f"{header} after <{other}>", lines([other, header])
        elif rest == "before the standard headers":
            yield f"{header} before <{other}>", lines([header, other])


class Run:
    def __init__(self, include_dir, folder):
        self.include_dir, self.folder = include_dir, folder
        self.passed, self.failures = 0, []
        self.lock = threading.Lock()

    def write(self, language, name, source):
        suffix = ".c" if language == "c" else ".cc"
        path = self.folder / (re.sub(r"\W+", "_", name) + "." + language.replace("+", "x") + suffix)
        path.write_text(source + CASE_TAIL)
        return path

    def compile(self, command, paths, extra=("-fsyntax-only",)):
        args = command + [f"-I{self.include_dir}", *extra, *map(str, paths)]
        done = subprocess.run(args, capture_output=True, text=True, check=False)
        return done.returncode == 0, done.stderr

    def succeed(self, count=1):
        with self.lock:
            self.passed += count

    def fail(self, command, name, text):
        with self.lock:
            self.failures.append((" ".join(command) + ": " + name, text))

    def batch(self, command, language, named):
        """Compiles many cases by one command, and separately when that fails."""
        if self.compile(command, [path for _, path in named])[0]:
            self.succeed(len(named))
            return
        for name, path in named:
            good, text = self.compile(command, [path])
            if good:
                self.succeed()
                continue
            culprits = []
            for pair, source in one_by_one(language, name):
                good, pair_text = self.compile(command, [self.write(language, pair, source)])
                if not good:
                    culprits.append((pair, pair_text))
            for culprit, culprit_text in culprits or [(name, text)]:
                self.fail(command, culprit, culprit_text)

    def refusal(self, command, language):
        """POSIX sockets before or after a Winsock header: an error that says why."""
        for header in WINSOCK:
            for other in REFUSED:
                for order in ([header, other], [other, header]):
                    name = " then ".join(order) + " is refused"
                    good, text = self.compile(command, [self.write(language, name, lines(order))])
                    if not good and REFUSAL in text:
                        self.succeed()
                    else:
                        self.fail(command, name, text or "it compiled")

    def symbols(self, command, language):
        """Every function compiles to an undefined symbol of the expected name."""
        wide = "16" if "-fshort-wchar" in command else "32"
        table = ", ".join(f"(function)&{name}" for name in FUNCTIONS + OWN_FUNCTIONS)
        count = len(FUNCTIONS + OWN_FUNCTIONS)
        source = lines(HEADERS) + (
            f"typedef void (*function)(void);\nextern function ws2_test_all[{count}];\n"
            f"function ws2_test_all[{count}] = {{{table}}};\n")
        path = self.write(language, "symbols" + wide + pathlib.Path(command[0]).name, source)
        target = path.with_suffix(".o")
        quiet = [flag for flag in command if flag not in WARNINGS]
        good, text = self.compile(quiet, [path], ["-c", "-o", str(target)])
        if not good:
            self.fail(command, "symbols", text)
            return
        listing = subprocess.run(["nm", "-u", str(target)], capture_output=True, text=True,
                                 check=True).stdout
        found = {word for word in listing.split() if len(word) > 1}
        expected = {"ws2_" + name for name in FUNCTIONS} | set(OWN_FUNCTIONS)
        expected = {s + wide if s == "ws2_WSASocketW" else s for s in expected}
        for symbol in sorted(expected ^ found):
            self.fail(command, "symbol " + symbol, "expected" if symbol in expected else "found")
        self.succeed(len(expected & found))

    def declared(self):
        """The headers declare what is in FUNCTIONS, and nothing else."""
        text = "".join(p.read_text() for p in self.include_dir.rglob("*.h"))
        text = re.sub(r"/\*.*?\*/|^\s*#\s*define.*?$", " ", text, flags=re.S | re.M)
        exported = r"(?:WS2RING_API|visibility\(\"default\"\)\)\))[^;(]*?(\w+)\("
        found = set(re.findall(exported, text))
        expected = set(FUNCTIONS + OWN_FUNCTIONS)
        for name in sorted(expected ^ found):
            self.fail([], "declaration of " + name, "missing" if name in expected else "unexpected")
        self.succeed(len(expected & found))


def chunks(items, size):
    return [items[i:i + size] for i in range(0, len(items), size)]


def plan(run):
    """Every piece of work as a function without arguments."""
    files = {language: [(name, run.write(language, name, text)) for name, text in cases(language)]
             for language in ("c", "c++")}
    found = 0
    for compiler, language, dialects in COMPILERS:
        if shutil.which(compiler) is None:
            print(f"skipped: {compiler} is not installed")
            continue
        found += 1
        commands = [[compiler, "-std=" + dialect, *WARNINGS] for dialect in dialects]
        commands += [[*commands[-1], *variant] for variant in VARIANTS]
        for command in commands:
            chosen = files[language]
            if len(command) > len(commands[0]):  # a variant: one header among these will do
                chosen = [(name, path) for name, path in chosen
                          if "standard" not in name or name.startswith("winsock2.h")]
            for part in chunks(chosen, 20):
                yield lambda c=command, l=language, p=part: run.batch(c, l, p)
        for command in (commands[0], [*commands[0], "-fshort-wchar"]):
            yield lambda c=command, l=language: run.symbols(c, l)
        yield lambda c=commands[0], l=language: run.refusal(c, l)
    if found == 0:
        sys.exit("no compiler found")
    yield run.declared


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("include_dir", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ws2ring-headers-") as folder:
        run = Run(args.include_dir.resolve(), pathlib.Path(folder))
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for task in [pool.submit(work) for work in plan(run)]:
                task.result()
    for name, text in run.failures:
        print(f"FAILED {name}\n{text.rstrip()[:2000]}\n")
    print(f"{run.passed} passed, {len(run.failures)} failed")
    sys.exit(1 if run.failures else 0)


if __name__ == "__main__":
    main()
