#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles the public headers in every company they may be in, without a warning.

    compile_matrix.py <include-dir> <header-names-dir> <flags of the Windows flavour>...

Alone, twice, in pairs, before and after standard and POSIX headers and libcurl's, under the other
names that Windows source uses, with FD_SETSIZE set in every place, and as part of a Windows source
file. Each combination is one file; the files of one compiler and dialect are compiled by a few
commands, and one by one only when a command fails. Also checked: that <sys/socket.h> and its kin
are refused in plain words in either order, and that every function a header declares is a symbol of
ours. Compilers that are not installed are skipped; with none at all the script fails.
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

HERE = pathlib.Path(__file__).resolve().parent

WINSOCK = ["winsock2.h", "ws2def.h", "ws2ipdef.h", "ws2tcpip.h", "mswsock.h", "mstcpip.h",
           "afunix.h", "winsock.h", "windows.h"]
HEADERS = []  # every header of include/ that is no shadow of a system header; filled in by main()

STANDARD_C = """assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h
    locale.h math.h setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h
    stdio.h stdlib.h stdnoreturn.h string.h tgmath.h threads.h time.h uchar.h wchar.h
    wctype.h""".split()
STANDARD_CXX = """cassert ccomplex cctype cerrno cfenv cfloat cinttypes ciso646 climits clocale
    cmath csetjmp csignal cstdalign cstdarg cstdbool cstddef cstdint cstdio cstdlib cstring ctgmath
    ctime cuchar cwchar cwctype algorithm array atomic bitset chrono codecvt complex
    condition_variable deque exception forward_list fstream functional future initializer_list
    iomanip ios iosfwd iostream istream iterator limits list locale map memory mutex new numeric
    ostream queue random ratio regex scoped_allocator set sstream stack stdexcept streambuf string
    system_error thread tuple type_traits typeindex typeinfo unordered_map unordered_set utility
    valarray vector""".split()
# What C++20 no longer has; gcc says so with an error.
GONE_CXX20 = "ccomplex ciso646 cstdalign cstdbool ctgmath codecvt".split()
POSIX = """unistd.h sys/types.h sys/time.h sys/select.h sys/ioctl.h pthread.h fcntl.h errno.h
    poll.h""".split()
REFUSED = ["sys/socket.h", "netinet/in.h", "arpa/inet.h", "netdb.h"]
REFUSAL = "keep them in separate source files"

WARNINGS = "-Wall -Wextra -Wpedantic -Werror".split()
COMPILERS = [("gcc", "c", ["c11", "c17", "gnu2x"]), ("clang", "c", ["c11", "c17", "gnu2x"]),
             ("g++", "c++", ["c++11", "c++17", "c++20"]),
             ("clang++", "c++", ["c++11", "c++17", "c++20"])]
WIDE = ["-DUNICODE", "-D_UNICODE", "-DNOMINMAX", "-DWIN32_LEAN_AND_MEAN"]

CASE_TAIL = "\ntypedef int ws2_test_end;\n"

# After Winsock and libc in any order, these mean what Winsock says.
WINSOCK_WINS = """
#ifdef __cplusplus
#define SAME(what) static_assert(what, #what)
#else
#define SAME(what) _Static_assert(what, #what)
#endif
SAME(POLLIN == 0x300 && POLLRDNORM == 0x100 && POLLOUT == 0x10 && POLLERR == 1 && POLLNVAL == 4);
SAME(sizeof(struct pollfd) == 16 && sizeof(WSAPOLLFD) == 16);
SAME(FIONBIO == 0x8004667e && FIONREAD == 0x4004667f && IOC_IN == 0x80000000);
SAME(sizeof(u_long) == 4 && sizeof(struct linger) == 4 && sizeof(INADDR_ANY) == 4);
SAME(sizeof(fd_set) == 8 + 8 * FD_SETSIZE);
int ws2_test_sets(SOCKET s, fd_set *set, struct timeval *timeout);
int ws2_test_sets(SOCKET s, fd_set *set, struct timeval *timeout)
{
    FD_ZERO(set);
    FD_SET(s, set);
    return select(0, set, NULL, NULL, timeout) + FD_ISSET(s, set) + (int)set->fd_count;
}
int ws2_test_name(char *name, int length);
int ws2_test_name(char *name, int length)
{
    int (WSAAPI *function)(char *, int) = gethostname;

    return gethostname(name, length) + function(name, length);
}
"""


