# SPDX-License-Identifier: MIT
"""Servers driven in turn, A B C A B C, so that whatever the machine does besides hits all alike.

The drivers in the other folders say which servers, which client and which questions.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shlex
import sys
import time

import figures
import goals
import peers

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOISE_LIMIT = 0.25  # of one CPU, used by other processes during a round


def note(text):
    """Progress goes to standard error: standard output is for the result."""
    print(text, file=sys.stderr, flush=True)


def find_program(build, name):
    """An executable of this build, wherever CMake put it. None: not built."""
    for folder in ("bench/echo", "bench/http", "bench/events", "bench/connect", "bench/bulk",
                   "bench/udp", "bench/micro",
                   "examples", "bin", "."):
        path = build / folder / name
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    return None


def count(number, noun):
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


class Lane:
    """One server with its client, and the rounds measured on them."""

    def __init__(self, name, server, client):
        self.name = name
        self.server = server
        self.client = client
        self.rows = []
        self.reruns = 0

    def _attempt(self, seconds, warmup):
        busy = peers.machine_busy_seconds()
        own = time.process_time()
        server_before = peers.cpu_ns(self.server.process)
        client_before = self.client.cpu_ns()
        start = time.monotonic()
        row = self.client.run(seconds, warmup)
        time.sleep(0.01)  # let the server's threads go to sleep: their times are exact then
        self.server.check_alive()
        server_ns = peers.cpu_used_ns(server_before, peers.cpu_ns(self.server.process))
        client_ns = peers.cpu_used_ns(client_before, self.client.cpu_ns())
        own = time.process_time() - own
        busy = peers.machine_busy_seconds() - busy
        elapsed = time.monotonic() - start
        others = max(0.0, busy - own - (server_ns + client_ns) / 1e9) / elapsed
        if row["messages_total"] == 0 or row["messages"] == 0:
            raise peers.Trouble(f"{self.name} answered nothing in {seconds + warmup:.2f} s.")
        # The whole round counts, warm-up included, on both sides of the division: only then does
        # the CPU time, read from outside, belong to exactly these messages.
        row["cpu_ns_per_message"] = server_ns / row["messages_total"]
        row["server_cpu_ns"] = server_ns
        row["client_cpu_ns"] = client_ns
        row["other_cpus"] = round(others, 3)
        row["noisy"] = others > NOISE_LIMIT
        return row

    def measure(self, number, plan):
        """One round; again, a few times at most, while the machine is not quiet."""
        for _ in range(plan.reruns + 1):
            row = self._attempt(plan.seconds, plan.warmup)
            if not row["noisy"]:
                break
            self.reruns += 1
        else:
            self.reruns -= 1  # the last attempt is kept, not run again
        row["round"] = number
        self.rows.append(row)
        return row


class Group:
    """All servers at one number of connections."""

    def __init__(self, plan, connections):
        self.plan = plan
        self.connections = connections
        self.lanes = []
        self.lost = []  # sentences about servers that could not be measured
        self.warnings = []

    def _lose(self, lane_name, trouble):
        """A peer may fail; without the reference there is nothing to compare with."""
        if lane_name == self.plan.reference:
            raise trouble
        self.lost.append(str(trouble))
        note(f"  {trouble}")

    def _start(self, stack, name, command):
        """Adds a lane; whatever it starts is stopped by way of the stack."""
        plan = self.plan
        server = peers.Server(name, command, plan.server_cpus, plan.port_of(name), plan.workers)
        stack.callback(self._close_server, server)
        client = plan.open_client(server.port, self.connections)
        stack.callback(client.close)  # runs before the server's: connections end first
        self.lanes.append(Lane(name, server, client))

    def _close_server(self, server):
        server.close()
        if not server.stopped_cleanly:
            self.warnings.append(f"{server.name} ignored SIGINT and had to be killed.")

    def run(self, progress):
        with contextlib.ExitStack() as stack:
            for name, command in self.plan.servers:
                try:
                    self._start(stack, name, command)
                except peers.Trouble as trouble:
                    self._lose(name, trouble)
            for number in range(self.plan.rounds):
                for lane in list(self.lanes):
                    try:
                        lane.measure(number, self.plan)
                    except peers.Trouble as trouble:
                        self._lose(lane.name, trouble)
                        self.lanes.remove(lane)
                progress(number, self.lanes)
            self.engines = {lane.name: lane.server.engine() for lane in self.lanes}
        return self

    def summaries(self):
        reference = next(lane for lane in self.lanes if lane.name == self.plan.reference)
        return {lane.name: figures.summarise(lane.rows, reference.rows) for lane in self.lanes}

    def verdicts(self):
        """What became of the plan's goals."""
        return goals.judge_all(self.plan.goals, {lane.name: lane.rows for lane in self.lanes})

    def remarks(self):
        """Sentences that belong under the table."""
        rows = [row for lane in self.lanes for row in lane.rows]
        reruns = sum(lane.reruns for lane in self.lanes)
        kept = sum(row["noisy"] for row in rows)
        lines = [
            f"Noise: of {len(rows) + reruns} rounds {reruns + kept} saw other processes use more "
            f"than {NOISE_LIMIT} of a CPU; {reruns} were run again, {kept} kept although noisy."
        ]
        for lane in self.lanes:
            errors = sum(row["errors"] for row in lane.rows)
            held = lane.rows[-1]["held"]
            if errors or held != self.connections:
                lines.append(
                    f"{lane.name}: {count(errors, 'error')}, {held:,} of "
                    f"{count(self.connections, 'connection')} still answering at the end."
                )
        return lines + self.lost + self.warnings

    def failed(self):
        return bool(self.lost) or any(
            row["errors"] or row["held"] != self.connections
            for lane in self.lanes
            for row in lane.rows
        )

    def as_json(self):
        return {
            "connections": self.connections,
            "summaries": self.summaries(),
            "goals": self.verdicts(),
            "engines": self.engines,
            "remarks": self.remarks(),
            "rounds": {lane.name: lane.rows for lane in self.lanes},
            "reruns": {lane.name: lane.reruns for lane in self.lanes},
        }


