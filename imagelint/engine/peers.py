"""Which checks the peers have, and which of them a rule of ours stands for.

peers.json holds the ids of each peer as its documentation lists them; an id that ends in * is a family. Behind an id
stands why no rule has it for an alias, where that is meant to stay so.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import TYPE_CHECKING

from imagelint.record import record

if TYPE_CHECKING:
    from imagelint.engine.compiled import RuleSet

NAMES = {
    "hadolint": "hadolint",
    "buildkit": "BuildKit",
    "trivy": "Trivy",
    "checkov": "Checkov",
    "dockle": "dockle",
    "tally": "tally",
    "semgrep": "semgrep",
}
"""How the peers spell themselves, by their keys in `aliases`."""
NOT_YET = "no rule looks for this yet"
FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers.json")


@record
class Check:
    """One check of a peer: the rules that stand for it, or why there are none."""

    peer: str
    id: str
    rules: tuple[str, ...]
    why: str = ""


@cache
def _known() -> dict[str, dict[str, str]]:
    with open(FILE, encoding="utf-8") as file:
        known: dict[str, dict[str, str]] = json.load(file)
    return known


def ids(peer: str) -> list[str]:
    """The ids of a peer's checks; families are left out."""
    return [name for name in _known().get(peer, {}) if not name.endswith("*")]


def has(peer: str, name: str) -> bool:
    """Whether a peer has a check of this name, as far as we know; nobody but the peers in NAMES has any."""
    known = _known().get(peer, {})
    return name in known or any(name.startswith(family[:-1]) for family in known if family.endswith("*"))


def coverage(rules: RuleSet) -> list[Check]:
    """Every check of every peer, in the order of peers.json, and then what rules alone know of."""
    found: list[Check] = []
    for peer, known in _known().items():
        ours = rules.aliases.get(peer, {})
        for name in [*known, *sorted(ours.keys() - known.keys())]:
            stand = tuple(ours.get(name, ()))
            found.append(Check(peer, name, stand, "" if stand else known.get(name) or NOT_YET))
    return found


def text(checks: list[Check]) -> str:
    """The coverage for people: a table for each peer."""
    out: list[str] = []
    width = max(len(check.id) for check in checks)
    for peer in dict.fromkeys(check.peer for check in checks):
        its = [check for check in checks if check.peer == peer]
        have = sum(bool(check.rules) for check in its)
        out += [*([""] if out else []), f"{NAMES.get(peer, peer)}: {have} of {len(its)}"]
        out += [f"  {c.id:{width}}  {', '.join(c.rules) or f'- {c.why}'}" for c in its]
    return "\n".join(out)
