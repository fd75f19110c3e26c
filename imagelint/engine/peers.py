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
    "kics": "KICS",
    "docker-bench": "docker-bench",
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
    for peer in dict.fromkeys([*_known(), *rules.aliases]):
        known = _known().get(peer, {})
        ours = rules.aliases.get(peer, {})
        for name in [*known, *sorted(ours.keys() - known.keys())]:
            stand = tuple(ours.get(name, ()))
            found.append(Check(peer, name, stand, "" if stand else known.get(name) or NOT_YET))
    return found


def text(rules: RuleSet) -> str:
    """The coverage for people: a list for each peer."""
    out: list[str] = []
    for peer, its in _by_peer(coverage(rules)).items():
        width = max(len(check.id) for check in its)
        have = sum(bool(check.rules) for check in its)
        out += [*([""] if out else []), f"{NAMES.get(peer, peer)}: {have} of {len(its)}"]
        out += [f"  {check.id:{width}}  {', '.join(check.rules) or f'- {check.why}'}" for check in its]
    return "\n".join(out)


def json_text(rules: RuleSet) -> str:
    """{peer: [{"id", "rules": [...], "why"}]}; `why` only where there are no rules."""
    table = {
        peer: [
            {"id": check.id, "rules": list(check.rules)} | ({"why": check.why} if check.why else {}) for check in its
        ]
        for peer, its in _by_peer(coverage(rules)).items()
    }
    return json.dumps(table, indent=2)


def _by_peer(checks: list[Check]) -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = {}
    for check in checks:
        found.setdefault(check.peer, []).append(check)
    return found