def lines(headers):
    return "".join(f"#include <{header}>\n" for header in headers)


def room(count):
    return lines([]) + (f"typedef char ws2_test_room[FD_SETSIZE == {count} && "
                        f"sizeof(fd_set) == 8 + 8 * {count} ? 1 : -1];\n")


def fd_setsize_cases():
    """Who sets FD_SETSIZE, and where; the libc headers define it too."""
    libc = lines(["sys/types.h", "stdlib.h", "sys/select.h", "sys/time.h"])
    user, again = "#define FD_SETSIZE 512\n", "#undef FD_SETSIZE\n#define FD_SETSIZE 512\n"
    same = "#define FD_SETSIZE 1024\n"  # libc's own number, and yet the user's wish
    windows, winsock = lines(["windows.h"]), lines(["winsock2.h"])
    yield "FD_SETSIZE alone", winsock + room(64)
    yield "FD_SETSIZE after libc", libc + winsock + room(64)
    yield "FD_SETSIZE before libc", winsock + libc + room(64)
    yield "FD_SETSIZE after windows.h and libc", windows + libc + winsock + room(64)
    yield "FD_SETSIZE, Winsock", user + winsock + room(512)
    yield "FD_SETSIZE, Winsock, libc", user + winsock + libc + room(512)
    yield "FD_SETSIZE, libc, Winsock", user + libc + winsock + room(512)
    yield "libc, FD_SETSIZE, Winsock", libc + again + winsock + room(512)
    yield "windows.h, FD_SETSIZE, Winsock", windows + user + winsock + room(512)
    yield "FD_SETSIZE, windows.h, libc, Winsock", user + windows + libc + winsock + room(512)
    yield "FD_SETSIZE of libc's value", same + libc + winsock + room(1024)
    yield "libc keeps its FD_SETSIZE", user.replace("512", "99") + libc + (
        "#if FD_SETSIZE != 1024\n#error it is that of the user\n#endif\n")


def flavour_cases():
    """In a Windows file libc's FD_SETSIZE does not even stand in the way of a definition."""
    libc = lines(["sys/types.h", "stdlib.h", "sys/select.h", "sys/time.h"])
    user, winsock = "#define FD_SETSIZE 512\n", lines(["winsock2.h"])
    yield "libc, FD_SETSIZE, Winsock, flavoured", libc + user + winsock + room(512)
    yield "FD_SETSIZE, libc, Winsock, flavoured", user + libc + winsock + room(512)
    yield "FD_SETSIZE after libc, flavoured", libc + winsock + room(64)
    yield "windows.h, libc, FD_SETSIZE, flavoured", (
        lines(["windows.h"]) + libc + user + winsock + room(512))


def order_cases(standard):
    """Every header of ours at once, among others; the single pairs are tried when one fails."""
    yield "ours after the standard headers", lines(standard + POSIX + WINSOCK) + WINSOCK_WINS
    yield "ours before the standard headers", lines(WINSOCK + standard + POSIX) + WINSOCK_WINS
    yield "ours after POSIX", lines(POSIX + WINSOCK) + WINSOCK_WINS
    yield "ours before POSIX", lines(WINSOCK + POSIX) + WINSOCK_WINS
    yield "POSIX between windows.h and winsock2.h", (
        lines(["windows.h"] + POSIX + WINSOCK) + WINSOCK_WINS)
    yield "windows.h alone leaves poll and select to libc", lines(["windows.h"] + POSIX) + (
        "typedef char ws2_test_poll[sizeof(struct pollfd) == 8 && POLLIN == 1 ? 1 : -1];\n"
        "int ws2_test_fds(fd_set *set);\n"
        "int ws2_test_fds(fd_set *set) { FD_ZERO(set); return FD_SETSIZE; }\n")
    yield "ws2ring.h beside POSIX sockets", lines(["ws2ring.h"] + REFUSED)
    yield "POSIX sockets beside ws2ring.h", lines(REFUSED + ["ws2ring.h"])
    yield "POSIX sockets alone", lines(POSIX + REFUSED + ["sys/un.h", "net/if.h"])


