#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares ways to connect, over loopback, many at a time, against one and the same acceptor.

Each program makes a socket, connects it and closes it by a reset, again and again. It runs on one
CPU with all its threads, its acceptor on another. bench/README.md explains the figures.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

import driven  # noqa: E402
import goals  # noqa: E402
import peers  # noqa: E402
import rounds  # noqa: E402

WINSOCK, URING, BLOCKING = "dial_winsock", "dial_uring", "dial_blocking"
# uring+bind does for each connect what ConnectEx demands: its socket is bound before.
WAYS = (
    ("uring", URING, ()),
    ("uring+bind", URING, ("--way", "bind")),
    ("blocking", BLOCKING, ()),
    ("connectex", WINSOCK, ("--way", "connectex")),
    ("event", WINSOCK, ("--way", "event")),
)
GOALS = (
    goals.Goal("connectex", "uring", goals.RATE, 1.0),
    goals.Goal("connectex", "uring+bind", goals.RATE, 1.0),
    goals.Goal("connectex", "blocking", goals.RATE, 1.2),
)


class ConnectPlan(driven.Plan):
    NOUN = "connect"
    THING = "connect"
    FLIGHT = "that many in flight at any time (blocking: one in each of as many threads)"

    def subject(self):
        return "Sockets made, connected and closed by a reset"


def make_plan(arguments):
    acceptor = rounds.needed_program(arguments, "connect_acceptor")

    def command_of(way):
        path = rounds.find_program(arguments.build_dir, way[1])
        return path and [path, *way[2]]

    servers = rounds.choose_servers(arguments, [(way[0], way) for way in WAYS], command_of)
    if arguments.reference is None and not arguments.server:
        arguments.reference = "uring"
    return ConnectPlan(partner=[acceptor], goals=GOALS, **rounds.settings(arguments, servers))


if __name__ == "__main__":
    options = rounds.parse(__doc__, "64")
    sys.exit(peers.run_main("run.py", lambda: rounds.compare(options, make_plan(options))))
