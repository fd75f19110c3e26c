"""Messages: text with facts in braces, looked up in the vocabulary and never formatted.

`{a - b}` shows what of a list is not in another one: `{parameter.required - stage.all_labels}`.
"""

from __future__ import annotations

from typing import Any

from imagelint.engine.fact import Fact
from imagelint.lazy import Lazy

# `${NAME}` is shell and stays as it is.
_PLACEHOLDER = Lazy(r"(?<!\$)\{([\w.]+(?: - [\w.]+)?)\}")


def names(template: str) -> list[str]:
    """The names in braces, in order."""
    return [name for found in _PLACEHOLDER.findall(template) for name in found.split(" - ")]


def attribute(kind: str, name: str) -> str:
    """How a subject of this kind offers a fact: `subcommand` for command.subcommand, `stage.final` for stage.final."""
    scope, _, own = name.partition(".")
    own = "from_" if own == "from" else own
    return own if scope == kind else f"{scope}.{own}"


def pieces(template: str, kind: str, subject: Any, fixed: dict[str, Any] | None = None) -> list[tuple[str, bool]]:
    """(text, it comes from the target) for each piece of the message about a subject; `fixed` has the values of the
    rule's parameters, of which texts count as the target's: its configuration may have set them."""
    known = fixed or {}
    out: list[tuple[str, bool]] = []
    for number, text in enumerate(_PLACEHOLDER.split(template)):
        if number % 2:
            whole, _, without = text.partition(" - ")
            value = known[whole] if whole in known else _value(kind, whole, subject)
            if without:
                less = known[without] if without in known else _value(kind, without, subject)
                value = [item for item in value if item not in less]
            out.append(_shown(value))
        elif text:
            out.append((text, False))
    return out


def _value(kind: str, name: str, subject: Any) -> Any:
    value = subject
    for step in attribute(kind, name).split("."):
        value = getattr(value, step)
    return value


def _shown(value: Any) -> tuple[str, bool]:
    if isinstance(value, bool | int):
        return str(value).lower(), False
    return value if isinstance(value, str) else ", ".join(map(str, value)), True


def unknown(name: str, kind: str, words: dict[str, Fact]) -> str:
    """Why a message may not name this fact of those in `words`; empty when it may."""
    if name not in words:
        return f"no fact {name!r} for kind {kind}"
    return f"{name} is private: a message may not show it" if words[name].private else ""
