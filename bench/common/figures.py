# SPDX-License-Identifier: MIT
"""From raw rounds to figures: medians, ratios with an interval, and the table.

A ratio is formed per round, between two rounds that ran right after each other, and the median is
taken of the ratios: what changes slowly on the machine then cancels out.
"""

import math
import statistics

COVERAGE_WANTED = 0.9


def interval(values):
    """(low, high, coverage): a confidence interval of the median from order statistics. It assumes
    nothing about the distribution; with five rounds it is the whole range, at 94%."""
    ordered = sorted(values)
    count = len(ordered)
    best = 0
    coverage = 1 - 2 * 0.5**count
    for skip in range(1, (count + 1) // 2):
        tail = sum(math.comb(count, i) for i in range(skip + 1)) / 2**count
        if 1 - 2 * tail < COVERAGE_WANTED:
            break
        best, coverage = skip, 1 - 2 * tail
    return ordered[best], ordered[count - 1 - best], max(coverage, 0.0)


def interval_name(count):
    """What the brackets around `count` rounds are."""
    coverage = interval(range(count))[2]
    if coverage < COVERAGE_WANTED:
        return "their range"
    return f"a {coverage:.0%} confidence interval"


def ratio(rows, reference_rows, key):
    """Median and interval of one figure's per-round ratio to the reference."""
    by_round = {row["round"]: row[key] for row in reference_rows}
    values = [row[key] / by_round[row["round"]] for row in rows if by_round.get(row["round"])]
    if not values:
        return None
    low, high, coverage = interval(values)
    return {
        "median": statistics.median(values),
        "low": low,
        "high": high,
        "coverage": coverage,
    }


def summarise(rows, reference_rows):
    """One server's figures at one number of connections."""

    def median(key):
        return statistics.median(row[key] for row in rows)

    return {
        "messages_per_second": median("messages_per_second"),
        "cpu_ns_per_message": median("cpu_ns_per_message"),
        "p50_us": median("p50_us"),
        "p99_us": median("p99_us"),
        "p999_us": median("p999_us"),
        "max_us": max(row["max_us"] for row in rows),
        "throughput_ratio": ratio(rows, reference_rows, "messages_per_second"),
        "cpu_ratio": ratio(rows, reference_rows, "cpu_ns_per_message"),
        "errors": sum(row["errors"] for row in rows),
        "held": rows[-1]["held"],
    }


def show_ratio(value):
    if value is None:
        return "-"
    return f"{value['median']:.2f} ({value['low']:.2f} to {value['high']:.2f})"


def show_us(value):
    return f"{value:,.1f}" if value < 1000 else f"{value:,.0f}"


def table(summaries, reference, noun="message"):
    """Markdown that is also readable on a terminal."""
    head = ["server", f"{noun}s/s", f"to {reference}", f"CPU ns/{noun}", f"to {reference}"]
    head += ["p50 us", "p99 us", "p99.9 us"]
    rows = [head]
    for name, figures in summaries.items():
        own = name == reference
        rows.append(
            [
                name,
                f"{figures['messages_per_second']:,.0f}",
                "1" if own else show_ratio(figures["throughput_ratio"]),
                f"{figures['cpu_ns_per_message']:,.0f}",
                "1" if own else show_ratio(figures["cpu_ratio"]),
                show_us(figures["p50_us"]),
                show_us(figures["p99_us"]),
                show_us(figures["p999_us"]),
            ]
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    rule = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]
    lines = []
    for row in [rows[0], rule, *rows[1:]]:
        cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
