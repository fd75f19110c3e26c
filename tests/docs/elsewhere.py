"""Commands of the pages that the test of the pages does not run."""

from __future__ import annotations

PAGES = {
    "docs/container.md": ("tests/test_container.py", "it types them, where there is a Debian that has Python in it"),
}
"""Pages whose commands another test types, and why that one."""

COMMANDS: dict[tuple[str, str], str] = {
    ("README.md", "make demo"): "test_the_demo_finds_its_key runs the program behind it",
    ("README.md", "make test"): "this is one of the tests that it runs",
}
"""(page, command) and why nobody runs it."""
