#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks run.py's judgement with made-up output: each case names what must be noticed."""

import pathlib
import sys
import tempfile

import run
from wine import Outcome

OK = ["ok A-01.1 fine", "ok A-01.2 good", "# covers: send recv", "# lines: 2"]


def outcome(*lines, **changes):
    return Outcome(list(lines), **changes)


def listed(folder, name, rows):
    path = pathlib.Path(folder) / name
    path.write_text("fact\tseen\twhy\n" + "".join("\t".join(row) + "\n" for row in rows),
                    encoding="utf-8")
    return run.List(path)


def problems_of(native, wine, deviation_rows, fault_rows):
    """What run.py would say of one program."""
    with tempfile.TemporaryDirectory() as folder:
        deviations = listed(folder, "deviations.tsv", deviation_rows)
        faults = listed(folder, "wine_faults.tsv", fault_rows)
        program = run.Program("made_up", None, run.parse(native) if native else None,
                              run.parse(wine) if wine else None)
        lines, troubles = run.judge(program, deviations, faults)
        found = troubles + [text for texts in lines.values() for text in texts]
        return found + deviations.stale() + faults.stale()


def with_line(line):
    return outcome(line, *OK[1:])


# (what is tested, native, Wine, deviations, Wine's faults, words of the problem or None)
CASES = [
    ("equal output passes", outcome(*OK), outcome(*OK), [], [], None),
    ("the native side alone passes", outcome(*OK), None, [], [], None),
    ("a native failure", with_line("not ok A-01.1 bad"), outcome(*OK), [], [], "native is not ok"),
    ("a listed deviation", with_line("not ok A-01.1 bad"), outcome(*OK),
     [("A-01.1", "bad", "why")], [], None),
    ("a deviation listed with other words", with_line("not ok A-01.1 worse"), outcome(*OK),
     [("A-01.1", "bad", "why")], [], "native is not ok"),
    ("a stale deviation", outcome(*OK), outcome(*OK), [("A-01.1", "bad", "why")], [],
     "does not do any more"),
    ("both ok, but not the same", with_line("ok A-01.1 other"), outcome(*OK), [], [], "Wine saw"),
    ("an unlisted fault of Wine", outcome(*OK), with_line("not ok A-01.1 bad"), [], [],
     "does not list"),
    ("a listed fault of Wine", outcome(*OK), with_line("not ok A-01.1 bad"), [],
     [("A-01.1", "bad", "why")], None),
    ("a stale fault of Wine", outcome(*OK), outcome(*OK), [], [("A-01.1", "bad", "why")],
     "does not do any more"),
    ("a fault that Wine has in some runs", outcome(*OK), with_line("not ok A-01.1 bad"), [],
     [("A-01.1", "sometimes: bad", "why")], None),
    ("a run without such a fault", outcome(*OK), outcome(*OK), [],
     [("A-01.1", "sometimes: bad", "why")], None),
    ("such a fault with other words", outcome(*OK), with_line("not ok A-01.1 worse"), [],
     [("A-01.1", "sometimes: bad", "why")], "does not list"),
    ("a line the native side lacks", outcome(OK[0], "# lines: 1"), outcome(*OK), [], [],
     "native prints no line"),
    ("a line Wine lacks", outcome(*OK), outcome(OK[0], "# lines: 1"), [], [], "(no line)"),
    ("a listed crash of Wine", outcome(*OK), outcome(OK[0], status=5), [],
     [("A-01.2", "(no line)", "why")], None),
    ("a crash of Wine after the last line", outcome(*OK), outcome(*OK, status=5), [], [],
     "ends with status 5"),
    ("a native crash after the last line", outcome(*OK, status=-11), outcome(*OK), [], [],
     "ends with status -11"),
    ("a native time-out", outcome(*OK, timed_out=True), outcome(*OK), [], [], "in time"),
    ("a miscounted program", outcome(*OK[:2], "# lines: 3"), outcome(*OK), [], [], "3 lines"),
    ("a program without its count", outcome(*OK[:2]), outcome(*OK), [], [], "None lines"),
    ("a repeated line", outcome(OK[0], *OK), outcome(*OK), [], [], "twice"),
    ("a set-up that failed", outcome("# cannot go on: bind: WSAEINVAL", status=3), None, [], [],
     "cannot go on"),
]


def main():
    failed = 0
    for what, native, wine, deviations, faults, wanted in CASES:
        found = problems_of(native, wine, deviations, faults)
        if wanted is None and found or wanted and not any(wanted in text for text in found):
            failed += 1
            print(f"FAILED {what}: {found}")
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
