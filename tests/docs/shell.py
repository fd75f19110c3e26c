"""The commands of a page, typed one after the other into one shell."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tree_sitter import Language, Parser

from tests.docs.blocks import Block

SECONDS = 120
"""For all commands of a page together: none of them may wait for somebody."""


@dataclass(frozen=True)
class Step:
    """One command; `printed` is what the page shows of its output, None where it shows none."""

    block: Block
    text: str
    status: int
    printed: str | None = None


@dataclass(frozen=True)
class Done:
    """What became of a step."""

    step: Step
    status: int
    output: str

    def wrong(self) -> str:
        """What differs from the page; empty when nothing does."""
        said = f"{self.step.block}: `{self.step.text.strip()}`"
        if self.status != self.step.status:
            return f"{said}: exit status {self.status}, not {self.step.status}\n{self.output}"
        if self.step.printed is not None and not fits(self.step.printed, self.output):
            return f"{said} does not print\n{self.step.printed}\nbut\n{self.output}"
        return ""


def steps(block: Block) -> list[Step]:
    """The commands of a block that is run; a block that is written to a file is one command, too."""
    if block.file:
        name = shlex.quote(block.file)
        text = f'mkdir -p -- "$(dirname -- {name})" && printf %s {shlex.quote(block.text)} >{name}'
        return [Step(block, text, 0)]
    if block.language == "python":
        return [Step(block, f"python -c {shlex.quote(block.text)}", block.expected(0))]
    if block.language == "sh":
        there = f"cd {shlex.quote(block.folder)} && " if block.folder else ""
        typed = [f"({there}{text})" if there else text for text in statements(block.text)]
        return [Step(block, text, block.expected(number)) for number, text in enumerate(typed)]
    if block.language == "console":
        found = list(_typed(block))
        return [Step(block, text, block.expected(number), shown) for number, (text, shown) in enumerate(found)]
    return []


def statements(text: str) -> list[str]:
    """The commands of a shell script, each whole: here-documents, loops and continued lines with it."""
    data = text.encode()
    root = _parser().parse(data).root_node
    if root.has_error:
        raise ValueError(f"bash does not read this:\n{text}")
    return [data[node.start_byte : node.end_byte].decode() for node in root.named_children if node.type != "comment"]


def _typed(block: Block) -> Iterator[tuple[str, str]]:
    """(command, the output below it) of a block of a console."""
    head, *parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    if head or not parts:
        raise ValueError(f"{block}: the block of a console begins with `$ `")
    for part in parts:
        found = re.match(r"(?:[^\n]*\\\n)*[^\n]*\n?", part)
        yield (found[0], part[found.end() :]) if found else (part, "")


@cache
def _parser() -> Parser:
    import tree_sitter_bash

    return Parser(Language(tree_sitter_bash.language()))


def fits(shown: str, printed: str) -> bool:
    """Whether a page shows an output: `...` stands for any text in a line, and alone on a line for any lines."""
    pattern = ""
    for line in shown.rstrip("\n").split("\n") if shown else ():
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += "[^\n]*".join(re.escape(part) for part in line.rstrip().split("...")) + r"[ \t]*\n"
    text = printed if printed.endswith("\n") or not printed else printed + "\n"
    return re.fullmatch(pattern, text) is not None


def run(todo: Sequence[Step], folder: Path, environment: Mapping[str, str], notes: Path) -> list[Done]:
    """Type the steps into one bash that begins in the folder; what it notes goes to `notes`. AssertionError when the
    shell ends before its last command."""
    notes.mkdir()
    script = ""
    for number, step in enumerate(todo):
        script += f"{{\n{step.text}\n}} >{notes}/{number} 2>&1 </dev/null\necho $? >>{notes}/status\n"
    (notes / "script").write_text(script, encoding="utf-8")
    shell = subprocess.Popen(
        ["bash", "--norc", str(notes / "script")], cwd=folder, env=dict(environment), start_new_session=True
    )
    try:
        shell.wait(SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
    told = (notes / "status").read_text().split() if (notes / "status").exists() else []
    done = [
        Done(step, int(status), (notes / str(number)).read_text(encoding="utf-8", errors="replace"))
        for number, (step, status) in enumerate(zip(todo, told, strict=False))
    ]
    if len(told) < len(todo):
        last = todo[len(told)]
        output = (notes / str(len(told))).read_text(errors="replace") if (notes / str(len(told))).exists() else ""
        raise AssertionError(f"{last.block}: the shell ended, or waited, at `{last.text.strip()}`\n{output}")
    return done