class Plan:
    """What to measure and how. The drivers' own plans say which client, and what a message is."""

    NOUN = "message"
    GROUP = Group
    THING = "connection"  # what a group has a number of
    FLIGHT = "one in flight on each connection"
    KEYS = ("reference", "rounds", "seconds", "warmup", "workers", "threads", "pinning")

    def __init__(self, **settings):
        self.servers = []  # (name, command) in the order in which they are driven
        self.goals = ()  # goals.Goal
        self.reference = "epoll"
        self.ports = {}  # name to port, where the kernel is not to choose
        self.rounds = 5
        self.seconds = 0.7
        self.warmup = 0.25
        self.workers = 1
        self.threads = 1
        self.reruns = 3
        self.pin = "split"
        self.__dict__.update(settings)
        self.server_cpus, self.client_cpus, self.pinning = peers.choose_cpus(
            self.pin, self.workers, self.threads
        )

    def open_client(self, port, connections):
        """Something with run(seconds, warmup), cpu_ns() and close(), as peers.Client has them."""
        raise NotImplementedError

    def subject(self):
        """The beginning of a sentence: what goes to and fro."""
        raise NotImplementedError

    def port_of(self, name):
        return self.ports.get(name, 0)

    def too_many(self, connections, limit):
        """A sentence if so many connections need more descriptors than allowed, else None."""
        needed = connections + peers.SPARE_DESCRIPTORS
        if needed <= limit:
            return None
        return (
            f"{count(connections, 'connection')} left out: server and client need about {needed:,} "
            f"descriptors each, and the limit here is {limit:,} (ulimit -Hn)."
        )

    def as_json(self):
        values = {key: getattr(self, key) for key in self.KEYS}
        values["servers"] = {name: shlex.join(command) for name, command in self.servers}
        return values


# --- Drivers --------------------------------------------------------------------------------------


def add_arguments(parser, connections, seconds):
    """Options that every driver has; the other two are the defaults."""
    parser.add_argument("--build-dir", type=pathlib.Path, default=ROOT / "build" / "bench")
    parser.add_argument("--server", action="append", default=[], metavar="NAME=COMMAND",
                        help="a server to measure instead of the default ones; may be repeated")
    parser.add_argument("--reference", help="name of the server the ratios refer to "
                        "(default epoll, else the first)")
    parser.add_argument("--connections", default=connections, metavar="N,N,...")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=seconds, help="measured part of a round")
    parser.add_argument("--workers", type=int, default=1, help="worker threads of each server")
    parser.add_argument("--threads", type=int, default=1, help="threads of the load client")
    parser.add_argument("--pin", choices=("split", "same", "none"), default="split",
                        help="split: server and client on CPUs of their own (falls back to none "
                        "when there are too few); same: both on one CPU, where only CPU cost means "
                        "anything")
    parser.add_argument("--reruns", type=int, default=3, help="attempts more for a noisy round")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every round")
    parser.add_argument("--out-markdown", type=pathlib.Path, metavar="FILE")


def check_arguments(parser, arguments):
    """Ends with a usage error, or leaves the connections as a list of numbers."""
    try:
        arguments.connections = [int(word) for word in arguments.connections.split(",")]
    except ValueError:
        parser.error("--connections wants numbers with commas between them")
    lowest = min(arguments.rounds, arguments.workers, arguments.threads, *arguments.connections)
    if lowest < 1 or arguments.seconds < 0.01 or arguments.reruns < 0:
        parser.error("numbers must be positive")


