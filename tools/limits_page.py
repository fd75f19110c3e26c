"""docs/limits.md from imagelint/stream/limits.py: each limit with its number and its reason.

usage: python tools/limits_page.py [--check]     --check writes nothing; exit status 1 when the page is out of date
"""

from __future__ import annotations

import ast
import sys
from itertools import pairwise
from pathlib import Path

from imagelint.stream import limits

PAGE = Path("docs/limits.md")
HEAD = """\
# Limits

Whatever an image holds, a scan ends, and takes no more than 256 MiB of memory. What a limit kept from being read is
listed in the report: as not read (exit status 3), or as read in part.

`--limit NAME=VALUE` changes one of the first table for a run. It may be repeated, and a value may end in K, M, G or T
(powers of 1,024). Higher limits cost memory and time. Only the command line changes them: a configuration that lies in
a scanned folder must neither leave something out of its own scan nor make it costly.
"""


def reasons() -> dict[str, str]:
    """Name -> why it has its number."""
    body = ast.parse(Path(limits.__file__).read_text(encoding="utf-8")).body
    found: dict[str, str] = {}
    for item, text in pairwise(body):
        if isinstance(item, ast.Assign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            (target,) = item.targets
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            known = [name.id for name in names if isinstance(name, ast.Name)]
            if all(isinstance(getattr(limits, name), int | float) for name in known):
                found |= dict.fromkeys(known, " ".join(str(text.value.value).split()))
    return found


def shown(value: float) -> str:
    """4 MiB, 10,000, or 20.0 where it is a time."""
    for unit, name in ((limits.GIB, "GiB"), (limits.MIB, "MiB"), (limits.KIB, "KiB")):
        if value >= unit and value % unit == 0:
            return f"{value // unit} {name}"
    return f"{value:,}"


def table(title: str, rows: dict[str, str]) -> str:
    """A table in Markdown."""
    lines = [
        f"| `{name}` | {shown(getattr(limits, key))} | {rows[key]} |"
        for key, name in ((k, limits.word(k)) for k in rows)
    ]
    return "\n".join([f"\n## {title}\n", "| limit | value | what, and why |", "| --- | --- | --- |", *lines, ""])


def page() -> str:
    """The whole page."""
    found = reasons()
    changeable = {name: found.pop(name) for name in limits.CHANGEABLE}
    return HEAD + table("Changed by --limit", changeable) + table("Fixed", found)


def main() -> int:
    """Write or check the page."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    print(f"{PAGE} is out of date: run make docs")
    return 1


if __name__ == "__main__":
    sys.exit(main())
