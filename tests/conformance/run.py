#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the conformance programs natively and, built by mingw-w64, under Wine, and compares.

Every tests/conformance/*.c prints lines `ok FACT-ID[.N] what was seen` or `not ok ...`, then how
many they were. The native program must be ok on every line unless deviations.tsv lists the line.
Where Wine is not ok, wine_faults.tsv must list it with the reason why the fact wins. Where both are
ok, both must have seen the same. Missing lines, crashes, time-outs and entries of the two lists
that no longer apply are failures. The programs
of examples/ that drive_examples.py knows are driven by it likewise."""

import argparse
import collections
import csv
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import drive_examples
import wine as windows

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EXAMPLES = ROOT / "examples"
# Neither Wine 8.0 nor mingw-w64 10.0 has ProcessSocketNotifications, and Wine's TransmitFile does
# not disconnect, so they run natively only.
NATIVE_ONLY = {"notify", "notify_echo", "file_server"}
LINE = re.compile(r"(ok|not ok) ([A-Z0-9]+(?:-[A-Z0-9]+)*-\d+(?:\.\d+)?) (.*)")
NO_LINE = "(no line)"  # what wine_faults.tsv says of lines that a crash under Wine swallows
SOMETIMES = "sometimes: "  # before what Wine is seen to do in some runs only, by its timing


@dataclasses.dataclass
class Seen:
    """One line of one run."""
    ok: bool
    text: str


@dataclasses.dataclass
class Report:
    """What one run of one program printed, and what was wrong with the run itself."""
    lines: dict = dataclasses.field(default_factory=dict)
    calls: list = dataclasses.field(default_factory=list)
    troubles: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Program:
    name: str
    source: pathlib.Path
    native: Report = None
    wine: Report = None


class List:
    """deviations.tsv or wine_faults.tsv: line id -> (what is seen, reason)."""

    def __init__(self, path):
        self.name = path.name
        self.rows = {}
        self.used = set()
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader((line for line in file if not line.startswith("#")), delimiter="\t",
                              quoting=csv.QUOTE_NONE)
            for row in list(rows)[1:]:
                if len(row) != 3 or not all(row) or row[0] in self.rows:
                    raise ValueError(f"{path}: a bad or repeated row: {row}")
                self.rows[row[0]] = (row[1], row[2])

    def excuses(self, line, text):
        """Whether exactly this is listed; notes that the entry still applies."""
        if line in self.rows and self.rows[line][0].removeprefix(SOMETIMES) == text:
            self.used.add(line)
            return True
        return False

    def stale(self, lines=None):
        """Entries that did not apply; with `lines`, only those that had a chance to."""
        return [f"{line}: {self.name} lists it as '{row[0]}', which it does not do any more"
                for line, row in self.rows.items()
                if line not in self.used and not row[0].startswith(SOMETIMES)
                and (lines is None or line in lines)]


def parse(outcome):
    """The report of a program's output."""
    report = Report()
    promised = None
    for text in outcome.lines:
        match = LINE.fullmatch(text)
        if match:
            if match[2] in report.lines:
                report.troubles.append(f"prints {match[2]} twice")
            report.lines[match[2]] = Seen(match[1] == "ok", match[3])
        elif text.startswith("# covers: "):
            report.calls += text.split()[2:]
        elif text.startswith("# lines: "):
            promised = int(text.split()[2])
        elif text.startswith("# cannot go on"):
            report.troubles.append(text[2:])
    if outcome.timed_out:
        report.troubles.append("does not end in time")
    elif outcome.status not in (0, 1):
        report.troubles.append(f"ends with status {outcome.status}")
    elif promised != len(report.lines):
        report.troubles.append(f"says it prints {promised} lines, but prints {len(report.lines)}")
    return report


def example_report(lines):
    return parse(windows.Outcome([*lines, f"# lines: {len(lines)}"]))


def run_native(program, arguments):
    binary = arguments.native_dir / program.name
    if not os.access(binary, os.X_OK):
        return Report(troubles=[f"is not built: {binary}"])
    if program.name in drive_examples.DRIVERS:
        return example_report(drive_examples.DRIVERS[program.name]([str(binary)]))
    outcome = windows.run_bounded([str(binary)], arguments.timeout)
    report = parse(outcome)
    if report.troubles and outcome.errors:
        report.troubles += outcome.errors.rstrip().splitlines()[-60:]
    return report


def run_wine(program, arguments, mingw, wine):
    try:
        binary = mingw.build(program.source, [HERE / "conf.h", EXAMPLES / "example.h"])
    except subprocess.CalledProcessError as error:
        return Report(troubles=[f"does not build: {error.stderr.strip()}"])
    if program.name in drive_examples.DRIVERS:
        drive = drive_examples.DRIVERS[program.name]
        return example_report(drive([wine.command, str(binary)], wine.env))
    return parse(wine.run(binary, arguments.timeout))


def judge_line(line, native, wine, deviations, faults):
    """What is wrong with one line: a list of sentences, empty when it passes. `wine` is None when
    Wine did not take part, and a Seen with NO_LINE when it printed nothing."""
    if native is None:
        if wine.ok or faults.excuses(line, wine.text):
            return []
        return [f"{line}: Wine saw '{wine.text}', which {faults.name} does not list"]
    problems = []
    if wine is not None and not wine.ok and not faults.excuses(line, wine.text):
        problems.append(f"{line}: Wine saw '{wine.text}', which {faults.name} does not list")
    agree = wine is None or not wine.ok or wine.text == native.text
    if (not native.ok or not agree) and not deviations.excuses(line, native.text):
        word = "ok" if native.ok else "not ok"
        problems.append(f"{line}: native is {word}: '{native.text}'" +
                        ("" if wine is None else f"; Wine saw '{wine.text}'"))
    return problems


def judge(program, deviations, faults):
    """line -> problems for one program, and the troubles of its runs."""
    native, wine = program.native, program.wine
    troubles = [f"{program.name}: native {text}" for text in native.troubles] if native else []
    lines = {}
    for line in (native or wine).lines | (wine.lines if wine else {}):
        seen_wine = None
        if wine is not None:
            seen_wine = wine.lines.get(line, Seen(False, NO_LINE))
        if native is not None and line not in native.lines:
            lines[line] = [f"{line}: native prints no line"]
        else:
            lines[line] = judge_line(line, native.lines[line] if native else None, seen_wine,
                                     deviations, faults)
    if wine is not None and wine.troubles:
        swallowed = native is not None and any(line not in wine.lines for line in native.lines)
        if not (swallowed or native is None and faults_explain(wine, faults)):
            troubles += [f"{program.name}: under Wine, {text}" for text in wine.troubles]
    return lines, troubles


def faults_explain(wine, faults):
    """Without the native lines: a crash is explained when some listed line is missing."""
    missing = [line for line, row in faults.rows.items() if row[0] == NO_LINE]
    faults.used.update(line for line in missing if line not in wine.lines)
    return bool(missing)


def choose(only, no_native=False):
    programs = [Program(path.stem, path) for path in sorted(HERE.glob("*.c"))]
    programs += [Program(name, EXAMPLES / f"{name}.c") for name in drive_examples.DRIVERS]
    if only:
        unknown = set(only) - {program.name for program in programs}
        if unknown:
            sys.exit(f"run.py: no program named {', '.join(sorted(unknown))}")
        programs = [program for program in programs if program.name in only]
    if no_native:
        programs = [program for program in programs if program.name not in NATIVE_ONLY]
    return programs


def run_all(programs, arguments, versions):
    if not arguments.no_wine:
        mingw = windows.Mingw(arguments.mingw, arguments.build_dir / "programs")
        with windows.Wine(arguments.wine, arguments.build_dir / "prefix") as wine:
            versions.update(mingw=mingw.version, wine=wine.version())
            for program in programs:
                if program.name not in NATIVE_ONLY:
                    program.wine = run_wine(program, arguments, mingw, wine)
    if not arguments.no_native:
        for program in programs:
            program.native = run_native(program, arguments)


def count(report, lines):
    return "-" if report is None else sum(line in report.lines and report.lines[line].ok
                                          for line in lines)


def print_table(programs, verdicts, deviations, faults):
    head = ("program", "facts", "lines", "native ok", "wine ok", "wine faults", "deviations")
    rows = [head]
    for program in programs:
        lines = verdicts[program.name]
        rows.append((program.name, len({fact_of(line) for line in lines}), len(lines),
                     count(program.native, lines), count(program.wine, lines),
                     sum(line in faults.used for line in lines),
                     sum(line in deviations.used for line in lines)))
    total = ["all"]
    for i in range(1, len(head)):
        numbers = [row[i] for row in rows[1:] if row[i] != "-"]
        total.append(sum(numbers) if numbers else "-")
    rows.append(tuple(total))
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(head))]
    for row in rows:
        print("  ".join(str(cell).ljust(widths[0]) if i == 0 else str(cell).rjust(widths[i])
                        for i, cell in enumerate(row)))


def fact_of(line):
    return line.split(".")[0]


def as_json(seen):
    return None if seen is None else {"ok": seen.ok, "seen": seen.text}


def write_json(path, programs, verdicts, deviations, faults, summary):
    facts = collections.defaultdict(lambda: {"program": "", "lines": []})
    calls = collections.defaultdict(list)
    for program in programs:
        reports = [report for report in (program.native, program.wine) if report]
        for call in reports[0].calls if reports else []:
            calls[call].append(program.name)
        for line, problems in verdicts[program.name].items():
            excuse = deviations.rows.get(line) if line in deviations.used else None
            fault = faults.rows.get(line) if line in faults.used else None
            fact = facts[fact_of(line)]
            fact["program"] = program.name
            fact["lines"].append({
                "line": line,
                "verdict": "fail" if problems else "deviation" if excuse else "pass",
                "native": as_json(program.native.lines.get(line) if program.native else None),
                "wine": as_json(program.wine.lines.get(line) if program.wine else None),
                "deviation": excuse[1] if excuse else None,
                "wine_fault": fault[1] if fault else None,
            })
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**summary, "facts": dict(sorted(facts.items())),
                                "calls": dict(sorted(calls.items()))}, indent=1) + "\n",
                    encoding="utf-8")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--native-dir", type=pathlib.Path, help="where the native programs are")
    parser.add_argument("--mingw", default="x86_64-w64-mingw32-gcc-posix", metavar="CC")
    parser.add_argument("--wine", default="wine", metavar="CMD")
    parser.add_argument("--only", action="append", metavar="NAME", help="may be repeated")
    parser.add_argument("--build-dir", type=pathlib.Path, metavar="DIR",
                        default=ROOT / "build" / "conformance",
                        help="for the Windows programs and Wine's prefix")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--timeout", type=float, default=40, metavar="SECONDS",
                        help="for each program (default 40)")
    parser.add_argument("--no-wine", action="store_true")
    parser.add_argument("--no-native", action="store_true", help="only check wine_faults.tsv")
    arguments = parser.parse_args()
    if not arguments.no_native and arguments.native_dir is None:
        parser.error("--native-dir is needed")
    if not arguments.no_wine:
        for command in (arguments.mingw, arguments.wine):
            if shutil.which(command) is None:
                parser.error(f"{command} not found; --no-wine does without")
    return arguments


def main():
    arguments = parse_arguments()
    programs = choose(arguments.only, arguments.no_native)
    deviations = List(HERE / "deviations.tsv")
    faults = List(HERE / "wine_faults.tsv")
    versions = {}
    run_all(programs, arguments, versions)

    verdicts, problems = {}, []
    for program in programs:
        verdicts[program.name], troubles = judge(program, deviations, faults)
        problems += troubles + [text for texts in verdicts[program.name].values() for text in texts]
    every = [line for lines in verdicts.values() for line in lines]
    twice = [line for line, times in collections.Counter(every).items() if times > 1]
    problems += [f"{line}: printed by two programs" for line in twice]
    scope = set(every) if arguments.only else None
    if not arguments.no_native:
        problems += deviations.stale(scope)
    if not arguments.no_wine:
        problems += faults.stale(scope)

    print_table(programs, verdicts, deviations, faults)
    for problem in problems:
        print(f"FAILED {problem}")
    passed = sum(not texts for lines in verdicts.values() for texts in lines.values())
    if arguments.json:
        write_json(arguments.json, programs, verdicts, deviations, faults,
                   {**versions, "passed": passed, "failed": len(problems)})
    print(f"{passed} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
