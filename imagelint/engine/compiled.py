"""Rules made ready: conditions in batches of serialised CEL, and the two data files of the wheel.

    compiled.jsonl  what every run needs. The first line: {"binding", "ids", "kinds", "profiles", "keywords": one for
                    each rule, "batches": [kind, instruction, program, texts, numbers of rules, number of a condition]}.
                    Then a line for each rule, and one for each condition: [facts that it reads, expression].
    texts.json      what explain, SARIF and a second compilation need: {id: {"when", "rationale", "examples", ...}}

A batch is one CEL list of the conditions of one (kind, instruction, program): one call answers them all. A run looks at
a few rules and batches only, so their lines are read when something is asked of them.
"""

from __future__ import annotations

import json
import os
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from imagelint.engine import checked, vocabulary
from imagelint.engine.rule import Fix, Index, Rule, Step, Texts, read_rules
from imagelint.engine.selection import by_name
from imagelint.errors import RuleError
from imagelint.findings import Severity
from imagelint.record import field, fields, once, record

if TYPE_CHECKING:
    from pathlib import Path

COMPILED, TEXTS = "compiled.jsonl", "texts.json"
MAX_SOURCE = 50_000
"""Characters of conditions in one batch: cel-cpp takes expressions of 100,000 code points."""


@record
class Batch:
    """Conditions of one (kind, instruction, program), in the order of `rules`; "" stands for any."""

    kind: str
    instruction: str
    program: str
    rules: tuple[Rule, ...]
    texts: tuple[str, ...] = ()
    """A subject whose `text` has none of these fits no rule of the batch; empty: ask for any text."""
    compiled: str = ""
    """JSON: the facts that the conditions read, each with the type it was compiled for, and the expression, serialised
    and in base64. Empty: compile it from the rules' texts."""
    reads: dict[str, str] = field(default_factory=dict)
    """The facts that the conditions read, each with its type: known once there is a program."""

    def source(self) -> str:
        """The conditions as one CEL list; a line end closes a comment at the end of each."""
        return "[" + ",\n".join(f"({rule.when}\n)" for rule in self.rules) + "]"


class RuleSet:
    """All rules that a run may use; `binding`: the version of the CEL binding that serialised the batches."""

    def __init__(self, rules: list[Rule], batches: list[Batch], binding: str = "") -> None:
        self.rules, self.batches, self.binding = rules, batches, binding
        self.by_id = {rule.id: rule for rule in rules}

    @once
    def named(self) -> dict[str, list[Rule]]:
        """The rules by what a user may call them, in small letters: their ids, and every peer's."""
        return by_name(self.rules)

    @once
    def aliases(self) -> dict[str, dict[str, list[str]]]:
        """For each peer, its ids with those of our rules that look for the same."""
        found: dict[str, dict[str, list[str]]] = {}
        for rule in self.rules:
            for peer, ids in rule.aliases.items():
                for alias in ids:
                    found.setdefault(peer, {}).setdefault(alias, []).append(rule.id)
        return found

    def texts(self, rule_id: str) -> Texts:
        """The long texts of a rule."""
        return self.by_id[rule_id].texts

    def program(self, batch: Batch) -> Any:
        """The batch as a CEL expression, its `reads` filled in.

        What was serialised for another vocabulary or by another binding is compiled again from the rules' texts. Raises
        RuleError when that fails.
        """
        from imagelint.engine.environments import binding, environment, reader

        words = vocabulary.facts(batch.kind)
        if batch.compiled and self.binding == binding():
            batch.reads, expression = json.loads(batch.compiled)
            if all(name in words and words[name].type == type_ for name, type_ in batch.reads.items()):
                return reader().deserialize(a2b_base64(expression))
        try:
            program = environment(batch.kind).compile(batch.source())
        except RuntimeError as error:
            raise RuleError(f"the conditions of {', '.join(rule.id for rule in batch.rules)} do not compile") from error
        batch.compiled = ""
        batch.reads = {name: words[name].type for name in checked.reads(program.serialize())[0]}
        return program


def group(rules: Iterable[Rule]) -> list[Batch]:
    """The batches of these rules, not yet compiled; secret rules have no condition and are in none.

    Rules that are indexed by text stand apart, since most subjects are never put to them, and those of another profile
    than the default, since most runs do not want them. A batch that grows too long for one expression is continued in
    another one.
    """
    keys: dict[tuple[str, str, str, bool, bool], list[Rule]] = {}
    for rule in rules:
        if rule.kind == "secret":
            continue
        for instruction in rule.instruction or ("",):
            for program in rule.program or ("",):
                by_text = rule.index is not None and bool(rule.index.text)
                key = (rule.kind, instruction, program, by_text, rule.profile == "default")
                keys.setdefault(key, []).append(rule)
    batches: list[Batch] = []
    for (kind, instruction, program, by_text, _), members in keys.items():
        begun, size = 0, 0
        parts = []
        for number, rule in enumerate(members):
            size += len(rule.when)
            if size > MAX_SOURCE:
                parts.append(members[begun:number])
                begun, size = number, len(rule.when)
        for part in [*parts, members[begun:]]:
            texts = dict.fromkeys(text for rule in part if by_text and rule.index for text in rule.index.text)
            batches.append(Batch(kind, instruction, program, tuple(part), tuple(texts)))
    return batches


