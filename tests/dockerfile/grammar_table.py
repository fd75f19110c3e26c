"""The table of BuildKit's grammar in grammar/*.yaml: its cases, our reader's answer and BuildKit's own in one form.

A case has a name, a text, and `want`, one row for each instruction (`FROM scratch` as the whole of a line is left out):

- KEYWORD (`ONBUILD KEYWORD` where it is put off): the words behind the flags as BuildKit's parser cuts them, quotes and
  variables still in them: the strings of a JSON list, name and value by turns for ENV and LABEL, kind and command for
  HEALTHCHECK, one word where the rest of the line is one.
- at: where the instruction stands, LINE:COLUMN-LINE:COLUMN, from 1, end column behind the last character, without the
  bodies of here-documents.
- values: what a build makes of the words, where that is something else: quotes off, variables filled in; null where
  only the build knows.
- flags: with quotes off, as BuildKit's parser hands them on. form: json, where it is. heredocs: name and body (tabs off
  behind `<<-`), `at` its lines, `quoted` where nothing in it is filled in.
- lines: FIRST-LAST as BuildKit counts them, where that is more than `at` and the here-documents.

errors: the codes of ParseError. config: what of the image's configuration does not follow from the rows. newer: who is
too old for the case, of `parser` (BuildKit 0.12.5 in the PyPI package dockerfile) and `engine` (BuildKit 0.8 in Docker
20.10).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from imagelint.dockerfile.arguments import KEYWORDS
from imagelint.dockerfile.model import Dockerfile, Instruction, Span, Word
from imagelint.dockerfile.parse import parse
from imagelint.dockerfile.quotes import printable

FOLDER = Path(__file__).parent / "grammar"
TAKEN = frozenset({"byte-order-mark", "crlf", "empty-continuation", "late-directive", "misspelt-directive"})
"""Codes of what a build takes; it refuses the others."""
_EXPANDED = frozenset(
    {"FROM", "ENV", "LABEL", "ARG", "WORKDIR", "USER", "EXPOSE", "VOLUME", "STOPSIGNAL", "COPY", "ADD"}
)
_PAIRS = ("ENV", "LABEL")

Row = dict[str, Any]


def cases() -> list[Row]:
    """Every case, with `topic`, its file's name."""
    return [
        {**case, "topic": path.stem}
        for path in sorted(FOLDER.glob("*.yaml"))
        for case in yaml.load(path.read_text(), yaml.CSafeLoader)
    ]


def ours(text: str) -> tuple[list[Row], list[str]]:
    """The rows and the error codes of our own reader."""
    dockerfile = parse(text.encode())
    rows = [_row(x) for x in dockerfile.instructions if not _plain(dockerfile, x)]
    return rows, [error.code for error in dockerfile.errors]


def _plain(dockerfile: Dockerfile, instruction: Instruction) -> bool:
    return dockerfile.lines[instruction.span.line - 1] == "FROM scratch"


def _row(instruction: Instruction) -> Row:
    keyword = instruction.keyword
    words, values = _pairs(instruction) if keyword in _PAIRS else _words(instruction)
    row: Row = {"ONBUILD " * instruction.onbuild + keyword: words, "at": place(instruction.span)}
    if values != words:
        row["values"] = values
    if instruction.flags:
        row["flags"] = [f"--{flag.name}" + f"={flag.value}" * bool(flag.value) for flag in instruction.flags]
    if instruction.form == "json":
        row["form"] = "json"
    if instruction.heredocs:
        row["heredocs"] = [
            {"name": doc.name, "body": doc.body, "at": place(doc.span), **({} if doc.expand else {"quoted": True})}
            for doc in instruction.heredocs
        ]
    return row


def place(span: Span) -> str:
    """LINE:COLUMN-LINE:COLUMN."""
    return f"{span.line}:{span.column}-{span.end_line}:{span.end_column}"


def _words(instruction: Instruction) -> tuple[list[str], list[str | None]]:
    words, values = [], []
    for number, word in enumerate(instruction.words):
        listed = instruction.form == "json" and (instruction.keyword != "HEALTHCHECK" or number)
        words.append(printable(json.loads(word.raw)) if listed else word.raw)
        values.append(_value(instruction, word))
    return words, values


def _value(instruction: Instruction, word: Word) -> str | None:
    waits = instruction.onbuild or instruction.keyword not in _EXPANDED
    return word.value if word.expanded or waits else None


def _pairs(instruction: Instruction) -> tuple[list[str], list[str | None]]:
    words: list[str] = []
    values: list[str | None] = []
    if len(instruction.words) == len(instruction.pairs):
        for word in instruction.words:
            name, _, value = word.raw.partition("=")
            words += [name, value]
    else:
        words = [word.raw for word in instruction.words]
    for pair in instruction.pairs:
        values += [pair.name, _value(instruction, pair.value) if pair.value else None]
    return words, values


def buildkits(text: str) -> list[Row] | None:
    """The rows of BuildKit's parser, without `at` and `values` but with `lines`; None where it refuses the text."""
    import dockerfile

    try:
        commands = dockerfile.parse_string(text)
    except dockerfile.GoParseError:
        return None
    return [_parsed(command) for command in commands if command.original.strip() != "FROM scratch"]


def _parsed(command: Any) -> Row:
    keyword = command.cmd.upper() + (f" {command.sub_cmd.upper()}" if command.sub_cmd else "")
    row: Row = {keyword: list(command.value), "lines": f"{command.start_line}-{command.end_line}"}
    if command.flags:
        row["flags"] = list(command.flags)
    if command.json:
        row["form"] = "json"
    if command.heredocs:
        row["heredocs"] = [{"name": doc.name, "body": _body(command, doc)} for doc in command.heredocs]
    return row


def _body(command: Any, doc: Any) -> str:
    """As the builder makes it: tabs off behind a dash. Ours has no carriage returns either, and reports them."""
    text = doc.content.replace("\r\n", "\n")
    dashed = re.search(rf"<<-[\"']?{re.escape(doc.name)}", command.original)
    return re.sub("(?m)^\t+", "", text) if dashed else text


def as_buildkits(row: Row) -> Row:
    """A row of the table in the form of `buildkits`, as far as that parser tells."""
    keyword, words = next(iter(row.items()))
    known = keyword.removeprefix("ONBUILD ") in KEYWORDS
    out: Row = {keyword: words if known else [""], "lines": row.get("lines") or _lines(row)}
    out |= {key: row[key] for key in ("flags", "form") if key in row}
    if keyword.startswith("ONBUILD "):
        out.pop("flags", None)  # the package hides those of an inner instruction, and its here-documents
    elif "heredocs" in row:
        out["heredocs"] = [{"name": doc["name"], "body": doc["body"]} for doc in row["heredocs"]]
    return out


def _lines(row: Row) -> str:
    first, last = (int(end.split(":")[0]) for end in row["at"].split("-"))
    for doc in row.get("heredocs", ()):
        end = int(doc["at"].split("-")[1].split(":")[0])
        last = end + 1 if doc["body"] else end
    return f"{first}-{last}"
