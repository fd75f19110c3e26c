"""A second planted set: what somebody plants who has not read the rules, to measure recall by.

The forms come from the vendors' and programs' own documentation. Nothing of the product is imported, and no value
stands in the tree: a seed makes them.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.second import hard, programs_servers, programs_tools, vendor_apps, vendor_clouds, vendor_code, vendor_data
from tests.second.values import Row, Values

VENDORS = (vendor_clouds, vendor_code, vendor_apps, vendor_data)
PROGRAMS = (programs_servers, programs_tools)


class Plant(NamedTuple):
    """One secret in one file of an image."""

    kind: str
    path: str
    content: bytes
    value: str
    """As its owner types it: decoded, with its line ends."""


def filled(row: Row, r: Values) -> Plant:
    """The file of a row."""
    kind, path, text, make = row
    made = make(r)
    parts = {"v": made} if isinstance(made, str) else made
    for name, value in parts.items():
        text = text.replace("{" + name + "}", value)
    return Plant(kind, path, text.encode(), parts["v"])


def groups(seed: int) -> dict[str, list[Plant]]:
    """The plants of each group: vendors, programs, hard. A kind's values do not depend on other kinds."""
    made = {
        name: [filled(row, Values(f"{seed} {row[0]}")) for module in modules for row in module.ROWS]
        for name, modules in (("vendors", VENDORS), ("programs", PROGRAMS))
    }
    made["hard"] = [Plant(kind, path, *make(Values(f"{seed} {kind}"))) for kind, path, make in hard.HARD]
    return made


def planted(seed: int) -> list[Plant]:
    """All of them, their kinds and paths each once."""
    return [plant for plants in groups(seed).values() for plant in plants]
