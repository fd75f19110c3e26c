"""What the tests of compose files and commands share: a file put to the rules, in this process."""

from __future__ import annotations

from imagelint.containers.commands import page, script
from imagelint.containers.compose import read
from imagelint.containers.described import Described
from imagelint.containers.lint import task
from imagelint.containers.model import Container
from imagelint.containers.sorts import sort
from imagelint.dockerfile.pool import Linted
from imagelint.engine.evaluate import Engine
from tests.dockerfile.linting import detector, profile, rules

Told = list[tuple[str, str]]


def compose(text: str, path: str = "compose.yaml") -> tuple[list[Described], Told, Told]:
    """The files of a project, what was not read of it, and what was left aside."""
    incomplete: Told = []
    limited: Told = []
    files = list(read(path, text.encode(), incomplete, limited))
    return files, incomplete, limited + [told for file in files for told in file.limited]


def service(text: str) -> Container:
    """The only service of a compose file, given by its keys."""
    lines = "".join(f"    {line}\n" for line in text.strip("\n").split("\n"))
    (file,), incomplete, limited = compose(f"services:\n  web:\n    image: nginx:1.29\n{lines}")
    assert incomplete == limited == []
    (made,) = file.containers
    return made


def commands(text: str, markdown: bool = False) -> list[Container]:
    """The containers of a script, or of a page."""
    return (page("README.md", text) if markdown else script("run.sh", text)).containers


def command(text: str) -> Container:
    """The only container of a script."""
    (made,) = commands(text)
    return made


def lint(path: str, text: str, *ids: str, inline: bool = True, show: bool = False) -> Linted:
    """Everything that is said of a file; without ids, by the rules of the default profile."""
    engine = Engine(rules(), ids or profile("default"))
    data = text.encode()
    kind = sort(path, data, lambda _: False)
    assert kind
    ((_, linted),) = task(path, path, data, kind, engine, detector(), show, inline)
    assert (linted.faults, linted.failure) == ([], "")
    return linted


def said(linted: Linted) -> list[tuple[str, int]]:
    """(rule, line) of each finding that nothing keeps quiet."""
    return [(found.rule, found.location.line) for found in linted.findings if not found.suppressed]
