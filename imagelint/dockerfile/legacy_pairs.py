"""The old form `NAME value` of ENV and LABEL, written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.lazy import Lazy

_PLAIN = Lazy(r"[^\s\"'\\`]+")
_QUOTED = Lazy(r"\"[^\"\\`]*\"|'[^']*'")
_WORDS = Lazy(r"[^\"'\\`]+")


class LegacyFacts:
    """How a `variable` looks in the form with an equals sign."""

    name: str
    raw: str

    if TYPE_CHECKING:

        @property
        def is_legacy(self) -> bool:
            """See VariableSubject."""

    @property
    def with_equals(self) -> str:
        """NAME=value that means the same; empty where quotes and escapes inside leave a doubt."""
        if not self.is_legacy:
            return ""
        if _PLAIN.fullmatch(self.raw) or _QUOTED.fullmatch(self.raw):
            return f"{self.name}={self.raw}"
        return f'{self.name}="{self.raw}"' if _WORDS.fullmatch(self.raw) else ""
