"""A rule, and the rule files of a folder. What may stand in a file is checked in rule_file.py."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from imagelint.errors import RuleError
from imagelint.findings import Severity
from imagelint.record import field, fields, record

if TYPE_CHECKING:
    from imagelint.engine.parameter import Parameter


# No eq and no repr here: writing those methods costs a millisecond at every start.
@record
class Texts:
    """The long texts of a rule, which a run that finds nothing never needs."""

    when: str = ""
    rationale: str = ""
    revoke: str = ""
    """How to take a secret of this format out of use."""
    references: tuple[str, ...] = ()
    grammar: str = ""
    """Of a secret rule without a pattern: which files are read, as part of a sentence."""
    examples: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"bad": [], "good": []})
    """bad and good: mappings as in the file (text, line, fixed, image, shape, path)."""


@record
class Index:
    """Which layer entries a rule is put to (every part that is given must fit), or which instructions (by `text`)."""

    mode: int = 0
    """Bits of which the entry has at least one (octal in the file); 0: any mode."""
    name: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    suffix: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    """Literal texts: an instruction that the rule holds for has at least one of them behind its keyword."""
    xattr: tuple[str, ...] = ()
    """Names of extended attributes, of which the entry has at least one."""


@record
class Step:
    """One change of a fix. All steps of a fix are made, or none."""

    action: str
    """before, after (insert there), replace, remove: at a part. drop: options of a command. join: a command behind the
    last one of a RUN. mode: bits out of an octal number. make: a mend that needs more than that."""
    part: str = ""
    """One of vocabulary.SPANS, or for make one of vocabulary.MENDS."""
    text: str = ""
    """What is written, facts in braces; of mode the bits, in octal."""
    words: tuple[str, ...] = ()
    """The options that drop takes out."""


@record
class Fix:
    """How a rule mends a file."""

    title: str
    safety: str
    """safe (the build does what it did, or was refused) or unsafe"""
    steps: tuple[Step, ...]


@record
class Rule:
    """What a run needs of a rule; its long texts come through `texts` when they are asked for."""

    id: str
    title: str
    kind: str
    severity: Severity
    message: str
    """With facts in braces; of a secret rule, its title."""
    load: Callable[[str], Texts]
    """Gives the long texts for an id."""
    at: str = ""
    """The part to underline; empty for the whole subject."""
    instruction: tuple[str, ...] = ()
    program: tuple[str, ...] = ()
    index: Index | None = None
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    profile: str = "default"
    parameters: tuple[Parameter, ...] = ()
    """What it asks of the configuration."""
    fix: Fix | None = None
    remedy: str = ""
    """What to do, in one line, where no fix says it."""
    cwe: tuple[int, ...] = ()
    security_severity: float = 0.0
    """0.0 to 10.0 as GitHub reads it; 0.0: not given."""
    pattern: str = ""
    """Of a secret rule: for `re` and for Hyperscan; empty where the grammars of files find its secrets."""
    keywords: tuple[str, ...] = ()
    """Literal words in lower case; every match holds one of them, whatever its case."""
    prefix: int = 0
    """How many leading characters a mask may show."""
    checksum: str = ""
    """A function of imagelint.secrets.checksum; empty for none."""
    entropy: float = 0.0
    """The least Shannon entropy of the value, in bits a character."""
    paths: tuple[str, ...] = ()
    """Suffixes of the paths it is for; empty: all."""
    strong: bool = False
    """The value is generated, of 80 bits or more."""

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            """A field that is not filled in yet: compiled.py has read little more than the ids."""
            if name not in _FIELDS:
                raise AttributeError(name)
            self.load.fill(self)
            return getattr(self, name)

    @property
    def texts(self) -> Texts:
        """The long texts."""
        return self.load(self.id)

    @property
    def when(self) -> str:
        """The condition, as written."""
        return self.texts.when

    @property
    def rationale(self) -> str:
        """Why it matters."""
        return self.texts.rationale

    @property
    def references(self) -> tuple[str, ...]:
        """URLs to read on."""
        return self.texts.references

    @property
    def examples(self) -> dict[str, list[dict[str, Any]]]:
        """bad and good."""
        return self.texts.examples


_FIELDS = frozenset(fields(Rule)) - {"load"}


def read_rules(
    folder: str | os.PathLike[str], *, thorough: bool = True, taken: dict[str, str] | None = None
) -> list[Rule]:
    """Every rule of a folder and its subfolders, in the order of their ids.

    `thorough` also puts the patterns of secret rules to Hyperscan; `taken` holds the ids that exist already, and where
    each comes from.
    Raises RuleError with every mistake of every file.
    """
    from imagelint.engine.marks import Source
    from imagelint.engine.rule_file import read_rule

    mistakes: list[str] = []
    rules: list[Rule] = []
    places = dict(taken or {})
    for path in _files(os.fspath(folder)):
        try:
            with open(path, encoding="utf-8-sig") as file:
                source = Source(path, file.read(), mistakes)
        except (OSError, UnicodeError) as error:
            mistakes.append(
                f"{path}:1:1: cannot be read: {error.strerror if isinstance(error, OSError) else 'it is not UTF-8'}"
            )
            continue
        if rule := read_rule(source, places, thorough):
            rules.append(rule)
    if mistakes:
        raise RuleError("\n".join(mistakes))
    return sorted(rules, key=lambda rule: rule.id)


def _files(folder: str) -> list[str]:
    if not os.path.isdir(folder):
        raise RuleError(f"{folder}: not a folder of rules")
    found = (os.path.join(where, name) for where, _, names in os.walk(folder) for name in names)
    return sorted(path for path in found if path.endswith((".yaml", ".yml")))
