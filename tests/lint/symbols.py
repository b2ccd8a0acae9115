# SPDX-License-Identifier: MIT
"""The built libraries export exactly what the public headers declare, and only ws2_ names."""

import re
import subprocess

from tree import blank, c_files, read

# Macro of the headers to the symbols behind a name: one for each width of WCHAR.
MACROS = {"WS2RING_SYM": ("ws2_{}",), "WS2RING_SYM_WIDE": ("ws2_{}16", "ws2_{}32")}


def declared(root):
    """Symbol to (name in the headers, header), for all that include/ declares."""
    found = {}
    for path in c_files(root, "include"):
        text = blank(read(root, path)).replace("\\\n", "  ")
        text = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#"))
        for macro, forms in MACROS.items():
            for name in re.findall(rf"\b{macro}\(\s*(\w+)\s*\)", text):
                found.update({form.format(name): (name, path) for form in forms})
        for name in re.findall(r"\b(ws2_\w+)\s*\(", text):
            found[name] = (name, path)
    return found


def _nm(tool, arguments, library):
    result = subprocess.run([tool, *arguments, str(library)], capture_output=True, text=True,
                            check=True)
    names = set()
    for line in result.stdout.splitlines():
        fields = line.split()
        if len(fields) == 3 and fields[1] != "A":  # A: the version node itself
            names.add(fields[2].split("@")[0])
    return names


def _foreign(label, names):
    return [f"{label}: exports {name}, which does not begin with ws2_"
            for name in sorted(names) if not name.startswith("ws2_")]


def compare(exported, wanted, label):
    """Problems between a library's symbols and the headers'."""
    problems = _foreign(label, exported)
    problems += [f"{label}: exports {name}, which no header declares"
                 for name in sorted(exported - set(wanted)) if name.startswith("ws2_")]
    problems += [f"{label}: lacks {name}, which {wanted[name][1]} declares"
                 for name in sorted(set(wanted) - exported)]
    return problems


def check_symbols(root, shared, static, tool="nm"):
    wanted = declared(root)
    problems = [] if wanted else ["include/: declares nothing, so this check sees nothing"]
    dynamic = _nm(tool, ["-D", "--defined-only"], shared)
    problems += compare(dynamic, wanted, shared.name)
    problems += compare(_nm(tool, ["-g", "--defined-only"], static), wanted, static.name)
    return problems
