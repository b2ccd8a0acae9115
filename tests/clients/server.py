# SPDX-License-Identifier: MIT
"""Starts and stops a server for the tests here, natively or under Wine, and speaks HTTP to it."""

import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))

from wine import Wine  # noqa: E402

HOST = "127.0.0.1"
STEP_SECONDS = 30  # under a sanitizer, on a busy machine

_command = []  # how to start the server, without its options
_environment = None


class Server:
    """`with Server(OPTION...) as server:` ends with Ctrl-C, and fails unless that ends it in order:
    exit status 0, which a leak would change, and not a word on standard error."""

    OPTIONS = ["--port", "0", "--workers", "2"]

    def __init__(self, *options):
        self.stopped = False
        self.errors = tempfile.TemporaryFile()
        command = [*_command, *self.OPTIONS, *options]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.errors, env=_environment,
                                        start_new_session=True)
        try:
            self.port = self._wait_listening()
        except BaseException:
            self.kill()
            raise

    def _wait_listening(self):
        if not select.select([self.process.stdout], [], [], STEP_SECONDS)[0]:
            raise AssertionError("the server says nothing")
        words = self.process.stdout.readline().split()
        if words[:2] != [b"listening", b"on"]:
            raise AssertionError(f"the server says {words}")
        return int(words[2])

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        try:
            if kind is None and not self.stopped:
                self.interrupt()
                self.wait_stopped()
        finally:
            self.kill()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def wait_stopped(self):
        self.stopped = True
        said, _ = self.process.communicate(timeout=STEP_SECONDS)
        self.errors.seek(0)
        complaints = self.errors.read().decode(errors="replace")
        if said.split() != [b"stopped"] or self.process.returncode != 0 or complaints:
            raise AssertionError(f"ended with {self.process.returncode}, saying {said}:\n"
                                 f"{complaints}")

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    def url(self, path):
        return f"http://{HOST}:{self.port}{path}"

    def connect(self):
        return Connection(self.port)


class Reply:
    """Status, fields by lower-case name, body."""

    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        version, status, _ = lines[0].split(" ", 2)
        assert version == "HTTP/1.1", lines[0]
        self.status = int(status)
        self.fields = {}
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            assert name.lower() not in self.fields, f"{name} twice"
            self.fields[name.lower()] = value
        self.body = b""


class Connection:
    """A raw connection that reads replies."""

    def __init__(self, port):
        self.socket = socket.create_connection((HOST, port), timeout=STEP_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def ask(self, path, *fields, method="GET", version="HTTP/1.1"):
        self.send(request(path, *fields, method=method, version=version))
        return self.reply(method != "HEAD")

    def wait_answered(self):
        """The first byte of a reply is here, and stays to be read."""
        self.pending += self.socket.recv(1)

    def _more(self):
        data = self.socket.recv(1 << 20)
        self.pending += data
        return data

    def reply(self, with_body=True):
        while b"\r\n\r\n" not in self.pending:
            if not self._more():
                raise AssertionError(f"the end, after {self.pending!r}")
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        reply = Reply(head)
        if with_body and reply.status != 304:
            reply.body = self.read(int(reply.fields["content-length"]))
        return reply

    def read(self, size):
        pieces = [self.pending]
        have = len(self.pending)
        while have < size:
            piece = self.socket.recv(1 << 20)
            if not piece:
                raise AssertionError(f"the end, after {have} of {size} bytes")
            pieces.append(piece)
            have += len(piece)
        data = b"".join(pieces)
        self.pending = data[size:]
        return data[:size]

    def at_end(self):
        """Waits for the server to close."""
        return not self.pending and self.socket.recv(1) == b""


def request(path, *fields, method="GET", version="HTTP/1.1"):
    lines = [f"{method} {path} {version}", "Host: test", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def enter_class(cls, context):
    """Enters it until all tests of the class are done."""
    value = context.__enter__()
    cls.addClassCleanup(context.__exit__, None, None, None)
    return value


class ServerTest(unittest.TestCase):
    """One HTTP server for all tests of a class. The folder's files are FILES; beside it lies a file
    that must never be served."""

    FILES = {}
    OPTIONS = []

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = pathlib.Path(cls.folder.name) / "root"
        (cls.root.parent / "secret.txt").write_text("secret")
        for name, data in cls.FILES.items():
            place = cls.root / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        cls.server = enter_class(cls, Server("--root", str(cls.root), *cls.OPTIONS))


def wait_until(condition, what):
    deadline = time.monotonic() + STEP_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.02)


def main():
    """`TEST.py SERVER [unittest's options]`, or `TEST.py --wine PREFIX SERVER.exe ...`."""
    global _command, _environment
    arguments = sys.argv[1:]
    if len(arguments) >= 3 and arguments[0] == "--wine":
        with Wine("wine", arguments[1]) as wine:
            _command, _environment = [wine.command, arguments[2]], wine.env
            unittest.main(argv=[sys.argv[0], *arguments[3:]], exit=False)
        return
    if not arguments:
        sys.exit(main.__doc__)
    _command = [arguments[0]]
    unittest.main(argv=[sys.argv[0], *arguments[1:]])