def single_cases():
    for header in HEADERS:
        yield header, lines([header])
    yield "all twice", lines(HEADERS + HEADERS)
    yield "inside extern C", ('#ifdef __cplusplus\nextern "C" {\n#endif\n' + lines(WINSOCK) +
                              "#ifdef __cplusplus\n}\n#endif\n")
    yield "min and max are C++'s or the user's own", lines(HEADERS) + (
        "#ifdef __cplusplus\n#include <algorithm>\n"
        "int ws2_test_min(int a) { return std::min(a, 1) + std::max(a, 2); }\n#endif\n"
        "#if (defined(NOMINMAX) || defined(__cplusplus)) && (defined(min) || defined(max))\n"
        "#error min or max is a macro\n#endif\n")
    yield "windows.h brings no Winsock in", lines(["windows.h"]) + (
        "#if defined(_WINSOCKAPI_) || defined(WS2RING_WINSOCK2_H)\n#error it does\n#endif\n"
        "typedef int SOCKET;\n")
    yield "no macro of the compiler's is defined", lines(HEADERS) + (
        "#if defined(_WIN32) || defined(WIN32) || defined(_WIN32_WINNT)\n"
        "#error that is for the compile flags\n#endif\n")


def pair_cases():
    for first in HEADERS:
        for second in HEADERS:
            if first != second:
                yield f"{first} before {second}", lines([first, second])


def standard_pairs(standard):
    """One standard header next to ours: what the cases with all of them may hide."""
    for header in standard + POSIX:
        yield f"ours after {header}", lines([header] + WINSOCK)
        yield f"ours before {header}", lines(WINSOCK + [header])


def curl_cases(flavour):
    """libcurl before Winsock takes the flavour of the flags to know what the file is."""
    check = WINSOCK_WINS + "SAME(sizeof(curl_socket_t) == sizeof(int));\n"
    if flavour:
        yield "ours after libcurl, flavoured", lines(["curl/curl.h"] + WINSOCK) + check
    yield "ours before libcurl", lines(WINSOCK + ["curl/curl.h"]) + check
    yield "libcurl's fd_set is libc's", lines(["winsock2.h", "curl/curl.h"]) + (
        "#undef fd_set\nint ws2_test(CURLM *m, fd_set *set, int *top);\n"
        "int ws2_test(CURLM *m, fd_set *set, int *top)\n"
        "{ return (int)curl_multi_fdset(m, set, set, set, top); }\n")
    if not flavour:
        yield "libcurl alone", lines(["curl/curl.h", "sys/socket.h", "netdb.h"])


