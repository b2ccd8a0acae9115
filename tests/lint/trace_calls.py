# SPDX-License-Identifier: MIT
"""Every exported call begins with TRACE_CALL or TRACE_CALL_VOID, so that WS2RING_TRACE shows it."""

import re

from symbols import declared
from tree import blank, c_files, read

_MACRO = re.compile(r"\bTRACE_CALL(_VOID|_NORETURN)?\(\s*(\w+)\s*([,)])")
# The head of a function and its body up to the first statement: declarations may stand before.
_HEAD = re.compile(r"^(?!static\b)([A-Za-z_][^;{}()\n]*?)\b(\w+)\(([^;{}]*)\)\n\{\n", re.M)


def _names(parameters):
    """The parameters' names, in order."""
    names, depth, text = [], 0, ""
    for character in parameters + ",":
        depth += (character == "(") - (character == ")")
        if character != "," or depth > 0:
            text += character
            continue
        pointer = re.search(r"\(\s*(?:\w+\s+)?\*\s*(\w+)\s*\)", text)  # to a function
        words = re.findall(r"\w+", re.sub(r"\[[^\]]*\]", "", text))
        names += [pointer.group(1)] if pointer else words[-1:]
        text = ""
    return [] if names == ["void"] else names


def _definitions(root):
    """Name to (path, line, head, parameters, body) of functions with external linkage in core."""
    found = {}
    for path in c_files(root, "core"):
        text = blank(read(root, path))
        for match in _HEAD.finditer(text):
            end = text.find("\n}", match.end())
            found[match.group(2)] = (path, text.count("\n", 0, match.start()) + 1,
                                     match.group(1), match.group(3), text[match.end():end])
    return found


def _problem(name, head, parameters, body):
    """What is wrong with one function; None when nothing is."""
    calls = list(_MACRO.finditer(body))
    if len(calls) != 1:
        return f"{name}: wants one TRACE_CALL" if not calls else f"{name}: TRACE_CALL stands twice"
    call = calls[0]
    if call.group(2) != name:
        return f"{name}: TRACE_CALL names {call.group(2)}"
    if re.search(r"\breturn\b|\bif\b|\bfor\b|\bwhile\b", body[:call.start()]):
        return f"{name}: TRACE_CALL is not the first statement"
    if bool(call.group(1)) != (re.match(r"void\b[^*]*$", head.strip()) is not None):
        return f"{name}: TRACE_CALL_VOID (or _NORETURN) is for functions without a result"
    arguments = body[call.end() - 1:body.index(";", call.end())].strip(" ,)\n")
    given = [text.strip() for text in arguments.split(",") if text.strip()]
    taken = _names(parameters)
    if given != taken:
        return f"{name}: TRACE_CALL passes {', '.join(given)}, not {', '.join(taken)}"
    return None


def check_trace(root):
    problems = []
    definitions = _definitions(root)
    for symbol, (name, header) in sorted(declared(root).items()):
        known = next((known for known in (name, symbol) if known in definitions), None)
        if known is None:
            continue  # the check of the symbols says what is missing
        path, line, head, parameters, body = definitions[known]
        problem = _problem(known, head, parameters, body)
        if problem:
            problems.append(f"{path}:{line}: {problem} ({header.name} declares it)")
    return problems