def load(extra_dirs: Sequence[str | Path] = ()) -> RuleSet:
    """The rules that come with imagelint, and those of further folders.

    Raises RuleError with every mistake of the files that had to be read.
    """
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "rules")
    if os.path.exists(os.path.join(inside, COMPILED)):
        found = read_compiled(inside)
    else:
        own = read_rules(os.path.join(os.path.dirname(package), "rules"), thorough=False)
        found = RuleSet(own, group(own))
    for folder in extra_dirs:
        more = read_rules(folder, taken={rule.id: "a rule of imagelint or of another folder" for rule in found.rules})
        found = RuleSet(found.rules + more, found.batches + group(more), found.binding)
    return found


def write_compiled(rules: Sequence[Rule], folder: str | os.PathLike[str]) -> None:
    """Write the two data files of the wheel; the same bytes for the same rules."""
    from imagelint.engine.environments import binding

    found = RuleSet(list(rules), group(rules))
    numbers = {rule.id: number for number, rule in enumerate(found.rules)}
    conditions: dict[str, int] = {}  # yum, dnf and microdnf have the same
    batches = []
    for batch in found.batches:
        expression = b2a_base64(checked.canonical(found.program(batch).serialize()), newline=False).decode()
        number = conditions.setdefault(_dump([batch.reads, expression]), len(conditions))
        members = [numbers[rule.id] for rule in batch.rules]
        batches.append([batch.kind, batch.instruction, batch.program, batch.texts, members, number])
    head = {
        "binding": binding(),
        "ids": [rule.id for rule in found.rules],
        "kinds": [rule.kind for rule in found.rules],
        "profiles": [rule.profile for rule in found.rules],
        "keywords": [rule.keywords for rule in found.rules],
        "batches": batches,
    }
    lines = [_dump(head), *(_dump(_row(rule)) for rule in found.rules), *conditions]
    texts = {rule.id: _slim(rule.texts) for rule in found.rules}
    for name, content in ((COMPILED, "\n".join(lines)), (TEXTS, _dump(texts))):
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(content)


def read_compiled(folder: str) -> RuleSet:
    """The rules of the two data files in a folder."""
    with open(os.path.join(folder, COMPILED), encoding="ascii") as file:
        lines = file.read().split("\n")
    head = json.loads(lines[0])
    shelf = _Shelf(dict(zip(head["ids"], lines[1:], strict=False)), os.path.join(folder, TEXTS))
    columns = (head[name] for name in ("ids", "kinds", "profiles", "keywords"))
    rules = [shelf.rule(*values) for values in zip(*columns, strict=True)]
    conditions = lines[1 + len(rules) :]
    batches = [
        Batch(kind, instruction, program, tuple(rules[n] for n in numbers), tuple(texts), conditions[condition])
        for kind, instruction, program, texts, numbers, condition in head["batches"]
    ]
    return RuleSet(rules, batches, head["binding"])


class _Shelf:
    """Where rules come from that were compiled: the line of each by its id, and the file of the long texts."""

    def __init__(self, lines: dict[str, str], texts: str) -> None:
        self._lines, self._path = lines, texts
        self._texts: dict[str, dict[str, Any]] = {}

    def rule(self, rule_id: str, kind: str, profile: str, keywords: list[str]) -> Rule:
        """A rule of which no more is there than what chooses it."""
        rule = Rule.__new__(Rule)
        rule.id, rule.kind, rule.profile, rule.keywords, rule.load = rule_id, kind, profile, tuple(keywords), self
        return rule

    def fill(self, rule: Rule) -> None:
        """Fill in the rest."""
        row = json.loads(self._lines[rule.id])
        for name, value in row.items():
            if isinstance(value, list):
                row[name] = tuple(value)
        row["severity"] = _SEVERITIES[row["severity"]]
        if "aliases" in row:
            row["aliases"] = {tool: tuple(names) for tool, names in row["aliases"].items()}
        if "index" in row:
            index = row["index"]
            row["index"] = Index(index.pop("mode", 0), **{name: tuple(words) for name, words in index.items()})
        if "fix" in row:
            row["fix"] = _fix(row["fix"])
        # The same object, since batches and the set share it.
        rule.__init__(load=self, **row)  # type: ignore[misc]

    def __call__(self, rule_id: str) -> Texts:
        """The long texts."""
        if not self._texts:
            with open(self._path, encoding="ascii") as file:
                self._texts = json.load(file)
        row = dict(self._texts[rule_id])
        row["references"] = tuple(row.get("references", ()))
        return Texts(**row)


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _slim(value: Rule | Texts | Index | Fix | Step) -> dict[str, Any]:
    """The fields that are not empty; nested rows likewise."""
    row = {name: getattr(value, name) for name in fields(value) if name != "load"}
    slim = {name: _slim(part) if isinstance(part, Index | Fix) else part for name, part in row.items() if part}
    if isinstance(value, Fix):
        slim["steps"] = [_slim(step) for step in value.steps]
    return slim


def _fix(row: dict[str, Any]) -> Fix:
    steps = (Step(**step | {"words": tuple(step.get("words", ()))}) for step in row["steps"])
    return Fix(row["title"], row["safety"], tuple(steps))


def _row(rule: Rule) -> dict[str, Any]:
    return _slim(rule) | {"severity": rule.severity.value}


_SEVERITIES = {severity.value: severity for severity in Severity}
"""Asking the class takes ten times as long."""
