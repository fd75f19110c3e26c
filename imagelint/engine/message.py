"""Messages: text with facts in braces, looked up in the vocabulary and never formatted."""

from __future__ import annotations

from typing import Any

from imagelint.engine.fact import LIST, STRING, Fact
from imagelint.engine.vocabulary import facts
from imagelint.lazy import Lazy

# `${NAME}` is shell and stays as it is.
_PLACEHOLDER = Lazy(r"(?<!\$)\{([\w.]+)\}")


def names(template: str) -> list[str]:
    """The names in braces, in order."""
    found: list[str] = _PLACEHOLDER.findall(template)
    return found


def attribute(kind: str, name: str) -> str:
    """How a subject of this kind offers a fact: `subcommand` for command.subcommand, `stage.final` for stage.final."""
    scope, _, own = name.partition(".")
    own = "from_" if own == "from" else own
    return own if scope == kind else f"{scope}.{own}"


def pieces(template: str, kind: str, subject: Any) -> list[tuple[str, bool]]:
    """(text, it comes from the target) for each piece of the message about a subject."""
    words = facts(kind)
    out: list[tuple[str, bool]] = []
    for number, text in enumerate(_PLACEHOLDER.split(template)):
        if number % 2:
            value = subject
            for step in attribute(kind, text).split("."):
                value = getattr(value, step)
            out.append(_shown(words[text], value))
        elif text:
            out.append((text, False))
    return out


def _shown(fact: Fact, value: Any) -> tuple[str, bool]:
    if fact.type == LIST:
        return ", ".join(map(str, value)), True
    if fact.type == STRING:
        return str(value), True
    return str(value).lower(), False


def unknown(name: str, kind: str) -> str:
    """Why a message may not name this fact; empty when it may."""
    words = facts(kind)
    if name not in words:
        return f"no fact {name!r} for kind {kind}"
    return f"{name} is private: a message may not show it" if words[name].private else ""
