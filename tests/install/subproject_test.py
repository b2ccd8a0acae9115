#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds ws2ring as a part of somebody else's CMake project, and runs that one's programs. The form
with FetchContent is only configured: what it builds is the same."""

import argparse
import pathlib
import sys
import tempfile

from install_test import HERE, run


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--how", choices=("subdirectory", "fetch"), required=True)
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--cc", default="cc")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ws2ring-subproject-") as work:
        build = pathlib.Path(work)
        run(arguments.cmake, "-S", HERE / "subproject", "-B", build, "-G", "Ninja",
            f"-DCMAKE_C_COMPILER={arguments.cc}", "-DCMAKE_C_FLAGS=-O0",
            f"-DWS2RING_SOURCE={HERE.parents[1]}", f"-DHOW={arguments.how}")
        if arguments.how == "fetch":
            return 0
        programs = ("consumer", "consumer_static", "windows_consumer")
        run(arguments.cmake, "--build", build, "--parallel", "2", "--target", *programs)
        for program in programs:
            run(build / program)
    return 0


if __name__ == "__main__":
    sys.exit(main())
