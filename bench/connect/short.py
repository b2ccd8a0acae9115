#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares servers under short connections: connect, one echo of 64 bytes, close.

The servers are those of the echo comparison, ws2ring's IOCP server with 64 AcceptEx calls waiting
and raw epoll; the client is the same for both. bench/README.md explains the figures.
"""

import argparse
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


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    rounds.add_arguments(parser, connections="64", seconds=0.7)
    arguments = parser.parse_args()
    rounds.check_arguments(parser, arguments)
    return arguments


def make_plan(arguments):
    load = rounds.find_program(arguments.build_dir, "short_load")
    if load is None:
        raise peers.Trouble(f"short_load is not built in {arguments.build_dir}: run "
                            "`cmake --preset bench && cmake --build --preset bench`.")

    def command_of(program):
        path = rounds.find_program(arguments.build_dir, program)
        return path and [path]

    servers = rounds.choose_servers(arguments, SERVERS, command_of)
    return ShortPlan(load=load, goals=GOALS, **rounds.settings(arguments, servers))


if __name__ == "__main__":
    options = parse_arguments()
    sys.exit(peers.run_main("short.py", lambda: rounds.compare(options, make_plan(options))))
