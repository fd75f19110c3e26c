"""What no linter knows of this house: the order of imports, who may make a SafeText, how long a file may be.

usage: python tools/check_house.py [FOLDER]     exit status 1 and one line for each break
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

STAIR = (
    ("process",),
    ("record", "lazy", "paths", "sha256", "workers", "cache"),
    ("findings", "errors"),
    ("compared",),
    ("sizes",),
    ("engine", "stream", "tracked"),
    ("secrets",),
    ("image", "dockerfile"),
    ("containers", "store"),
    ("report", "triage"),
    ("config", "targets", "context", "resolve"),
    ("base", "asked"),
    ("scan_options", "made_from"),
    ("scanning", "extract", "migrate", "sizing"),
    ("kept_images",),
    ("host", "registry"),
    ("options", "completion"),
    ("commands",),
    ("api",),
    ("cli",),
    ("__main__",),
)
"""From the bottom up. A room imports what lies below it; rooms of one step do not know each other."""

STEP = {room: step for step, rooms in enumerate(STAIR) for room in rooms}
SAFE_TEXT_MAKER = "secrets/redact.py"
MAX_LINES = 400


def room_of(parts: tuple[str, ...]) -> str:
    """imagelint, engine, rule -> engine. The package itself, which holds only the version, is no room."""
    return parts[1] if len(parts) > 1 else ""


def imported(tree: ast.AST, package: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(line, dotted name in parts) of each import of our own, those inside functions and for types only too."""
    for node in ast.walk(tree):
        names: list[tuple[str, ...]] = []
        line = 0
        if isinstance(node, ast.Import):
            line = node.lineno
            names = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            line = node.lineno
            base = package[: len(package) + 1 - node.level] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            names = [(*base, alias.name) for alias in node.names]
        for name in names:
            if name[0] == "imagelint" and name[1:] != ("__version__",):
                yield line, name


def makes_safe_text(node: ast.AST) -> bool:
    """SafeText(...), findings.SafeText(...), SafeText.__new__(...), cast(SafeText, ...), cast("SafeText", ...)."""
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    if called.split(".")[-1] == "cast" and node.args:
        return ast.unparse(node.args[0]).strip("'\"").split(".")[-1] == "SafeText"
    return called.split(".")[-1] == "SafeText" or called.endswith("SafeText.__new__")


def breaks(root: Path, path: Path) -> Iterator[str]:
    """One line for each break of a rule of the house in a file."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source, str(path))
    package = ("imagelint", *path.relative_to(root).parent.parts)
    room = room_of((*package, path.stem) if package == ("imagelint",) else package)
    if path.name != "__init__.py" or package != ("imagelint",):
        if room not in STEP:
            yield f"{path}:1: {room} has no place on the stair of {Path(__file__).name}"
            return
        for line, name in imported(tree, package):
            other = room_of(name)
            if other != room and STEP.get(other, len(STAIR)) >= STEP[room]:
                yield f"{path}:{line}: {room} imports {other or 'the whole package'}, which does not lie below it"
    if path.relative_to(root).as_posix() != SAFE_TEXT_MAKER:
        for node in ast.walk(tree):
            if makes_safe_text(node):
                yield f"{path}:{getattr(node, 'lineno', 1)}: only imagelint/{SAFE_TEXT_MAKER} makes a SafeText"
    lines = source.count("\n")
    if lines > MAX_LINES:
        yield f"{path}:{lines}: over {MAX_LINES} lines: more than one room"


def main() -> int:
    """Check every file of the package; 1 when one breaks a rule."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "imagelint")
    found = [line for path in sorted(root.rglob("*.py")) for line in breaks(root, path)]
    print(
        "\n".join(found)
        if found
        else f"{root}: the order of imports, SafeText and file lengths are as the house wants them"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
