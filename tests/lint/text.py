# SPDX-License-Identifier: MIT
"""Plain text rules: SPDX lines, tabs, line lengths, ends of lines, words nobody may commit."""

import re

from tree import C_SUFFIXES, files, read

SPDX = "SPDX-License-Identifier: MIT"
COLUMNS = 100
FORBIDDEN = "tests/lint/forbidden.txt"

_SPDX_SUFFIXES = C_SUFFIXES | {".py", ".sh", ".cmake", ".map", ".supp", ".yml", ".yaml"}
_SPDX_NAMES = {"CMakeLists.txt", ".clang-format", ".gitignore", ".editorconfig"}
_LINE_SUFFIXES = C_SUFFIXES | {".py", ".sh", ".cmake"}


def _is_script(path, text):
    return path.suffix == "" and text.startswith("#!")


def check_spdx(root):
    problems = []
    for path in files(root):
        text = read(root, path)
        needs_line = path.suffix in _SPDX_SUFFIXES or path.name in _SPDX_NAMES
        if not needs_line and not path.name.endswith((".cmake.in", ".pc.in")) \
                and not _is_script(path, text):
            continue
        lines = text.splitlines()
        if lines and lines[0].startswith("#!"):
            lines = lines[1:]
        if not lines or SPDX not in lines[0]:
            problems.append(f"{path}:1: the first line is not '{SPDX}'")
    return problems


def _forbidden(root):
    place = root / FORBIDDEN
    if not place.exists():
        return []
    return [re.compile(line) for line in place.read_text().splitlines()
            if line and not line.startswith("#")]


def check_text(root):
    problems = []
    forbidden = _forbidden(root)
    for path in files(root):
        data = (root / path).read_bytes()
        if b"\0" in data or path.as_posix().startswith("fuzz/corpus/"):
            continue
        text = data.decode("utf-8", errors="replace")
        is_code = path.suffix in _LINE_SUFFIXES or path.name == "CMakeLists.txt" \
            or _is_script(path, text)
        if text and not text.endswith("\n"):
            problems.append(f"{path}: does not end with a newline")
        for number, line in enumerate(text.split("\n"), 1):
            here = f"{path}:{number}:"
            if path.suffix in C_SUFFIXES and "\t" in line:
                problems.append(f"{here} a tab")
            if line.endswith("\r"):
                problems.append(f"{here} a carriage return")
            if is_code and line != line.rstrip():
                problems.append(f"{here} white space at the end")
            if is_code and len(line) > COLUMNS:
                problems.append(f"{here} {len(line)} columns, the limit is {COLUMNS}")
            problems += [f"{here} holds what {FORBIDDEN} forbids: {match.group(0)!r}"
                         for pattern in forbidden if (match := pattern.search(line))]
    return problems
