"""Pages whose commands the test of the pages does not type."""

from __future__ import annotations

PAGES = {
    "docs/container.md": ("tests/test_container.py", "it types them, where there is a Debian that has Python in it"),
}
"""Each with the test that types its commands, and why that one."""
