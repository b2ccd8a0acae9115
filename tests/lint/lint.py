#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the checks a compiler cannot do.

    lint.py [--root DIR] CHECK...
    lint.py [--root DIR] symbols --shared libws2ring.so --static libws2ring.a

Prints one line for each problem, as file:line: what; exits with 1 when there was any."""

import argparse
import pathlib
import sys

import docs
import layers
import sizes
import symbols
import text
import trace_calls

CHECKS = {
    "layers": layers.check_layers,
    "cycles": layers.check_cycles,
    "sizes": sizes.check_sizes,
    "spdx": text.check_spdx,
    "text": text.check_text,
    "docs": docs.check_docs,
    "trace": trace_calls.check_trace,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--shared", type=pathlib.Path)
    parser.add_argument("--static", type=pathlib.Path)
    parser.add_argument("--nm", default="nm")
    parser.add_argument("checks", nargs="+", choices=[*CHECKS, "symbols"])
    arguments = parser.parse_args()

    problems = []
    for name in arguments.checks:
        if name != "symbols":
            problems += CHECKS[name](arguments.root)
        elif arguments.shared and arguments.static:
            problems += symbols.check_symbols(arguments.root, arguments.shared, arguments.static,
                                              arguments.nm)
        else:
            parser.error("symbols wants --shared and --static")
    print("\n".join(problems) if problems else "lint: " + ", ".join(arguments.checks) + ": clean")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
