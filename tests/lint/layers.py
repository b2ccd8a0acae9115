# SPDX-License-Identifier: MIT
"""Includes follow the layers, core sees no Linux header, ring sees no Winsock one, and no cycles.

A file includes its own row or rows below; core may also include the public headers."""

from tree import c_files, includes, public_headers, read

ROWS = ["core/api", "core/verb", "core/object", "core/base", "ring/engine", "ring/host"]

# All that core may take from the system: memory, text, integers, atomics, and errno's numbers.
CORE_SYSTEM = {
    "assert.h", "errno.h", "inttypes.h", "jemalloc/jemalloc.h", "limits.h", "stdarg.h",
    "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h",
    "strings.h", "wchar.h",
}

# Only the engine knows that io_uring exists.
ENGINE_ONLY = {"liburing.h", "linux/io_uring.h"}

# What users see, so what these may see.
OUTSIDE = ["tests/api", "examples", "tests/conformance"]


def row_of(name):
    """Index into ROWS, or None."""
    for index, row in enumerate(ROWS):
        if name.startswith(row + "/"):
            return index
    return None


def _problem(row, quoted, name, public):
    """Why a file in this row may not include that name; None when it may."""
    is_core = ROWS[row].startswith("core/")
    target = row_of(name)
    if target is not None:
        if not quoted:
            return "a file of the project is included with quotes"
        if target < row:
            return f"{ROWS[row]} is below {ROWS[target]}"
        return None
    if name in public or name.startswith("include/"):
        if not is_core:
            return "ring never includes a public header"
        return "a public header is included by its name" if name.startswith("include/") else None
    if quoted:
        return "write the path from the root of the repository, and only to a layer's folder"
    if is_core:
        return None if name in CORE_SYSTEM else "core may not include this system header"
    if name in ENGINE_ONLY and ROWS[row] != "ring/engine":
        return "only ring/engine knows io_uring"
    return None


def check_layers(root):
    problems = []
    public = public_headers(root)
    for path in c_files(root, "core", "ring"):
        row = row_of(path.as_posix())
        if row is None:
            problems.append(f"{path}: stands in no layer; the layers are {', '.join(ROWS)}")
            continue
        for line, quoted, name, _ in includes(read(root, path)):
            problem = _problem(row, quoted, name, public)
            if problem:
                problems.append(f"{path}:{line}: includes {name}: {problem}")
    for path in c_files(root):
        if not any(path.as_posix().startswith(folder + "/") for folder in OUTSIDE):
            continue
        for line, _, name, _ in includes(read(root, path)):
            if row_of(name) is not None:
                problems.append(f"{path}:{line}: includes {name}: only public headers here")
    return problems


def _graph(root):
    """File to the files of the project it includes."""
    known = {path.as_posix() for path in c_files(root)}
    graph = {}
    for path in c_files(root):
        edges = graph.setdefault(path.as_posix(), [])
        for _, quoted, name, is_next in includes(read(root, path)):
            places = [name, f"include/{name}"]
            if quoted:
                places.insert(0, (path.parent / name).as_posix())
            found = next((place for place in places if place in known), None)
            if found and not is_next:
                edges.append(found)
    return graph


def check_cycles(root):
    graph = _graph(root)
    problems, state, stack = [], {}, []

    def visit(name):
        state[name] = "open"
        stack.append(name)
        for target in graph[name]:
            if state.get(target) == "open":
                circle = stack[stack.index(target):] + [target]
                problems.append("include cycle: " + " -> ".join(circle))
            elif target not in state:
                visit(target)
        stack.pop()
        state[name] = "done"

    for name in sorted(graph):
        if name not in state:
            visit(name)
    return problems
