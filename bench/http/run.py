#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares HTTP servers under load: ws2ring's IOCP server and the same program on raw epoll.

wrk asks for one small file over connections that it keeps; the servers are driven in turn.
bench/README.md explains the figures.
"""

import argparse
import json
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

import peers  # noqa: E402
import rounds  # noqa: E402

DEFAULT_PEERS = (("epoll", "http_epoll"), ("ws2ring", "iocp_http"))
FILE_NAME = "file.bin"
HOST = "127.0.0.1"
REPORT = pathlib.Path(__file__).resolve().parent / "report.lua"


class Wrk:
    """A load client that is a new process in each round: it connects, asks and leaves."""

    def __init__(self, port, cpus, connections, threads):
        self.connections = connections
        self.cpus = cpus
        self.command = ["wrk", "--connections", str(connections), "--threads", str(threads),
                        "--timeout", "10s", "--script", str(REPORT)]
        self.place = f"http://{HOST}:{port}/{FILE_NAME}"

    def cpu_ns(self):
        """What the processes of all rounds used; the server is not among those that have ended."""
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {"ended": int((used.ru_utime + used.ru_stime) * 1e9)}

    def run(self, seconds, warmup):
        del warmup  # wrk has none
        process = peers.spawn([*self.command, "--duration", f"{seconds:.0f}s", self.place],
                              self.cpus, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        output, _ = process.communicate(timeout=seconds + 30)
        lines = [line for line in output.splitlines() if line.startswith("{")]
        if process.returncode != 0 or not lines:
            raise peers.Trouble(f"wrk failed: {output.strip()}")
        row = json.loads(lines[-1])
        requests = row.pop("requests")
        return {**row, "messages": requests, "messages_total": requests,
                "messages_per_second": requests / row["seconds"],
                "held": self.connections}  # one that is lost counts as an error

    def close(self):
        pass


class HttpPlan(rounds.Plan):
    NOUN = "request"
    KEYS = ("size", *rounds.Plan.KEYS)

    def __init__(self, size, **settings):
        self.size = size
        super().__init__(warmup=0, **settings)

    def open_client(self, port, connections):
        return Wrk(port, self.client_cpus, connections, self.threads)

    def subject(self):
        return f"GET requests for a file of {rounds.count(self.size, 'byte')}"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    rounds.add_arguments(parser, connections="64,400", seconds=2)
    parser.add_argument("--size", type=int, default=1024, help="bytes in the file (default 1024)")
    arguments = parser.parse_args()
    rounds.check_arguments(parser, arguments)
    if arguments.seconds < 1 or arguments.seconds != int(arguments.seconds):
        parser.error("wrk knows whole seconds only")
    return arguments


def make_plan(arguments, root):
    if shutil.which("wrk") is None:
        raise peers.Trouble("wrk is not installed: run scripts/setup.")
    (root / FILE_NAME).write_bytes(b"x" * arguments.size)

    def command_of(program):
        path = rounds.find_program(arguments.build_dir, program)
        return path and [path]

    servers = [(name, [*command, "--root", str(root)])
               for name, command in rounds.choose_servers(arguments, DEFAULT_PEERS, command_of)]
    return HttpPlan(arguments.size, **rounds.settings(arguments, servers))


def main(arguments):
    with tempfile.TemporaryDirectory() as folder:
        return rounds.compare(arguments, make_plan(arguments, pathlib.Path(folder)))


if __name__ == "__main__":
    options = parse_arguments()
    sys.exit(peers.run_main("run.py", lambda: main(options)))