class Run:
    def __init__(self, include_dir, names_dir, folder):
        self.include_dir, self.names_dir, self.folder = include_dir, names_dir, folder
        self.passed, self.failures = 0, []
        self.lock = threading.Lock()

    def write(self, language, name, source):
        suffix = ".c" if language == "c" else ".cc"
        path = self.folder / (re.sub(r"\W+", "_", name) + "." + language.replace("+", "x") + suffix)
        path.write_text(source + CASE_TAIL)
        return path

    def compile(self, command, paths, extra=("-fsyntax-only",)):
        args = command + [f"-I{self.include_dir}", f"-I{self.names_dir}", *extra, *map(str, paths)]
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
            culprits = 0
            if name.endswith("the standard headers"):
                for pair, source in standard_pairs(standard_headers(language, command)):
                    path = self.write(language, pair, source)
                    good, pair_text = self.compile(command, [path])
                    if not good:
                        self.fail(command, pair, pair_text)
                        culprits += 1
            if culprits == 0:
                self.fail(command, name, text)

    def refusal(self, command, language, headers):
        """POSIX sockets before or after a Winsock header: an error that says why."""
        first_only = "-fmax-errors=1" if "clang" not in command[0] else "-ferror-limit=1"
        for header in headers:
            for other in REFUSED:
                for order in ([header, other], [other, header]):
                    name = " then ".join(order) + " is refused"
                    path = self.write(language, name, lines(order))
                    good, text = self.compile([*command, first_only], [path])
                    if not good and REFUSAL in text:
                        self.succeed()
                    else:
                        self.fail(command, name, text or "it compiled")

    def longs(self):
        """Each call with a pointer to a 32-bit long takes `unsigned long *` too, in C and C++."""
        text = re.sub(r"/\*.*?\*/", " ", self.text(), flags=re.S)
        function = r"WS2RING_API[^;(]*?(\w+)\(([^;]*?)\)\s+WS2RING_SYM"
        number = r"\b(LPDWORD|PDWORD|PULONG|LPULONG)\b|\b(DWORD|u_long) \*"
        for name, parameters in re.findall(function, text):
            if not re.search(number, parameters):
                continue
            c = re.search(rf"#\s*define {name}\(\.\.\.\)", text)
            cxx = re.search(rf"WS2RING_OVERLOAD\(\s*\w+, {name},", text)
            if c and cxx:
                self.succeed()
            else:
                self.fail([], name, "takes no unsigned long *: see ws2ring/long_args.h")

    def text(self):
        return "".join(p.read_text() for p in sorted(self.include_dir.rglob("*.h")))

    def declared(self):
        """Names of the functions that the headers declare as exported: (narrow, wide, own)."""
        text = re.sub(r"/\*.*?\*/|^\s*#\s*define.*?$", " ", self.text(), flags=re.S | re.M)
        found = set(re.findall(r"WS2RING_API[^;(]*?(\w+)\(", text))
        wide = set(re.findall(r"WS2RING_SYM_WIDE\((\w+)\)", text))
        own = set(re.findall(r'visibility\("default"\)\)\)[^;(]*?(ws2_\w+)\(', text))
        return found - wide, wide, own

    def symbols(self, command, language):
        """Every declared function compiles to an undefined symbol of the expected name."""
        width = "16" if "-fshort-wchar" in command else "32"
        narrow, wide, own = self.declared()
        names = sorted(narrow | wide | own)
        table = ", ".join(f"(function)&{name}" for name in names)
        source = lines(HEADERS) + (
            f"typedef void (*function)(void);\nextern function ws2_test_all[{len(names)}];\n"
            f"function ws2_test_all[{len(names)}] = {{{table}}};\n")
        path = self.write(language, "symbols" + width + pathlib.Path(command[0]).name, source)
        target = path.with_suffix(".o")
        # With exact prototypes, because C++ cannot cast the name of an overloaded function.
        quiet = [flag for flag in command if flag not in WARNINGS] + ["-DWS2RING_EXACT_PROTOTYPES"]
        good, text = self.compile(quiet, [path], ["-c", "-o", str(target)])
        if not good or len(names) < 100:
            self.fail(command, f"symbols of {len(names)} functions", text)
            return
        listing = subprocess.run(["nm", "-u", str(target)], capture_output=True, text=True,
                                 check=True).stdout
        found = {word for word in listing.split() if len(word) > 1}
        expected = {"ws2_" + n for n in narrow} | {"ws2_" + n + width for n in wide} | own
        for symbol in sorted(expected ^ found):
            self.fail(command, "symbol " + symbol, "expected" if symbol in expected else "found")
        self.succeed(len(expected & found))

    def other_names(self, command, language):
        """Every generated name of a header, in one file, and the two of the flavour that count."""
        names = sorted(path.name for path in self.names_dir.iterdir())
        if not names:
            print("skipped: this file system knows no case, so no other names were generated")
            return
        named = [("other names", self.write(language, "other names", lines(names) + WINSOCK_WINS))]
        self.batch(command, language, named)
        self.succeed(len(names) - 1)


