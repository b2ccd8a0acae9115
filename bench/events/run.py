#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares an echo server on WSAEventSelect, one thread and an event a socket, with raw epoll.

A wait takes 64 events at most, so there are 60 connections. bench/README.md explains the figures.
"""

import importlib.util
import pathlib
import sys

BENCH = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(BENCH / "common"))

import goals  # noqa: E402
import peers  # noqa: E402
import rounds  # noqa: E402

SPEC = importlib.util.spec_from_file_location("echo_run", BENCH / "echo" / "run.py")
echo = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(echo)

# The first leaves room for two hops, from the kernel to a ring thread and from there to who waits;
# the second takes one, as a server that asks the kernel itself.
GOALS = (
    goals.Goal("events", "epoll", goals.CPU, 1.25),
    goals.Goal("events", "epoll", goals.CPU, 1.10),
)

if __name__ == "__main__":
    options = echo.parse_arguments(doc=__doc__, connections="60",
                                   programs=(("epoll", "echo_epoll"), ("events", "event_echo")))
    sys.exit(peers.run_main("run.py",
                            lambda: rounds.compare(options, echo.make_plan(options, GOALS))))
