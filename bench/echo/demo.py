#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shows ws2ring's IOCP echo server at work, beside a raw epoll server driven in the same run.

scripts/demo builds everything and then calls this; the measuring itself is rounds.py's.
"""

import argparse
import json
import pathlib
import shlex
import sys

import run  # first: it says where the others are
import figures
import peers
import rounds

PROGRAMS = {"ws2ring": "iocp_echo", "epoll": "echo_epoll"}
ROUNDS_MOST = 5
WARMUP_SHARE = 0.2  # of a round


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Drives an IOCP echo server over loopback, and a raw epoll server beside it.",
    )
    parser.add_argument("--port", type=int, default=0,
                        help="port of the IOCP server (default: one that is free)")
    parser.add_argument("--connections", type=int, default=1000, help="default 1000")
    parser.add_argument("--size", type=int, default=64, help="bytes in a message (default 64)")
    parser.add_argument("--seconds", type=float, default=10, help="of load in all (default 10)")
    parser.add_argument("--workers", type=int, default=1, help="threads a server (default 1)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--build-dir", type=pathlib.Path, default=rounds.ROOT / "build" / "bench",
                        help=argparse.SUPPRESS)
    parser.add_argument("--server", metavar="COMMAND",
                        help="another server in place of iocp_echo; gets --port and --workers")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)  # arguments only
    arguments = parser.parse_args()
    if not 0 <= arguments.port <= 65535:
        parser.error("--port wants a number from 0 to 65535")
    if not 1 <= arguments.size <= 1 << 24:
        parser.error("--size wants a number from 1 to 16777216")
    if not 1 <= arguments.connections <= 1000000:
        parser.error("--connections wants a number from 1 to 1000000")
    if not 1 <= arguments.workers <= 64:
        parser.error("--workers wants a number from 1 to 64")
    if not 1 <= arguments.seconds <= 3600:
        parser.error("--seconds wants a number from 1 to 3600")
    return arguments


def make_plan(arguments):
    """Both servers share the time: up to five pairs of rounds, each with a warm-up."""
    build = arguments.build_dir
    commands = {
        name: run.program_command(build, program, arguments.size)
        for name, program in PROGRAMS.items()
    }
    if arguments.server:
        commands["ws2ring"] = shlex.split(arguments.server)
    load = rounds.find_program(build, "echo_load")
    for name, found in [*commands.items(), ("load", load)]:
        if not found:
            program = PROGRAMS.get(name, "echo_load")
            raise peers.Trouble(f"{program} is not built in {build}: run scripts/demo, which does.")
    turns = max(1, min(ROUNDS_MOST, int(arguments.seconds)))
    length = arguments.seconds / (2 * turns)
    return run.EchoPlan(
        load=load,
        servers=list(commands.items()),
        ports={"ws2ring": arguments.port},
        size=arguments.size,
        rounds=turns,
        seconds=round(length * (1 - WARMUP_SHARE), 3),
        warmup=round(length * WARMUP_SHARE, 3),
        workers=arguments.workers,
        reruns=1,  # a demonstration keeps to its time
    )


class DemoGroup(rounds.Group):
    """Here nothing is optional: without either server there is nothing to show."""

    def _lose(self, lane_name, trouble):
        raise trouble


def show(arguments, plan, group):
    """The two servers side by side."""
    summaries = group.summaries()
    ours, epoll = summaries["ws2ring"], summaries["epoll"]

    def held(figures_of_one):
        return f"{figures_of_one['held']:,} of {arguments.connections:,}"

    rows = [("", "ws2ring (IOCP)", "raw epoll", "ratio")]
    rows.append(("messages/s", f"{ours['messages_per_second']:,.0f}",
                 f"{epoll['messages_per_second']:,.0f}",
                 figures.show_ratio(ours["throughput_ratio"])))
    for label, key in (("p50", "p50_us"), ("p99", "p99_us"), ("p99.9", "p999_us")):
        rows.append((f"latency {label}, us", figures.show_us(ours[key]),
                     figures.show_us(epoll[key]), ""))
    rows.append(("CPU per message, ns", f"{ours['cpu_ns_per_message']:,.0f}",
                 f"{epoll['cpu_ns_per_message']:,.0f}", figures.show_ratio(ours["cpu_ratio"])))
    rows.append(("connections held", held(ours), held(epoll), ""))
    rows.append(("errors", str(ours["errors"]), str(epoll["errors"]), ""))
    rows.append(("engine", group.engines["ws2ring"], "epoll", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    print()
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print(("  " + "  ".join(cells)).rstrip())
    print()
    measured = rounds.count(plan.rounds, "round")
    print(f"Medians of {measured}, both servers in turn; ratios to epoll, in brackets "
          f"{figures.interval_name(plan.rounds)}.")
    print(f"Messages of {rounds.count(plan.size, 'byte')}, one in flight on each connection; "
          f"{plan.pinning}.")
    for line in group.remarks():
        print(line)


def demonstrate(arguments):
    plan = make_plan(arguments)
    limit = peers.raise_descriptor_limit()
    too_many = plan.too_many(arguments.connections, limit)
    if too_many:
        raise peers.Trouble(too_many)

    def progress(number, lanes):
        rates = ", ".join(f"{l.name} {l.rows[-1]['messages_per_second']:,.0f}/s" for l in lanes)
        rounds.note(f"  round {number + 1} of {plan.rounds}: {rates}")

    connections = rounds.count(arguments.connections, "connection")
    rounds.note(f"Starting the IOCP echo server and a raw epoll server, {connections} to each; "
             f"then {arguments.seconds:g} s of load.")
    return plan, DemoGroup(plan, arguments.connections).run(progress)


def main(arguments):
    plan, group = demonstrate(arguments)
    if arguments.json:
        document = {"machine": peers.machine(), "plan": plan.as_json(), **group.as_json()}
        print(json.dumps(document, indent=1))
    else:
        show(arguments, plan, group)
    sys.stdout.flush()
    return 1 if group.failed() else 0


if __name__ == "__main__":
    options = parse_arguments()
    sys.exit(0 if options.check else peers.run_main("demo", lambda: main(options)))
