#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares bulk transfers over one connection: 64 KiB buffers, eight of them queued.

Each program sends as fast as it can, to a peer that sleeps when it has nothing to take, or (--way
spin) never does; or receives (--way recv). The peer on the other CPU is the same for all.
bench/README.md explains the figures.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

import driven  # noqa: E402
import goals  # noqa: E402
import peers  # noqa: E402
import rounds  # noqa: E402

PROGRAMS = (("posix", "bulk_posix"), ("uring", "bulk_uring"), ("winsock", "bulk_winsock"))
WAYS = {
    "send": "to a peer that sleeps when it has nothing to take",
    "spin": "to a peer that is always awake",
    "recv": "from a peer",
}
GOALS = (
    goals.Goal("winsock", "uring", goals.RATE, 1.0),
    goals.Goal("winsock", "posix", goals.RATE, 1.0),
)


class BulkPlan(driven.Plan):
    NOUN = "buffer"
    THING = "buffer"
    FLIGHT = "that many queued (posix: one a call)"

    def __init__(self, **settings):
        self.way = "send"
        super().__init__(**settings)

    def subject(self):
        return f"Buffers of 64 KiB over one connection {WAYS[self.way]}"


def make_plan(arguments):
    peer = rounds.needed_program(arguments, "bulk_peer")
    settings = rounds.settings_of(arguments, PROGRAMS, "posix", ("--way", arguments.way))
    return BulkPlan(partner=[peer], goals=GOALS, way=arguments.way, **settings)


if __name__ == "__main__":
    WAY = {"choices": tuple(WAYS), "default": "send"}
    options = rounds.parse(__doc__, "8", ("--way", WAY))
    sys.exit(peers.run_main("run.py", lambda: rounds.compare(options, make_plan(options))))
