# SPDX-License-Identifier: MIT
"""What is asked of every stream echo server among the examples: see drive_examples.py."""

import os
import signal
import socket
import struct
import subprocess
import threading

STEP_SECONDS = 60
SIZES = [1, 2, 4095, 4096, 4097, 65536, 1 << 20]


def pattern(size, seed):
    """Bytes that differ from place to place and from seed to seed."""
    block = bytes((seed + i * 7 + i // 251) & 255 for i in range(8191))
    return (block * (size // len(block) + 1))[:size]


def receive(connection, size):
    """Up to `size` bytes; fewer only when the stream ends."""
    parts = []
    while size > 0:
        part = connection.recv(min(size, 65536))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class Server:
    """The server process, and a transcript of what was seen of it."""

    def __init__(self, command, env=None, arguments=()):
        self.lines = []
        self.errors = ""
        self.process = subprocess.Popen([*command, "--port", "0", *arguments], env=env,
                                        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, start_new_session=True)
        # A server that never says a word is ended, which ends the readline below.
        timer = threading.Timer(STEP_SECONDS, self.kill)
        timer.start()
        first = self.process.stdout.readline().split()
        timer.cancel()
        self.port = int(first[2]) if first[:2] == ["listening", "on"] else 0

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=STEP_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def ended(self):
        """What is wrong with the server's end after Ctrl-C, or None."""
        try:
            output, self.errors = self.process.communicate(timeout=STEP_SECONDS)
        except subprocess.TimeoutExpired:
            return "does not end"
        if self.process.returncode != 0:
            return "another exit status than 0"
        return None if output.split() == ["stopped"] else "ends without a word"

    def note(self, fact, what, step):
        """Runs a step, which returns a text or None for "as it should be"."""
        try:
            trouble = step()
        except OSError as error:
            trouble = type(error).__name__
        self.lines.append(f"not ok {fact} {what}: {trouble}" if trouble else f"ok {fact} {what}")


def echo_once(server, size):
    data = pattern(size, size & 255)
    with server.connect() as connection:
        sender = threading.Thread(target=connection.sendall, args=(data,), daemon=True)
        sender.start()
        answer = receive(connection, size)
        sender.join(STEP_SECONDS)
    return None if answer == data else f"{len(answer)} bytes, or other ones"


def many(server, count, rounds):
    connections = [server.connect() for _ in range(count)]
    try:
        for turn in range(rounds):
            for number, connection in enumerate(connections):
                connection.sendall(pattern(64, number + turn))
            for number, connection in enumerate(connections):
                if receive(connection, 64) != pattern(64, number + turn):
                    return "a wrong answer"
    finally:
        for connection in connections:
            connection.close()
    return None


def pipelined(server):
    pieces = [pattern(size, size) for size in range(1, 200)]
    with server.connect() as connection:
        for piece in pieces:
            connection.sendall(piece)
        whole = b"".join(pieces)
        return None if receive(connection, len(whole)) == whole else "a wrong answer"


def half_close(server):
    data = pattern(10000, 3)
    with server.connect() as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = receive(connection, len(data) + 1)
    return None if answer == data else f"{len(answer)} bytes, or other ones"


def resets(server):
    """Ends connections with a reset, some of them with an answer under way."""
    for number in range(10):
        with server.connect() as connection:
            if number % 2:
                connection.sendall(pattern(200000, number))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return echo_once(server, 100)


def silent(server):
    """More than the accepts that are kept waiting: connect, say nothing, close."""
    for _ in range(20):
        server.connect().close()
    return echo_once(server, 100)


def interrupt(server):
    """Ctrl-C with connections open: they end, the server says so and exits with 0."""
    connections = [server.connect() for _ in range(5)]
    connections[0].sendall(b"still here")
    if receive(connections[0], 10) != b"still here":
        return "no answer before"
    server.interrupt()
    for connection in connections:
        try:
            if connection.recv(1):
                return "a byte from nowhere"
        except ConnectionResetError:
            pass
        connection.close()
    return server.ended()


def stream_echo(server, prefix):
    """Everything but the end."""
    server.note(f"{prefix}-01", "it listens", lambda: None if server.port else "no port")
    if not server.port:
        return
    for number, size in enumerate(SIZES, 1):
        server.note(f"{prefix}-02.{number}", f"{size} bytes are echoed",
                    lambda size=size: echo_once(server, size))
    server.note(f"{prefix}-03", "30 connections with 10 messages each",
                lambda: many(server, 30, 10))
    server.note(f"{prefix}-04", "199 messages sent without waiting", lambda: pipelined(server))
    server.note(f"{prefix}-05", "a half-closed connection gets all, then the end",
                lambda: half_close(server))
    server.note(f"{prefix}-06", "echoes after 10 resets", lambda: resets(server))
    server.note(f"{prefix}-07", "echoes after 20 silent connections", lambda: silent(server))
