"""Regular expressions that are compiled when they are first asked: most runs ask few, and each costs up to a
millisecond.
"""

from __future__ import annotations

import re
from typing import Any


class Lazy:
    """Stands for re.compile(pattern, flags); after the first call of a method, that method is the compiled one's."""

    def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
        self._pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Only for what is not there yet."""
        if name.startswith("__"):
            raise AttributeError(name)
        method = getattr(re.compile(self._pattern, self._flags), name)
        setattr(self, name, method)
        return method
