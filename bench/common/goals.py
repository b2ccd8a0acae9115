# SPDX-License-Identifier: MIT
"""What a comparison is meant to show: a bound on one server's ratio to another, and the verdict.

The median of the per-round ratios decides; the interval beside it says how firmly.
"""

import collections

import figures

RATE = "messages_per_second"
CPU = "cpu_ns_per_message"

# `server` is to have at least (RATE) or at most (CPU) `bound` times what `reference` has.
Goal = collections.namedtuple("Goal", ("server", "reference", "key", "bound"))


def judge(goal, rows_of):
    """One goal as a dictionary. rows_of: name to rounds. None: one of the two was not measured."""
    if not rows_of.get(goal.server) or not rows_of.get(goal.reference):
        return None
    ratio = figures.ratio(rows_of[goal.server], rows_of[goal.reference], goal.key)
    if ratio is None:
        return None
    least = goal.key == RATE
    reached = ratio["median"] >= goal.bound if least else ratio["median"] <= goal.bound
    return {**goal._asdict(), "ratio": ratio, "reached": reached}


def sentence(verdict, noun):
    """`Goal: connectex, connects/s, at least 1.00 of uring: 1.03 (1.01 to 1.05), reached.`"""
    figure = f"{noun}s/s" if verdict["key"] == RATE else f"CPU/{noun}"
    side = "at least" if verdict["key"] == RATE else "at most"
    word = "reached" if verdict["reached"] else "MISSED"
    return (f"Goal: {verdict['server']}, {figure}, {side} {verdict['bound']:.2f} of "
            f"{verdict['reference']}: {figures.show_ratio(verdict['ratio'])}, {word}.")


def judge_all(wanted, rows_of):
    """The verdicts on those goals that were measured."""
    verdicts = (judge(goal, rows_of) for goal in wanted)
    return [verdict for verdict in verdicts if verdict is not None]
