#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares echo servers under load: ws2ring's IOCP server, raw epoll, raw liburing and libuv.

Every server is started once and holds its connections while the servers are driven in turn.
bench/README.md explains the figures.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

import peers  # noqa: E402
import rounds  # noqa: E402

DEFAULT_PEERS = (("epoll", "echo_epoll"), ("uring", "echo_uring"), ("libuv", "echo_libuv"),
                 ("ws2ring", "iocp_echo"))
WORKING_PEERS = (("epoll", "echo_epoll_work"), ("uring", "echo_uring_work"),
                 ("ws2ring", "iocp_echo_work"))
IOCP_BUFFER_BYTES = 4096  # iocp_echo's default


def program_command(build, name, size):
    """How to start one of the build's servers for messages of this size. None: not built."""
    path = rounds.find_program(build, name)
    if path is None:
        return None
    if name.startswith("iocp_echo") and size > IOCP_BUFFER_BYTES:
        return [path, "--buffer", "65536"]  # what the raw servers have: a message in one piece
    return [path]


class EchoPlan(rounds.Plan):
    """demo.py makes its own."""

    KEYS = ("size", "work", *rounds.Plan.KEYS)

    def __init__(self, **settings):
        self.load = None  # path of echo_load
        self.size = 64
        self.work = False
        super().__init__(**settings)

    def open_client(self, port, connections):
        return peers.Client(self.load, port, self.client_cpus, connections, self.size, self.threads)

    def subject(self):
        work = ", ten microseconds of work for each" if self.work else ""
        return f"Messages of {rounds.count(self.size, 'byte')}{work}"


def parse_arguments(doc=__doc__, connections="64,1000,10000", programs=DEFAULT_PEERS):
    """The options; another comparison of echo servers has its own defaults."""
    parser = argparse.ArgumentParser(description=doc.split("\n", maxsplit=1)[0])
    rounds.add_arguments(parser, connections=connections, seconds=0.7)
    parser.set_defaults(programs=programs)
    parser.add_argument("--size", type=int, default=64, help="bytes in a message (default 64)")
    parser.add_argument("--work", action="store_true",
                        help="servers that compute for ten microseconds before each answer")
    parser.add_argument("--warmup", type=float, default=0.25, help="load before it")
    arguments = parser.parse_args()
    rounds.check_arguments(parser, arguments)
    if arguments.size < 1 or arguments.warmup < 0:
        parser.error("numbers must be positive")
    return arguments


def make_plan(arguments, wanted=()):
    load = rounds.find_program(arguments.build_dir, "echo_load")
    if load is None:
        raise peers.Trouble(
            f"echo_load is not built in {arguments.build_dir}: run `cmake --preset bench && "
            "cmake --build --preset bench`."
        )
    servers = rounds.choose_servers(
        arguments, WORKING_PEERS if arguments.work else arguments.programs,
        lambda program: program_command(arguments.build_dir, program, arguments.size),
    )
    return EchoPlan(load=load, size=arguments.size, work=arguments.work,
                    warmup=arguments.warmup, goals=wanted, **rounds.settings(arguments, servers))


if __name__ == "__main__":
    options = parse_arguments()
    sys.exit(peers.run_main("run.py", lambda: rounds.compare(options, make_plan(options))))
