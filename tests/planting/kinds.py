"""What a kind of token is."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of token: a name, the rules that may report it, names of settings that hold it, and how one is made.

    `alone` says that the value is known by its own form, and so may stand where no name is near.
    """

    name: str
    rules: tuple[str, ...]
    names: tuple[str, ...]
    make: Callable[[random.Random], str]
    alone: bool = True


def kind(rules: str, names: str, make: Callable[[random.Random], str], alone: bool = True, name: str = "") -> Kind:
    """A kind from words: rules and names divided by spaces; the first rule names it when nothing else does."""
    return Kind(name or rules.split()[0], tuple(rules.split()), tuple(names.split()), make, alone)


def named(rules: str, names: str, make: Callable[[random.Random], str], name: str = "") -> Kind:
    """A kind whose value tells nothing without the setting's name."""
    return kind(f"{rules} secret-in-assignment password-in-credentials-file", names, make, False, name)
