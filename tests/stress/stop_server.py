#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Stops examples/iocp_echo in mid-transfer: 1,000 connections, some of them reset, then SIGINT.

The server must print `stopped` and exit with 0 within STOP_SECONDS, whatever the clients did.
"""

import argparse
import random
import resource
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

STOP_SECONDS = 20
LINES_SECONDS = 20  # for the server to start, under a sanitizer on a busy machine
CHUNK = bytes(range(256)) * 32


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True, help="path of iocp_echo")
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=2.0, help="of traffic before SIGINT")
    parser.add_argument("--seed", type=int, default=time.time_ns() & 0xFFFFFFFF)
    return parser.parse_args()


class Load:
    """Connections that send as fast as they can, and read as they like."""

    def __init__(self, port, count, rng):
        self.selector = selectors.DefaultSelector()
        self.rng = rng
        self.bytes = 0
        self.resets = 0
        self.alive = set()
        for _ in range(count):
            self.alive.add(self.connect(port))

    def connect(self, port):
        client = socket.create_connection(("127.0.0.1", port), timeout=LINES_SECONDS)
        client.setblocking(False)
        self.selector.register(client, selectors.EVENT_READ | selectors.EVENT_WRITE)
        return client

    def drop(self, client, reset):
        self.selector.unregister(client)
        self.alive.discard(client)
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.resets += 1
        client.close()

    def step(self, resets):
        """One look at every connection that is ready."""
        for key, events in self.selector.select(0.1):
            client = key.fileobj
            try:
                if events & selectors.EVENT_READ:
                    data = client.recv(len(CHUNK))
                    self.bytes += len(data)
                    if not data:
                        self.drop(client, False)
                        continue
                if events & selectors.EVENT_WRITE and self.rng.random() < 0.5:
                    client.send(CHUNK[: self.rng.randrange(1, len(CHUNK))])
            except BlockingIOError:
                continue
            except OSError:
                self.drop(client, False)
                continue
            if resets and self.rng.random() < 0.0005:
                self.drop(client, True)


def read_output(server, lines):
    for line in server.stdout:
        lines.append(line.strip())


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def stop(server, load):
    """SIGINT, while the clients go on. Returns the seconds it took; None: too many."""
    begun = time.monotonic()
    server.send_signal(signal.SIGINT)
    while server.poll() is None and time.monotonic() - begun < STOP_SECONDS:
        load.step(resets=True)
    return None if server.poll() is None else time.monotonic() - begun


def main():
    options = arguments()
    rng = random.Random(options.seed)
    print(f"seed {options.seed}, {options.connections} connections", flush=True)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = subprocess.Popen([options.server], stdout=subprocess.PIPE, text=True)
    lines = []
    reader = threading.Thread(target=read_output, args=(server, lines), daemon=True)
    reader.start()
    failures = []
    try:
        if not wait_for(lambda: lines, LINES_SECONDS):
            sys.exit("the server printed nothing")
        load = Load(int(lines[0].rpartition(" ")[2]), options.connections, rng)
        end = time.monotonic() + options.seconds
        while time.monotonic() < end:
            load.step(resets=load.resets < options.connections // 2)  # some must be left
        alive = len(load.alive)
        took = stop(server, load)
    finally:
        if server.poll() is None:
            server.kill()
        server.wait()
    reader.join(5)
    if took is None:
        failures.append(f"still running {STOP_SECONDS} s after SIGINT")
    if server.returncode != 0:
        failures.append(f"exit status {server.returncode}")
    if "stopped" not in lines:
        failures.append("did not print `stopped`")
    if load.bytes == 0 or load.resets == 0 or alive == 0:
        failures.append("no traffic, no reset or no connection at SIGINT: nothing was tested")
    print(f"{load.bytes} bytes echoed, {load.resets} resets, {alive} connections at SIGINT, "
          f"stopped after {took or 0:.2f} s")
    for failure in failures:
        print(f"failed: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