def standard_headers(language, command):
    if language == "c":
        return STANDARD_C
    gone = GONE_CXX20 if "-std=c++20" in command or "-std=c++17" in command else []
    return [name for name in STANDARD_CXX if name not in gone]


def chunks(items, size):
    return [items[i:i + size] for i in range(0, len(items), size)]


def plan_compiler(run, compiler, language, dialects, flavour):
    """The work for one compiler as (function, arguments)."""
    def batches(command, cases):
        named = [(name, run.write(language, name, text)) for name, text in cases]
        return [(run.batch, (command, language, part)) for part in chunks(named, 12)]

    commands = [[compiler, "-std=" + dialect, *WARNINGS] for dialect in dialects]
    for command in commands:
        dialect = command[1].removeprefix("-std=")
        orders = [(f"{dialect}: {name}", text)
                  for name, text in order_cases(standard_headers(language, command))]
        if language == "c++" and command not in (commands[0], commands[-1]):
            orders = orders[2:] # all of C++'s headers take seconds: the oldest and the newest do
        yield from batches(command, orders)
        yield from batches(command, single_cases())
        yield from batches([*command, "-fshort-wchar"], single_cases())
    yield from batches([*commands[-1], *WIDE], single_cases())
    yield from batches(commands[0], list(pair_cases()) + list(fd_setsize_cases()))
    for command in (commands[0], commands[-1]):
        source = HERE / "cases" / "windows_source.c"
        forced = ["-x", language] if language == "c++" else []
        for wide in ([], ["-fshort-wchar", *WIDE]):
            flavoured = [flag for flag in command if flag != "-Wpedantic"] + flavour + wide + forced
            yield run.batch, (flavoured, language, [("Windows source", source)])
    yield from batches([*commands[0], *flavour], flavour_cases())
    if has_curl(compiler):
        yield from batches(commands[1], curl_cases([]))
        yield from batches([*commands[1], *flavour], curl_cases(flavour))
    else:
        print(f"skipped: {compiler} finds no <curl/curl.h>")
    yield run.other_names, (commands[0], language)
    for command in (commands[0], [*commands[0], "-fshort-wchar"]):
        yield run.symbols, (command, language)
    yield run.refusal, (commands[0], language, WINSOCK if compiler == "gcc" else WINSOCK[:1])


def has_curl(compiler):
    done = subprocess.run([compiler, "-fsyntax-only", "-x", "c", "-"], input=lines(["curl/curl.h"]),
                          capture_output=True, text=True, check=False)
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("include_dir", type=pathlib.Path)
    parser.add_argument("names_dir", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args, flavour = parser.parse_known_args()
    HEADERS.extend(sorted(path.name for path in args.include_dir.glob("*.h")
                          if "#include_next" not in path.read_text()))
    found = 0
    with tempfile.TemporaryDirectory(prefix="ws2ring-headers-") as folder:
        run = Run(args.include_dir.resolve(), args.names_dir.resolve(), pathlib.Path(folder))
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            tasks = []
            for compiler, language, dialects in COMPILERS:
                if shutil.which(compiler) is None:
                    print(f"skipped: {compiler} is not installed")
                    continue
                found += 1
                for work, arguments in plan_compiler(run, compiler, language, dialects, flavour):
                    tasks.append(pool.submit(work, *arguments))
            tasks.append(pool.submit(run.longs))
            for task in tasks:
                task.result()
    for name, text in run.failures:
        print(f"FAILED {name}\n{text.rstrip()[:2000]}\n")
    print(f"{run.passed} passed, {len(run.failures)} failed")
    sys.exit(1 if run.failures or not found else 0)


if __name__ == "__main__":
    main()
