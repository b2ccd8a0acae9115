#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares ways to send a file over one connection: TransmitFile and sendfile(2).

The file is in the page cache. One of up to 64 KiB goes behind a header of 200 bytes.
bench/README.md explains the figures.
"""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

import driven  # noqa: E402
import goals  # noqa: E402
import peers  # noqa: E402
import rounds  # noqa: E402

PROGRAMS = (("sendfile", "file_posix"), ("transmit", "file_winsock"))
GOALS = (goals.Goal("transmit", "sendfile", goals.RATE, 1.0),)


class FilePlan(driven.Plan):
    NOUN = "file"
    THING = "file"
    FLIGHT = "that many at a time"

    def __init__(self, **settings):
        self.size = 0
        super().__init__(**settings)

    def subject(self):
        return f"Files of {rounds.count(self.size, 'byte')} over one connection"


def make_plan(arguments, path):
    peer = rounds.needed_program(arguments, "bulk_peer")
    settings = rounds.settings_of(arguments, PROGRAMS, "sendfile", ("--way", path))
    return FilePlan(partner=[peer], goals=GOALS, size=arguments.size, **settings)


def main(arguments):
    with tempfile.NamedTemporaryFile(prefix="ws2ring-bench-") as file:
        file.write(b"f" * arguments.size)
        file.flush()
        return rounds.compare(arguments, make_plan(arguments, file.name))


if __name__ == "__main__":
    SIZE = {"type": int, "default": 64 << 20, "help": "bytes of the file"}
    options = rounds.parse(__doc__, "1", ("--size", SIZE))
    sys.exit(peers.run_main("file.py", lambda: main(options)))
