# SPDX-License-Identifier: MIT
"""Every exported call has its page in docs/calls; the A and W forms of a call may share one."""

from symbols import declared

EXEMPT = "tests/lint/docs_exempt.txt"


def pages_for(name):
    """Names of pages that may describe a call."""
    stem = name[:-1] if name[-1] in "AW" and name[-2:-1].islower() else name
    return [name] if stem == name else [name, stem, stem + "A", stem + "W"]


def _exempt(root):
    place = root / EXEMPT
    lines = place.read_text().splitlines() if place.exists() else []
    return {line for line in lines if line and not line.startswith("#")}


def check_docs(root):
    names = {name for name, _ in declared(root).values()}
    exempt = _exempt(root)
    present = {page.stem for page in (root / "docs/calls").glob("*.md")}
    problems = [f"docs/calls/{name}.md: missing" for name in sorted(names - exempt)
                if not present & set(pages_for(name))]
    problems += [f"{EXEMPT}: {name}: no header declares it, remove the line"
                 for name in sorted(exempt - names)]
    return problems
