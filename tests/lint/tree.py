# SPDX-License-Identifier: MIT
"""What every check needs: the files of the repository, and C text without comments."""

import pathlib
import re
import subprocess

C_SUFFIXES = {".c", ".h", ".cc", ".cpp"}

_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL
)
_INCLUDE = re.compile(r"""^[ \t]*#[ \t]*(include|include_next)[ \t]*([<"])([^>"]+)[>"]""", re.M)


def files(root):
    """Paths of what git tracks or would track; of everything where git does not know the tree."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others",
               "--exclude-standard"]
    listed = None
    if (root / ".git").exists():
        result = subprocess.run(command, capture_output=True, check=False)
        if result.returncode == 0:
            listed = [name for name in result.stdout.decode().split("\0") if name]
    if listed is None:
        listed = [
            path.relative_to(root).as_posix() for path in root.rglob("*")
            if not {".git", "build", "__pycache__"} & set(path.relative_to(root).parts)
        ]
    return sorted(pathlib.PurePosixPath(name) for name in set(listed)
                  if (root / name).is_file() and not (root / name).is_symlink())


def c_files(root, *folders):
    """The C files below the named folders, or all of them."""
    return [path for path in files(root)
            if path.suffix in C_SUFFIXES and (not folders or path.parts[0] in folders)]


def read(root, path):
    return (root / path).read_text(encoding="utf-8", errors="replace")


def blank(text):
    """The same text, line for line, with comments and the insides of literals turned to spaces."""
    def spaces(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token[0] + re.sub(r"[^\n]", " ", token[1:-1]) + token[0]
        return re.sub(r"[^\n]", " ", token)
    return _TOKEN.sub(spaces, text)


def includes(text):
    """(line, quoted, name, is_next) of each #include that is not in a comment."""
    def no_comment(match):
        token = match.group(0)
        return token if token[0] in "\"'" else re.sub(r"[^\n]", " ", token)
    clean = _TOKEN.sub(no_comment, text)
    return [
        (clean.count("\n", 0, match.start()) + 1, match.group(2) == '"', match.group(3),
         match.group(1) == "include_next")
        for match in _INCLUDE.finditer(clean)
    ]


def public_headers(root):
    """Names below include/, as a program includes them; shadows of system headers are left out."""
    names = set()
    for path in c_files(root, "include"):
        text = read(root, path)
        if not any(is_next for _, _, _, is_next in includes(text)):
            names.add(path.relative_to("include").as_posix())
    return names
