#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Drives the example programs over loopback and prints what they did, as lines of facts.

    drive_examples.py NAME COMMAND [ARGUMENT...]

NAME is an example's file name without .c. run.py does this with the program built for Windows and
with the native one, and compares. What all stream echo servers have in common is in
compare_echo.py."""

import concurrent.futures
import socket
import subprocess
import sys
import tempfile

from compare_echo import STEP_SECONDS, Server, interrupt, pattern, receive, stream_echo

DATAGRAM_SIZES = [0, 1, 64, 1472, 9000, 60000]
LINE_LIMIT = 1024   # LINE_BYTES of event_chat.c
CLIENT_LIMIT = 62   # CLIENTS_MAX of event_chat.c


def finish(server):
    """The lines of a server that is to be gone now."""
    server.kill()
    if not server.process.stderr.closed:
        server.errors += server.process.communicate()[1]
    if server.errors:
        print(server.errors.rstrip(), file=sys.stderr)
    return server.lines


def stop(server):
    """Ctrl-C without anybody connected."""
    server.interrupt()
    return server.ended()


# ---- Datagrams ----

def datagram_socket(server):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(STEP_SECONDS)
    client.connect(("127.0.0.1", server.port))
    return client


def datagram_once(server, size):
    data = pattern(size, size & 255)
    with datagram_socket(server) as client:
        client.send(data)
        answer = client.recv(65536)
    return None if answer == data else f"{len(answer)} bytes, or other ones"


def datagram_clients(server, count):
    clients = [datagram_socket(server) for _ in range(count)]
    try:
        for number, client in enumerate(clients):
            client.send(pattern(100, number))
        for number, client in enumerate(clients):
            if client.recv(65536) != pattern(100, number):
                return "a wrong answer"
    finally:
        for client in clients:
            client.close()
    return None


def datagram_gone(server):
    """Answers to clients that have gone come back as errors, which concern nobody else."""
    for number in range(20):
        with datagram_socket(server) as client:
            client.send(pattern(10, number))
    return datagram_once(server, 100)


def udp_echo(command, env=None):
    server = Server(command, env)
    try:
        server.note("UDPECHO-01", "it listens", lambda: None if server.port else "no port")
        if server.port:
            for number, size in enumerate(DATAGRAM_SIZES, 1):
                server.note(f"UDPECHO-02.{number}", f"a datagram of {size} bytes is echoed",
                            lambda size=size: datagram_once(server, size))
            server.note("UDPECHO-03", "30 clients get their own answers",
                        lambda: datagram_clients(server, 30))
            server.note("UDPECHO-04", "echoes after 20 clients left without their answer",
                        lambda: datagram_gone(server))
            server.note("UDPECHO-05", "Ctrl-C ends it in order", lambda: stop(server))
    finally:
        finish(server)
    return server.lines


# ---- The chat ----

class Talker:
    """One client of the chat, which expects lines in order."""

    def __init__(self, server):
        self.connection = server.connect()
        self.reader = self.connection.makefile("rb")
        self.number = int(self.line().split()[-1])

    def line(self):
        return self.reader.readline().decode().rstrip("\n")

    def say(self, text):
        self.connection.sendall(text.encode())

    def close(self):
        self.reader.close()
        self.connection.close()


def expect(talker, wanted):
    seen = talker.line()
    return None if seen == wanted else f"{seen!r} instead of {wanted!r}"


def conversation(first, second):
    first.say("hello\r\nsecond line\n")
    trouble = (expect(second, f"{first.number}: hello") or
               expect(second, f"{first.number}: second line"))
    second.say("to you\n")
    return trouble or expect(first, f"{second.number}: to you")


def cut_line(first, second):
    first.say("x" * (LINE_LIMIT + 5) + "\n")
    return (expect(second, f"{first.number}: " + "x" * LINE_LIMIT) or
            expect(second, f"{first.number}: xxxxx"))


def leaving(server, stays):
    goes = Talker(server)
    trouble = expect(stays, f"{goes.number} came")
    goes.say("last words\n" * 2000)  # more than the server reads at once, and then the end
    goes.close()
    for _ in range(2000):
        trouble = trouble or expect(stays, f"{goes.number}: last words")
    return trouble or expect(stays, f"{goes.number} left")


def full_room(server, present):
    crowd = [Talker(server) for _ in range(CLIENT_LIMIT - present)]
    with server.connect() as late, late.makefile("rb") as reader:
        seen = reader.readline()
    for talker in crowd:
        talker.close()
    return None if seen == b"the room is full\n" else f"{seen!r}"


def event_chat(command, env=None):
    server = Server(command, env)
    talkers = []
    try:
        server.note("CHAT-01", "it listens", lambda: None if server.port else "no port")
        if server.port:
            talkers = [Talker(server), Talker(server)]
            first, second = talkers
            server.note("CHAT-02", "the first is told of the second",
                        lambda: expect(first, f"{second.number} came"))
            server.note("CHAT-03", "lines go to the other", lambda: conversation(first, second))
            server.note("CHAT-04", "a long line is cut", lambda: cut_line(first, second))
            second.close()
            server.note("CHAT-05", "the first is told that the second left",
                        lambda: expect(first, f"{second.number} left"))
            server.note("CHAT-06", "everything said before leaving arrives",
                        lambda: leaving(server, first))
            server.note("CHAT-07", "client 63 is turned away", lambda: full_room(server, 1))
            server.note("CHAT-08", "Ctrl-C ends it in order", lambda: stop(server))
    finally:
        for talker in talkers:
            talker.close()
        finish(server)
    return server.lines


# ---- Streams ----

def stream(prefix, arguments=()):
    def drive(command, env=None):
        server = Server(command, env, arguments)
        try:
            stream_echo(server, prefix)
            server.note(f"{prefix}-08", "Ctrl-C ends it in order", lambda: interrupt(server))
        finally:
            finish(server)
        return server.lines
    return drive


class Echo:
    """A stream echo server in this process' language, for the load client."""

    CODE = """
import selectors, socket, sys
listener = socket.create_server(("127.0.0.1", 0), backlog=1000)
print("listening on", listener.getsockname()[1], flush=True)
ready = selectors.DefaultSelector()
ready.register(listener, selectors.EVENT_READ)
while True:
    for key, _ in ready.select():
        if key.fileobj is listener:
            ready.register(listener.accept()[0], selectors.EVENT_READ)
            continue
        data = key.fileobj.recv(65536)
        if data:
            key.fileobj.sendall(data)
        else:
            ready.unregister(key.fileobj)
            key.fileobj.close()
"""

    def __enter__(self):
        self.server = Server([sys.executable, "-c", self.CODE], None)
        return self.server.port

    def __exit__(self, *_):
        self.server.kill()
        self.server.process.communicate()


