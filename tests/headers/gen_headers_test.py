#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a C program that compares our headers with the tables of Windows' values and layouts.

    gen_headers_test.py <include-dir> <tests/data dir> <out.c>

Every constant of constants.tsv that a header defines, and every structure of layout.tsv that a
header declares, becomes a check of the program. So that nothing can drop out of the test unseen,
the lists below say what must be there, and the program fails when it ran too few checks. Known
differences stand in deviations.tsv; one that the table no longer bears out is an error.
"""
import csv
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent

# The program fails below these. Raise them when headers grow.
MIN_CONSTANTS = 1100
MIN_FIELDS = 1440

# Every constant of the table that matches a row here must exist: (name, header in the table).
MUST_EXIST_FAMILIES = [
    (r"ERROR_.*|WSA.*|WAIT_.*|NO_ERROR|HOST_NOT_FOUND|TRY_AGAIN|NO_(RECOVERY|DATA|ADDRESS)",
     r"winerror\.h|winbase\.h|.*_wsa_errnos\.h.*"),
    (r".*", r"ntstatus\.h|winsock2\.h|.*\(winsock2\.h\)|ws2def\.h|ws2ipdef\.h|ws2tcpip\.h"),
    (r".*", r"mswsock\.h|mswsockdef\.h|mstcpip\.h|afunix\.h|qos\.h|winbase\.h"),
    (r"(IN6|ADDRINFOEX|WsaBehavior).*", r"other"),
]

MUST_EXIST = "INVALID_HANDLE_VALUE DE_REUSE_SOCKET".split()

# Structures of the table that belong to headers ws2ring does not have.
FOREIGN_STRUCTS = """
    SERVICE_INFOA SERVICE_ADDRESS SOCKADDR_IPX SOCKADDR_BTH SOCKADDR_IRDA
""".split()

# Bit fields have neither offset nor size; static_checks.h writes to them instead.
BIT_FIELDS = {("SCOPE_ID", "Zone"), ("SCOPE_ID", "Level")}

PUBLIC_HEADERS = ["winsock2.h", "ws2tcpip.h", "mswsock.h", "mstcpip.h", "afunix.h", "winsock.h",
                  "windows.h", "ws2ring.h"]


def read_table(path):
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t"))


def read_headers(include_dir):
    """The text of every header, without comments and with continued lines joined."""
    text = ""
    for path in sorted(include_dir.rglob("*.h")):
        text += path.read_text() + "\n"
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    return text.replace("\\\n", " ")


def defined_names(text):
    return set(re.findall(r"^\s*#\s*define\s+(\w+)\b(?!\()", text, flags=re.M))


def enumerators(text):
    bodies = re.findall(r"\benum\b[^{;()]*\{([^}]*)\}", text)
    return {part.split("=")[0].strip() for body in bodies for part in body.split(",")}


def declared_types(text):
    """Maps a structure's name to how C spells its type."""
    types = {"timeval": "struct timeval"}  # libc's, which select() takes
    for tag in re.findall(r"\bstruct\s+(\w+)\s*\{", text):
        types.setdefault(tag, "struct " + tag)
    # A macro that declares both forms of a structure writes its name as NAME##W.
    text += re.sub("##W", "A", text) + re.sub("##W", "W", text)
    closings = re.findall(r"\}\s*([A-Za-z_][\w\s,*]*);", text)
    aliases = re.findall(r"\btypedef\s+\w[\w\s]*?\b(\w+(?:\s*,\s*\*?\s*\w+)*)\s*;", text)
    for names in closings + aliases:
        for name in names.split(","):
            if "*" not in name:
                types.setdefault(name.strip(), name.strip())
    return types


class Deviations:
    def __init__(self, path):
        self.rows = {(row["name"], row["field"]): row for row in read_table(path)}
        self.used = set()

    def ours(self, name, field, expected):
        """C text of the value our headers should have."""
        row = self.rows.get((name, field))
        if row is None:
            return literal(expected)
        if int(row["expected"]) != expected:
            sys.exit(f"deviations.tsv: {name} {field}: the table says {expected} now")
        self.used.add((name, field))
        if row["build"] == "all":
            return literal(int(row["ours"]))
        return f"(WIDE_WCHAR ? {literal(int(row['ours']))} : {literal(expected)})"

    def check_all_used(self):
        stale = set(self.rows) - self.used
        if stale:
            sys.exit(f"deviations.tsv: rows nothing was compared with: {sorted(stale)}")


