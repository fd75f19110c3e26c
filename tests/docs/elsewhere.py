"""Commands of the pages that the test of the pages does not run."""

from __future__ import annotations

PAGES = {
    "docs/container.md": ("tests/test_container.py", "it types them, where there is a Debian that has Python in it"),
}
"""Pages whose commands another test types, and why that one."""

COMMANDS: dict[tuple[str, str], str] = {}
"""(page, command) and why nobody runs it."""
