"""Commands of the pages that the test of the pages does not run."""

from __future__ import annotations

ELSEWHERE: dict[tuple[str, str], str] = {}
"""(page, command) and why not here."""