def literal(value):
    """A C long long; values beyond its range keep their 64 bits."""
    return f"(long long)0x{value & 0xFFFFFFFFFFFFFFFF:x}ULL"


def must_exist(constants):
    names = set(MUST_EXIST)
    for row in constants:
        for name, header in MUST_EXIST_FAMILIES:
            if re.fullmatch(name, row["name"]) and re.fullmatch(header, row["header"]):
                names.add(row["name"])
    return names


def constant_checks(constants, defined, named, deviations):
    for row in constants:
        name = row["name"]
        if name not in defined | named:
            continue
        ours = deviations.ours(name, "(value)", int(row["decimal"]))
        if name not in defined:  # an enumerator, which #ifdef does not see
            yield f'    check_constant("{name}", {ours}, (long long)({name}));'
            continue
        yield "#ifdef " + name
        yield f'    check_constant("{name}", {ours}, (long long)({name}));'
        yield "#else"
        yield f'    check_constant("{name} is defined", 1, 0);'
        yield "#endif"


def layout_checks(layout, types, deviations):
    for row in layout:
        struct, field = row["struct"], row["field"]
        if struct not in types or (struct, field) in BIT_FIELDS:
            continue
        ctype = types[struct]
        whole = field == "(whole)"
        values = {"size": f"sizeof({ctype})" if whole else f"sizeof((({ctype} *)0)->{field})"}
        if whole:
            values["align"] = f"_Alignof({ctype})"
        else:
            values["offset"] = f"offsetof({ctype}, {field})"
        for kind, expression in values.items():
            ours = deviations.ours(struct, f"{field}.{kind}", int(row[kind]))
            what = f"{struct} {field} {kind}"
            yield f'    check_field("{what}", {ours}, (long long){expression});'


PROGRAM = """\
/* SPDX-License-Identifier: MIT */
/* Generated by tests/headers/gen_headers_test.py: do not edit. */
%(includes)s
#include <stdio.h>

#if __SIZEOF_WCHAR_T__ == 4
#define WIDE_WCHAR 1
#else
#define WIDE_WCHAR 0
#endif

static int passed, failed, constants, fields;

static void check_equal(const char *what, long long expected, long long ours)
{
    if (expected == ours) {
        passed++;
        return;
    }
    failed++;
    printf("FAILED %%s: expected %%lld (0x%%llx), ours %%lld (0x%%llx)\\n", what, expected,
           (unsigned long long)expected, ours, (unsigned long long)ours);
}

static void check_constant(const char *what, long long expected, long long ours)
{
    constants++;
    check_equal(what, expected, ours);
}

static void check_field(const char *what, long long expected, long long ours)
{
    fields++;
    check_equal(what, expected, ours);
}

#include "%(static_checks)s"

static void check_constants(void)
{
%(constants)s
}

static void check_layout(void)
{
%(layout)s
}

int main(void)
{
    check_constants();
    check_layout();
    check_everything_else();
    check_equal("enough constants", 1, constants >= %(min_constants)d);
    check_equal("enough sizes, offsets and alignments", 1, fields >= %(min_fields)d);
    printf("%%d constants, %%d sizes, offsets and alignments, wchar_t of %%d bits\\n", constants,
           fields, 8 * __SIZEOF_WCHAR_T__);
    printf("%%d passed, %%d failed\\n", passed, failed);
    return failed != 0;
}
"""


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    include_dir, data_dir, out = (pathlib.Path(arg) for arg in sys.argv[1:])
    constants = read_table(data_dir / "constants.tsv")
    layout = read_table(data_dir / "layout.tsv")
    text = read_headers(include_dir)
    defined, named, types = defined_names(text), enumerators(text), declared_types(text)
    deviations = Deviations(HERE / "deviations.tsv")

    missing = must_exist(constants) - defined - named
    missing |= {row["struct"] for row in layout} - set(FOREIGN_STRUCTS) - set(types)
    if missing:
        sys.exit(f"{include_dir} lacks: {' '.join(sorted(missing))}")

    program = PROGRAM % {
        "includes": "\n".join(f"#include <{name}>" for name in PUBLIC_HEADERS),
        "static_checks": HERE / "static_checks.h",
        "constants": "\n".join(constant_checks(constants, defined, named, deviations)),
        "layout": "\n".join(layout_checks(layout, types, deviations)),
        "min_constants": MIN_CONSTANTS,
        "min_fields": MIN_FIELDS,
    }
    deviations.check_all_used()
    out.write_text(program)


if __name__ == "__main__":
    main()
