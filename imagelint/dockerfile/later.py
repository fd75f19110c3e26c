"""Facts that live in modules of their own, which are imported when a rule first asks for one of them: a run over one
Dockerfile asks for few, and each module costs up to a millisecond of a budget of 80.
"""

from __future__ import annotations

import importlib
from typing import Any


class Later:
    """A subject whose class names, in `later`, the classes that have more facts of it, and the names of all that each
    has. They are taken over whole: a property stays a property."""

    later: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        """Only for what is not there yet."""
        own = type(self)
        for place, names in own.later.items():
            if name in names.split():
                module, _, more = place.partition(":")
                found = vars(getattr(importlib.import_module(f"imagelint.dockerfile.{module}"), more))
                for each in names.split():
                    setattr(own, each, found[each])
                return getattr(self, name)
        raise AttributeError(f"{own.__name__} has no {name!r}")
