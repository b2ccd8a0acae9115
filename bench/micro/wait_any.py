#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares ways to wait for any of 64 events, of which another thread sets one: a ping-pong.

Both threads of each program share a CPU. bench/README.md explains the figures.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

import driven  # noqa: E402
import goals  # noqa: E402
import peers  # noqa: E402
import rounds  # noqa: E402

WAYS = ("lists", "condvar", "winsock", "waitable")
GOALS = (
    goals.Goal("winsock", "lists", goals.CPU, 1.1),
    goals.Goal("winsock", "condvar", goals.CPU, 1.0),
    goals.Goal("waitable", "lists", goals.CPU, 1.1),
    goals.Goal("waitable", "condvar", goals.CPU, 1.0),
)


class WaitPlan(driven.Plan):
    NOUN = "round trip"
    THING = "event"
    FLIGHT = "one at a time"

    def subject(self):
        return "Round trips of a thread that sets one of many events and one that waits for any"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    rounds.add_arguments(parser, connections="1,64", seconds=0.7)
    parser.set_defaults(reference="lists")
    arguments = parser.parse_args()
    rounds.check_arguments(parser, arguments)
    return arguments


def make_plan(arguments):
    path = rounds.find_program(arguments.build_dir, "wait_any")
    servers = rounds.choose_servers(arguments, [(way, way) for way in WAYS],
                                    lambda way: path and [path, "--way", way])
    return WaitPlan(goals=GOALS, **rounds.settings(arguments, servers))


if __name__ == "__main__":
    options = parse_arguments()
    sys.exit(peers.run_main("wait_any.py", lambda: rounds.compare(options, make_plan(options))))
