#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the models in this folder with Spin, and that Spin would notice if they were wrong.

Each model lists its runs in its first comment:
    RUN scenario [-DNAME...]     every reachable state is right
    BREAK scenario -DNAME...     the protocol without one of its rules: an error must be found
A search that is cut short by memory, depth or time fails, whatever it has seen so far.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
MEMORY_MB = 700  # of one search; the largest needs 340
DEPTH = 100000  # steps; the deepest search needs some 200
STATES_BITS = 22  # of the first hash table, which grows
_ROW = re.compile(r"^ \* (RUN|BREAK) +(\w+)((?: +-D\w+(?:=\w+)?)*)(.*)$", re.M)


class Failure(Exception):
    """A run that did not go as its row says."""


def rows(model):
    """(kind, scenario, options, remark) of each run that a model lists."""
    found = [(kind, name, options.split(), remark.strip())
             for kind, name, options, remark in _ROW.findall(model.read_text())]
    if not any(row[0] == "RUN" for row in found) or not any(row[0] == "BREAK" for row in found):
        raise Failure(f"{model.name}: needs RUN and BREAK rows")
    return found


def _command(command, folder, seconds):
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                              timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise Failure(f"{command[0]}: not done after {seconds:.0f} s") from None
    return done.returncode, done.stdout + done.stderr


def judge(kind, output):
    """The number of states, or a Failure, for what the search has printed."""
    errors = re.search(r"errors: (\d+)", output)
    states = re.search(r"(\d+) states, stored", output)
    if not errors or not states:
        raise Failure("the search printed no result:\n" + output)
    for sign in ("max search depth too small", "MEMLIM bound", "out of memory", "aborting",
                 "Search not completed"):
        if sign in output and not (kind == "BREAK" and sign == "Search not completed"):
            raise Failure(f"the search is incomplete ({sign})")
    found = re.search(r"^pan:\d+: (.*)", output, re.M)
    if kind == "RUN" and (int(errors[1]) or found):
        raise Failure("error: " + (found[1] if found else output))
    if kind == "BREAK":
        if not int(errors[1]) or not found:
            raise Failure("no error was found in a protocol that lacks a rule")
        if not re.match(r"assertion violated|invalid end state", found[1]):
            raise Failure("not the kind of error a missing rule makes: " + found[1])
    return int(states[1])


def trail(folder, model, options):
    """The steps that lead to the error."""
    return _command(["spin", "-t", "-p", "-g", *options, model.name], folder, 60)[1]


def check(model, row, seconds):
    """Runs one row; (states, seconds of the search)."""
    kind, _, options, _ = row
    with tempfile.TemporaryDirectory(prefix="ws2ring-model-") as folder:
        (pathlib.Path(folder) / model.name).write_text(model.read_text())
        code, output = _command(["spin", "-a", *options, model.name], folder, 60)
        if code != 0 or "rror" in output:
            raise Failure("spin: " + output)
        level = "-O1" if kind == "RUN" else "-O0"  # errors are found long before all states are
        code, output = _command(
            [os.environ.get("CC", "cc"), level, "-w", "-DSAFETY", "-DCOLLAPSE",
             f"-DMEMLIM={MEMORY_MB}", "-o", "pan", "pan.c"], folder, 60)
        if code != 0:
            raise Failure("compiler: " + output)
        began = time.monotonic()
        code, output = _command(["./pan", f"-m{DEPTH}", f"-w{STATES_BITS}"], folder, seconds)
        took = time.monotonic() - began
        try:
            return judge(kind, output), took
        except Failure as failure:
            if (pathlib.Path(folder) / f"{model.name}.trail").exists():
                raise Failure(f"{failure}\n{trail(folder, model, options)}") from None
            raise


def _report(model, row, future):
    kind, name, options, remark = row
    label = f"{model.stem:9} {kind:5} {name:14} {' '.join(options)}"
    try:
        states, took = future.result()
    except Failure as failure:
        print(f"FAIL {label}\n     {failure}")
        return False
    verdict = "every state is right" if kind == "RUN" else f"found: {remark}"
    print(f"ok   {label:60} {states:9} states {took:5.1f} s  {verdict}")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", type=pathlib.Path, help="default: all in this folder")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=120, help="for each search")
    arguments = parser.parse_args()
    models = arguments.models or sorted(HERE.glob("*.pml"))
    good = bool(models)
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        runs = [(model, row, pool.submit(check, model, row, arguments.seconds))
                for model in models for row in rows(model)]
        for run in runs:
            good &= _report(*run)
    print(f"{len(runs)} searches of {len(models)} models in {time.monotonic() - began:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
