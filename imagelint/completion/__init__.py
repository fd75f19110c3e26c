"""What may stand next on the command line, told to bash, zsh and fish.

A shell's script knows no option: at each Tab it asks `imagelint completion SHELL TYPED`, and the answer is read from
the parsers themselves, so that it is always that of the imagelint which will run. TYPED has a line for each word up to
the cursor, `imagelint` first and the one that is being typed last. The first line of an answer is `words`, `files` or
`folders`; below `words` is one candidate a line, behind a tab what the help says of it.
"""

from __future__ import annotations

import os
import re
from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from imagelint.errors import ImagelintError
from imagelint.findings import STATUSES
from imagelint.report.interface import FORMATS
from imagelint.stream import limits

SHELLS = ("bash", "zsh", "fish")
WORDS, FILES, FOLDERS = "words", "files", "folders"
Candidates = list[tuple[str, str]]
"""Each with what the help says of it, or an empty text."""

TAKES = {"FILE": FILES, "[FORMAT=]FILE": FILES, "TARGET": FILES, "IMAGE": FILES, "DIR": FOLDERS}
"""What the shell itself lists, by the name of the value in the help."""

PLATFORMS = ("all", "linux/amd64", "linux/arm64", "linux/arm/v7", "linux/386", "linux/ppc64le", "linux/s390x")
"""Those of Docker's official images, mostly; any other may be typed."""

ENGINES = ("docker", "podman")
"""An address may be typed, too."""


def script(shell: str) -> str:
    """The script that a shell reads to complete imagelint's words."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), f"imagelint.{shell}"), encoding="ascii") as file:
        return file.read()


def answer(shell: str, typed: str, parsers: Mapping[str, Callable[[], ArgumentParser]]) -> str:
    """The answer to a shell, empty where nothing is typed behind `imagelint`. `parsers` has one for each command, and
    that of no command under an empty name."""
    words = typed.split("\n")[1:-1]
    if not words:
        return ""
    words = _joined(words) if shell == "bash" else words
    kind, found = _next(words, parsers)
    # bash takes a word apart at = and wants what follows only.
    known = len(words[-1].rpartition("=")[0]) + 1 if shell == "bash" and "=" in words[-1] else 0
    lines = (f"{value[known:]}\t{told}" if told else value[known:] for value, told in found)
    return "".join(f"{line}\n" for line in (kind, *lines))


def _joined(words: Sequence[str]) -> list[str]:
    """bash gives `--format=json` as three words."""
    whole = [""]
    for word in words:
        if whole[-1].endswith("=") or (word.startswith("=") and whole[-1]):
            whole[-1] += word
        else:
            whole.append(word)
    return whole[1:]


def _next(words: list[str], parsers: Mapping[str, Callable[[], ArgumentParser]]) -> tuple[str, Candidates]:
    *before, current = words
    if not before:
        return WORDS, _beginning(current, _named(parsers, "")) or _options(parsers[""](), current)
    if before[0] not in parsers:
        return WORDS, []
    if len(before) == 1 and (below := _beginning(current, _named(parsers, f"{before[0]} "))):
        return WORDS, below
    both = " ".join(before[:2])
    parser, behind = (parsers[both](), before[2:]) if both in parsers else (parsers[before[0]](), before[1:])
    waiting, positional, plain = None, 0, False
    for word in behind:
        if waiting:
            waiting = None
        elif plain or not word.startswith("-") or word == "-":
            positional += 1
        elif word == "--":
            plain = True
        else:
            waiting = _option(parser, word)
    if waiting:
        return _values(waiting, current, before)
    if current.startswith("--") and "=" in current and not plain:
        name, _, value = current.partition("=")
        option = _option(parser, name)
        kind, found = _values(option, value, before) if option else (WORDS, [])
        return kind, [(f"{name}={word}", told) for word, told in found]
    if current.startswith("-") and not plain:
        return WORDS, _options(parser, current)
    for action in parser._actions:  # here and below: argparse has no other way to ask for them
        if not action.option_strings and action.help != SUPPRESS:
            if positional == 0 or action.nargs in ("*", "+", "..."):
                return _values(action, current, before)
            positional -= 1
    return WORDS, []


def _named(parsers: Mapping[str, Callable[[], ArgumentParser]], above: str) -> Candidates:
    """The commands, or those of two words whose first is `above`, which ends in a blank: their last words."""
    names = [name for name in parsers if name and name.startswith(above)]
    last = {name: name.removeprefix(above) for name in names}
    return [(word, _short(parsers[name]().description)) for name, word in last.items() if " " not in word]


def _option(parser: ArgumentParser, word: str) -> Action | None:
    """The option, if it takes a value."""
    return next((each for each in parser._actions if word in each.option_strings and each.nargs != 0), None)


def _options(parser: ArgumentParser, current: str) -> Candidates:
    shown = [action for action in parser._actions if action.help != SUPPRESS]
    return _beginning(current, [(name, _short(action.help)) for action in shown for name in action.option_strings])


def _values(action: Action, current: str, before: Sequence[str]) -> tuple[str, Candidates]:
    name = action.metavar or ""
    if action.choices is not None:
        return WORDS, _beginning(current, [(str(choice), "") for choice in action.choices])
    if name == "RULE":
        return WORDS, _listed(action, current, lambda start: _rules(start, before))
    if name == "STATUS":
        return WORDS, _listed(action, current, lambda _: [(status, "") for status in STATUSES])
    if name == "FORMAT":
        return WORDS, _listed(action, current, lambda _: [(word, "") for word in FORMATS])
    if name == "PLATFORM":
        return WORDS, _beginning(current, [(platform, "") for platform in PLATFORMS])
    if name == "GROUPS":
        from imagelint.registry.questions import KINDS, LABEL

        return WORDS, _beginning(current, [(word, "") for word in (*KINDS, LABEL)])
    if name == "ENGINE":
        return WORDS, _beginning(current, [(engine, "") for engine in ENGINES])
    if action.dest == "limit":
        return WORDS, _beginning(current, [(f"{limits.word(limit)}=", "") for limit in limits.CHANGEABLE])
    return TAKES.get(str(name), WORDS), []


def _listed(action: Action, current: str, ask: Callable[[str], Candidates]) -> Candidates:
    """Of an option that takes several with commas, the last."""
    head, comma, start = current.rpartition(",") if callable(action.type) else ("", "", current)
    taken = head.split(",")
    return [(f"{head}{comma}{word}", told) for word, told in _beginning(start, ask(start)) if word not in taken]


def _rules(start: str, before: Sequence[str]) -> Candidates:
    """The rules, those of folders that were named before among them; a peer's ids once something of them is typed."""
    from imagelint.engine.compiled import load

    folders = [folder for option, folder in pairwise(before) if option == "--rules"]
    folders += [word.removeprefix("--rules=") for word in before if word.startswith("--rules=")]
    try:
        rules = load(folders)
    except ImagelintError:
        rules = load()
    ids = [(rule.id, rule) for rule in rules.rules]
    if start and not start.islower():
        ids += [(alias, rule) for rule in rules.rules for names in rule.aliases.values() for alias in names]
    return [(name, rule.title) for name, rule in sorted(dict(ids).items()) if name.startswith(start)]


def _beginning(start: str, candidates: Iterable[tuple[str, str]]) -> Candidates:
    return [(word, told) for word, told in candidates if word.startswith(start)]


def _short(help_text: str | None) -> str:
    """The first clause of a help text."""
    return re.split(r"[;\n]| \(|\. ", help_text or "")[0].rstrip(".")
