# SPDX-License-Identifier: MIT
"""How long files and functions are, how many parameters they take, how deep they nest.

The parser is a heuristic that knows code formatted by clang-format: a function's braces stand alone
in column 0. Existing exceptions stand in ratchet.tsv with their exact size; an entry that no longer
fits exactly is an error, so that the numbers only ever shrink. Rows of tables are not counted."""

import re

from tree import blank, c_files, read

LIMITS = {"file_lines": 500, "function_lines": 70, "parameters": 6, "nesting": 3}
RATCHET = "tests/lint/ratchet.tsv"

# One fact a line: X(a, b), another macro's row, an initialiser's row, or a case with its answer.
_ROW = re.compile(
    r"""^\s*(?:[A-Z][A-Z0-9_]*\(.*\)\s*,?\s*\\?
         |\{.*\}\s*,?\s*\\?
         |case\s+[^:]+:\s*return\s[^;]*;\s*\\?
         |\[[^\]]+\]\s*=\s*.*,\s*\\?)\s*$""", re.X)
_WORD = re.compile(r"[A-Za-z_]\w*|\S")
_DECORATION = re.compile(r"\b(?:__attribute__|__asm__|_Alignas|__declspec|ATTRIBUTE_\w+)\s*\(")
_LOOPS = {"for", "while", "switch"}


def _matching(text, start):
    """Index after the bracket that closes the one at start."""
    depth = 0
    for index in range(start, len(text)):
        depth += (text[index] in "([{") - (text[index] in ")]}")
        if depth == 0:
            return index + 1
    return len(text)


def _signature(text):
    """(name, number of parameters) of a function's head."""
    while match := _DECORATION.search(text):
        text = text[:match.start()] + text[_matching(text, match.end() - 1):]
    match = re.search(r"([A-Za-z_]\w*)\s*\(", text)
    if not match:
        return None
    inside = text[match.end():_matching(text, match.end() - 1) - 1]
    if inside.strip() in ("", "void"):
        return match.group(1), 0
    depth, count = 0, 1
    for character in inside:
        depth += (character in "([{") - (character in ")]}")
        count += character == "," and depth == 0
    return match.group(1), count


class _Nesting:
    """Walks the statements of a function's body and finds how deep control statements nest."""

    def __init__(self, body):
        lines = [line for line in body.split("\n") if not line.lstrip().startswith("#")]
        self.tokens = _WORD.findall("\n".join(lines))
        self.at = 0
        self.deepest = 0

    def measure(self):
        while self.at < len(self.tokens):
            self._statement(0)
        return self.deepest

    def _peek(self, ahead=0):
        index = self.at + ahead
        return self.tokens[index] if index < len(self.tokens) else ""

    def _group(self):
        """Steps over one bracketed group."""
        depth = 0
        while self.at < len(self.tokens):
            token = self._peek()
            depth += (token in "([{") - (token in ")]}")
            self.at += 1
            if depth == 0:
                return

    def _body(self, depth):
        self.deepest = max(self.deepest, depth)
        self._statement(depth)

    def _block(self, depth):
        self.at += 1
        while self.at < len(self.tokens) and self._peek() != "}":
            self._statement(depth)
        self.at += 1

    def _if(self, depth):
        self.at += 1
        self._group()
        self._body(depth + 1)
        if self._peek() == "else":
            self.at += 1
            if self._peek() == "if":
                self._if(depth)
            else:
                self._body(depth + 1)

    def _statement(self, depth):
        token = self._peek()
        if token == "{":
            self._block(depth)
        elif token == "if":
            self._if(depth)
        elif token in _LOOPS:
            self.at += 1
            self._group()
            self._body(depth + 1)
        elif token == "do":
            self.at += 1
            self._body(depth + 1)
            self.at += 1  # while
            self._group()
            self.at += self._peek() == ";"
        elif token in ("case", "default"):
            while self._peek() not in (":", ""):
                self.at += 1
            self.at += 1
        elif token[0].isidentifier() and self._peek(1) == ":":
            self.at += 2  # a label
        else:
            self._expression(depth)

    def _expression(self, depth):
        """Up to its semicolon; or a macro that is a statement, with a body or without."""
        first = self.at
        while self.at < len(self.tokens):
            token = self._peek()
            if token == ";":
                self.at += 1
                return
            if token == "}":
                self.at += self.at == first  # a stray one: never stand still
                return
            if token not in ("(", "[", "{"):
                self.at += 1
                continue
            self._group()
            if token == "(" and self.at - first > 2 and self.tokens[first + 1] == "(":
                if self._peek() == "{":  # list_for_each(...) { ... }
                    self._body(depth + 1)
                    return
                if self._peek()[:1].isidentifier():  # TABLE(ROW) and then the next statement
                    return


def functions(text):
    """(name, first line, counted lines, parameters, nesting) of each function in a C file."""
    clean = blank(text).split("\n")
    found = []
    for index, line in enumerate(clean):
        if line.rstrip() != "{" or line[0] != "{":
            continue
        first = index
        while first > 0 and clean[first - 1].strip() and clean[first - 1][0] not in "#}":
            first -= 1
            if clean[first][0] not in " \t":
                break
        signature = _signature(" ".join(clean[first:index]))
        last = next((n for n in range(index, len(clean)) if clean[n].startswith("}")), None)
        if signature is None or last is None:
            continue
        counted = sum(not _ROW.match(clean[n]) for n in range(first, last + 1))
        nesting = _Nesting("\n".join(clean[index + 1:last])).measure()
        found.append((signature[0], first + 1, counted, signature[1], nesting))
    return found


def _top_comment(text):
    """The comments before the first line of code."""
    match = re.match(r"(?:\s|/\*.*?\*/|//[^\n]*)*", text, re.DOTALL)
    return match.group(0)


def measurements(root):
    """(measure, path, function or -, value, line) of everything over its limit."""
    over = []
    for path in c_files(root):
        text = read(root, path)
        lines = sum(not _ROW.match(line) for line in blank(text).splitlines())
        if lines > LIMITS["file_lines"] and not re.search(r"\bLong:\s*\w", _top_comment(text)):
            over.append(("file_lines", path.as_posix(), "-", lines, 1))
        for name, line, counted, parameters, nesting in functions(text):
            values = {"function_lines": counted, "parameters": parameters, "nesting": nesting}
            over += [(measure, path.as_posix(), name, value, line)
                     for measure, value in values.items() if value > LIMITS[measure]]
    return over


def _ratchet(root):
    entries = {}
    place = root / RATCHET
    if not place.exists():
        return entries
    for number, line in enumerate(place.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 5 or not fields[3].isdigit() or not fields[4].strip():
            raise ValueError(f"{RATCHET}:{number}: wants measure, path, function, value, reason")
        entries[tuple(fields[:3])] = int(fields[3])
    return entries


def check_sizes(root):
    problems = []
    entries = _ratchet(root)
    for measure, path, name, value, line in measurements(root):
        allowed = entries.pop((measure, path, name), None)
        what = f"{path}:{line}: {name}: {measure} is {value}"
        if allowed is None:
            problems.append(f"{what}, the limit is {LIMITS[measure]}")
        elif value > allowed:
            problems.append(f"{what}, {RATCHET} allows {allowed}: it may not grow")
        elif value < allowed:
            problems.append(f"{what}: it shrank, write that into {RATCHET} in place of {allowed}")
    problems += [f"{RATCHET}: {' '.join(key)}: within the limit now, remove the line"
                 for key in sorted(entries)]
    return problems