def load_run(command, env, arguments, wanted):
    result = subprocess.run([*command, *arguments], env=env, capture_output=True, text=True,
                            timeout=3 * STEP_SECONDS, check=False)
    said = result.stdout.strip()
    if result.returncode != (0 if wanted else 1):
        return f"exit status {result.returncode}: {result.stderr.strip()}"
    return None if not wanted or said.startswith(wanted) else said


def connectex_load(command, env=None):
    lines = []

    def note(fact, what, trouble):
        lines.append(f"not ok {fact} {what}: {trouble}" if trouble else f"ok {fact} {what}")

    with Echo() as port:
        address = ["--port", str(port)]
        note("LOAD-01", "50 connections, 100 messages each", load_run(
            command, env, [*address, "--connections", "50", "--messages", "100"],
            "50 connections, 0 failed, 5000 messages"))
        note("LOAD-02", "messages of 100000 bytes", load_run(
            command, env, [*address, "--connections", "3", "--messages", "5", "--size", "100000"],
            "3 connections, 0 failed, 15 messages"))
    with socket.socket() as nobody:  # bound, but it does not listen
        nobody.bind(("127.0.0.1", 0))
        note("LOAD-03", "refused connections are errors", load_run(
            command, env, ["--port", str(nobody.getsockname()[1]), "--connections", "3"], None))
    return lines


# ---- Files ----

def file_once(server, wanted):
    with server.connect() as connection:
        answer = receive(connection, len(wanted) + 1)  # one more: up to the end of the stream
    return None if answer == wanted else f"{len(answer)} bytes, or other ones"


def file_many(server, wanted):
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        troubles = [clients.submit(file_once, server, wanted) for _ in range(200)]
    return next((trouble.result() for trouble in troubles if trouble.result()), None)


def file_impatient(server, wanted):
    for _ in range(100):  # more than the server has connections
        with server.connect() as connection:
            connection.recv(1)
    return file_once(server, wanted)


def file_server(command, env=None):
    content = pattern(300001, 7)
    wanted = f"{len(content)} bytes follow\n".encode() + content
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        server = Server(command, env, [file.name])
        try:
            server.note("FILESERVER-01", "it listens", lambda: None if server.port else "no port")
            if server.port:
                server.note("FILESERVER-02", "a client gets the file and the end",
                            lambda: file_once(server, wanted))
                server.note("FILESERVER-03", "200 clients, 8 at a time, get it",
                            lambda: file_many(server, wanted))
                server.note("FILESERVER-04", "so does one after 100 that did not wait for it",
                            lambda: file_impatient(server, wanted))
        finally:
            finish(server)
    return server.lines


DRIVERS = {
    "iocp_echo": stream("ECHO", ["--workers", "2", "--accepts", "4"]),
    "select_echo": stream("SELECTECHO"),
    "notify_echo": stream("NOTIFYECHO"),
    "routine_echo": stream("ROUTINEECHO"),
    "udp_echo": udp_echo,
    "event_chat": event_chat,
    "connectex_load": connectex_load,
    "file_server": file_server,
}


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in DRIVERS:
        print(__doc__)
        return 2
    lines = DRIVERS[sys.argv[1]](sys.argv[2:])
    print("\n".join(lines))
    return 0 if all(line.startswith("ok ") for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
