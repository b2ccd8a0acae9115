#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares datagram echo servers: a completion port, and a loop of recvmsg and sendmsg.

Datagrams of 64 bytes, one in flight on each of the client's sockets, to one socket of the server.
bench/README.md explains the figures.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

import goals  # noqa: E402
import peers  # noqa: E402
import rounds  # noqa: E402

SERVERS = (("posix", "udp_posix"), ("port", "udp_port"))
GOALS = (
    goals.Goal("port", "posix", goals.RATE, 1.0),
    goals.Goal("port", "posix", goals.CPU, 1.0),
)


class DatagramPlan(rounds.Plan):
    NOUN = "datagram"
    THING = "socket"
    FLIGHT = "one in flight on each of the client's sockets"

    def __init__(self, **settings):
        self.load = None  # path of udp_load
        super().__init__(**settings)

    def open_client(self, port, connections):
        return peers.Controlled([self.load, "--port", str(port)], self.client_cpus, connections)

    def subject(self):
        return "Datagrams of 64 bytes and their echoes"


def make_plan(arguments):
    load = rounds.needed_program(arguments, "udp_load")
    return DatagramPlan(load=load, goals=GOALS,
                        **rounds.settings_of(arguments, SERVERS, "posix"))


if __name__ == "__main__":
    options = rounds.parse(__doc__, "1,64")
    sys.exit(peers.run_main("run.py", lambda: rounds.compare(options, make_plan(options))))