def choose_servers(arguments, programs, command_of):
    """(name, command) for each server: those given, or those of the build. `programs` are pairs of
    a name and a program, and command_of(program) how that is started, or None: it is not built."""
    if arguments.server:
        servers = []
        for text in arguments.server:
            name, _, command = text.partition("=")
            if not name or not command:
                raise peers.Trouble(f"--server wants NAME=COMMAND, not '{text}'.")
            servers.append((name, shlex.split(command)))
        return servers
    servers = []
    for name, program in programs:
        command = command_of(program)
        if command:
            servers.append((name, command))
        else:
            note(f"{name} left out: it is not built in {arguments.build_dir}.")
    return servers


def needed_program(arguments, name):
    """The path of a program without which nothing can be measured."""
    path = find_program(arguments.build_dir, name)
    if path is None:
        raise peers.Trouble(f"{name} is not built in {arguments.build_dir}: run "
                            "`cmake --preset bench && cmake --build --preset bench`.")
    return path


def settings_of(arguments, programs, reference, extra=()):
    """settings() for (name, program) of the build, each started with `extra` arguments."""

    def command_of(program):
        path = find_program(arguments.build_dir, program)
        return path and [path, *extra]

    servers = choose_servers(arguments, programs, command_of)
    if arguments.reference is None and not arguments.server:
        arguments.reference = reference
    return settings(arguments, servers)


def parse(doc, connections, *options):
    """The options that every driver has, and more: (flag, keywords of add_argument) each."""
    parser = argparse.ArgumentParser(description=doc.split("\n", maxsplit=1)[0])
    add_arguments(parser, connections=connections, seconds=0.7)
    for flag, keywords in options:
        parser.add_argument(flag, **keywords)
    arguments = parser.parse_args()
    check_arguments(parser, arguments)
    return arguments


def settings(arguments, servers):
    """What the options mean for a plan."""
    if not servers:
        raise peers.Trouble("there is no server to measure.")
    names = [name for name, _ in servers]
    reference = arguments.reference or ("epoll" if "epoll" in names else names[0])
    if reference not in names:
        raise peers.Trouble(f"--reference names '{reference}', which is not among the servers.")
    keys = ("rounds", "seconds", "workers", "threads", "pin", "reruns")
    values = {key: getattr(arguments, key) for key in keys}
    return {**values, "servers": servers, "reference": reference}


def describe(plan, groups):
    """The whole report as Markdown."""
    about = peers.machine()
    warmup = f" after {plan.warmup} s of warm-up" if plan.warmup else ""
    lines = [
        f"{about['cpu']}, {about['cores']} CPUs, Linux {about['kernel']}, TCP with "
        f"{about['congestion_control']}; {plan.pinning}.",
        f"{plan.subject()}, {plan.FLIGHT}; "
        f"{count(plan.workers, 'worker')} a server; {count(plan.rounds, 'round')} of "
        f"{plan.seconds} s{warmup}, servers in turn.",
        "Medians of the rounds; ratios are medians of per-round ratios, in brackets "
        f"{figures.interval_name(plan.rounds)}.",
    ]
    for group in groups:
        lines += ["", f"### {count(group.connections, plan.THING)}", ""]
        lines += [figures.table(group.summaries(), plan.reference, plan.NOUN), ""]
        lines += [goals.sentence(verdict, plan.NOUN) for verdict in group.verdicts()]
        lines += group.remarks()
    return "\n".join(lines) + "\n"


def measure_all(plan, counts):
    """A group for each number of connections that the descriptor limit allows."""
    limit = peers.raise_descriptor_limit()
    groups = []
    for connections in counts:
        skipped = plan.too_many(connections, limit)
        if skipped:
            note(skipped)
            continue

        def progress(number, lanes, connections=connections):
            rates = ", ".join(f"{l.name} {l.rows[-1]['messages_per_second']:,.0f}/s" for l in lanes)
            what = count(connections, plan.THING)
            note(f"{what}, round {number + 1} of {plan.rounds}: {rates}")

        what = count(connections, plan.THING)
        note(f"{what}: starting {count(len(plan.servers), 'server')}")
        groups.append(plan.GROUP(plan, connections).run(progress))
    return groups


def compare(arguments, plan):
    """Measures, reports, and returns an exit status."""
    groups = measure_all(plan, arguments.connections)
    report = describe(plan, groups)
    if arguments.out_markdown:
        arguments.out_markdown.write_text(report, encoding="utf-8")
    if arguments.json:
        document = {
            "machine": peers.machine(),
            "plan": plan.as_json(),
            "groups": [group.as_json() for group in groups],
        }
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(report, end="", flush=True)
    return 1 if not groups or any(group.failed() for group in groups) else 0
