#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares segmented datagrams: 50 of 1,200 bytes in one call, sent or (--way recv) received.

WSASendMsg with UDP_SEND_MSG_SIZE beside sendmsg with UDP_SEGMENT, WSARecvMsg with
UDP_COALESCED_INFO beside recvmsg with UDP_GRO. bench/README.md explains the figures.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

import driven  # noqa: E402
import goals  # noqa: E402
import peers  # noqa: E402
import rounds  # noqa: E402

PROGRAMS = (("posix", "segment_posix"), ("winsock", "segment_winsock"))
GOALS = (goals.Goal("winsock", "posix", goals.RATE, 0.95),)
WAYS = {"send": "sent", "recv": "received"}


class SegmentPlan(driven.Plan):
    NOUN = "message"
    THING = "message"
    FLIGHT = "one call at a time"

    def __init__(self, **settings):
        self.way = "send"
        super().__init__(**settings)

    def subject(self):
        return f"Messages of 50 datagrams of 1,200 bytes, {WAYS[self.way]}"


def make_plan(arguments):
    peer = rounds.needed_program(arguments, "segment_peer")
    settings = rounds.settings_of(arguments, PROGRAMS, "posix", ("--way", arguments.way))
    return SegmentPlan(partner=[peer], goals=GOALS, way=arguments.way, **settings)


if __name__ == "__main__":
    WAY = {"choices": tuple(WAYS), "default": "send"}
    options = rounds.parse(__doc__, "1", ("--way", WAY))
    sys.exit(peers.run_main("segment.py", lambda: rounds.compare(options, make_plan(options))))
