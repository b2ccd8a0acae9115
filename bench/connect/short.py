#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares servers under short connections: connect, one echo of 64 bytes, close.

The servers are those of the echo comparison, ws2ring's IOCP server with 64 AcceptEx calls waiting
and raw epoll; the client is the same for both. bench/README.md explains the figures.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

import goals  # noqa: E402
import peers  # noqa: E402
import rounds  # noqa: E402

SERVERS = (("epoll", "echo_epoll"), ("iocp", "iocp_echo"))
GOALS = (goals.Goal("iocp", "epoll", goals.RATE, 1.0),)


class ShortPlan(rounds.Plan):
    NOUN = "connection"
    FLIGHT = "that many at any time"

    def __init__(self, **settings):
        self.load = None  # path of short_load
        super().__init__(**settings)

    def open_client(self, port, connections):
        return peers.Controlled([self.load, "--port", str(port)], self.client_cpus, connections)

    def subject(self):
        return "Connections of one echo of 64 bytes, ended by a reset"


def make_plan(arguments):
    load = rounds.needed_program(arguments, "short_load")
    return ShortPlan(load=load, goals=GOALS, **rounds.settings_of(arguments, SERVERS, "epoll"))


if __name__ == "__main__":
    options = rounds.parse(__doc__, "64")
    sys.exit(peers.run_main("short.py", lambda: rounds.compare(options, make_plan(options))))
