# SPDX-License-Identifier: MIT
"""Builds the programs with mingw-w64 and runs them under Wine, in a prefix of our own."""

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

START_SECONDS = 120  # the first start of a prefix; about 8 s on an idle machine
FLAGS = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]
LIBRARIES = ["-lws2_32", "-lmswsock"]


@dataclasses.dataclass
class Outcome:
    """How one run of a program ended."""
    lines: list
    status: int = 0
    timed_out: bool = False
    errors: str = ""


def run_bounded(command, seconds, env=None):
    """Runs a command in a process group of its own, and ends that group when time is up. The output
    goes to files: helpers that Wine starts keep a pipe open for a second after the program."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        with subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=output,
                              stderr=errors, start_new_session=True) as process:
            try:
                process.wait(timeout=seconds)
                timed_out = False
            except subprocess.TimeoutExpired:
                timed_out = True
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode("utf-8", errors="replace").replace("\r\n", "\n"))
    return Outcome(texts[0].splitlines(), process.returncode, timed_out, texts[1])


class Mingw:
    """A mingw-w64 compiler; what it built is found again by the hash of everything that went in."""

    def __init__(self, compiler, folder):
        self.compiler = compiler
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.version = subprocess.run([compiler, "--version"], check=True, capture_output=True,
                                      text=True).stdout.split("\n", maxsplit=1)[0]

    def build(self, source, headers):
        """The .exe of one source file; raises CalledProcessError with the compiler's words."""
        key = hashlib.sha256("\0".join([self.compiler, self.version, *FLAGS, *LIBRARIES]).encode())
        for path in [source, *headers]:
            key.update(path.read_bytes())
        program = self.folder / f"{source.stem}-{key.hexdigest()[:16]}.exe"
        if not program.exists():
            partial = program.with_suffix(f".{os.getpid()}.tmp")
            subprocess.run([self.compiler, *FLAGS, str(source), "-o", str(partial), *LIBRARIES],
                           check=True, capture_output=True, text=True)
            partial.rename(program)
            for old in self.folder.glob(f"{source.stem}-*.exe"):
                if old != program:
                    old.unlink()
        return program


class Wine:
    """One prefix. It is locked while in use, because stopping it ends everything that runs in it.

        with Wine("wine", folder / "prefix") as wine:
            outcome = wine.run(program, 30)"""

    def __init__(self, command, prefix):
        self.command = shutil.which(command) or command
        self.prefix = pathlib.Path(prefix).absolute()
        self.env = {**os.environ, "WINEPREFIX": str(self.prefix), "WINEDEBUG": "-all",
                    "WINEARCH": "win64",
                    # No Mono, no Gecko, no menus, and no debugger when a program crashes.
                    "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe,winedbg.exe="}
        self.env.pop("DISPLAY", None)
        self.env.pop("WINESERVER", None)
        self._lock = None

    def version(self):
        return "\n".join(run_bounded([self.command, "--version"], 30, self.env).lines[:1])

    def __enter__(self):
        self.prefix.parent.mkdir(parents=True, exist_ok=True)
        self._lock = open(f"{self.prefix}.lock", "w", encoding="ascii")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        # Starts the prefix' server and services too, so that no program's time-out pays for them.
        outcome = run_bounded([self.command, "cmd", "/c", "exit 0"], START_SECONDS, self.env)
        if outcome.timed_out or outcome.status != 0:
            self.__exit__(None, None, None)
            raise RuntimeError(f"{self.command} does not start: {outcome.errors.strip()}")
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            run_bounded([self._server(), "-k"], 30, self.env)
        self._lock.close()

    def _server(self):
        beside = pathlib.Path(self.command).resolve().parent
        for place in [shutil.which("wineserver"), beside / "wineserver",
                      "/usr/lib/wine/wineserver", "/usr/lib/wine/wineserver64"]:
            if place and os.access(place, os.X_OK):
                return str(place)
        raise OSError("no wineserver")

    def run(self, program, seconds):
        return run_bounded([self.command, str(program)], seconds, self.env)
