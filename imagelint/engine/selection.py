"""Which rules are put: the profile, --select and --ignore."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from imagelint.errors import UsageError, nearest
from imagelint.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.engine.rule import Rule

SHELLCHECK = Lazy(r"(?:shellcheck[-/])?sc[0-9]{4}|shellcheck", re.I)
"""Names of ShellCheck's checks, and of all of them."""
PROFILES = {"default": ("default",), "strict": ("default", "strict")}
"""What each profile puts; a rule of the profile `manual` must be selected by name."""


def by_name(rules: Sequence[Rule]) -> dict[str, list[Rule]]:
    """The rules by what a user may call them, in small letters: their ids, and every peer's."""
    found: dict[str, list[Rule]] = {rule.id: [rule] for rule in rules}
    for rule in rules:
        for alias in (alias for ids in rule.aliases.values() for alias in ids):
            found.setdefault(alias.lower(), []).append(rule)
    return found


def resolve(rules: Sequence[Rule], names: Iterable[str], *, lenient: bool = False) -> list[Rule]:
    """The rules that the user named, by id or by a peer's id (DL3006), in any case; UsageError for an unknown name.

    `lenient`: a check of ShellCheck (SC2086) may be missing, as it is where ShellCheck is not asked.
    """
    names = list(names)
    known = by_name(rules) if names else {}
    found: dict[str, Rule] = {}
    for name in names:
        named = known.get(name.lower())
        if named is None and SHELLCHECK.fullmatch(name):
            if lenient:
                continue
            raise UsageError(f"{name} is for ShellCheck to tell: --shellcheck asks it")
        if named is None:
            hint = nearest(name.lower(), known) or "; `imagelint rules` lists them"
            raise UsageError(f"there is no rule {name!r}{hint}")
        found.update({rule.id: rule for rule in named})
    return list(found.values())


def choose(
    rules: Sequence[Rule],
    profile: str,
    select: Collection[str],
    ignore: Collection[str],
    settings: Collection[str] = (),
) -> set[str]:
    """The ids of the rules to put. What is selected by name is put whatever its profile, and so is, where nothing is
    selected, a rule whose parameters are set (`settings`); what is ignored never is."""
    if select:
        chosen = {rule.id for rule in resolve(rules, select)}
    else:
        chosen = {rule.id for rule in rules if rule.profile in PROFILES[profile]}.union(settings)
    return chosen - {rule.id for rule in resolve(rules, ignore, lenient=True)}
