"""Links that a terminal opens (OSC 8): of a path to the file, of a rule's id to the page behind it.

The form is that of https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda, "Hyperlinks in terminal
emulators": `ESC ] 8 ; ; URI ST text ESC ] 8 ; ; ST`. Whoever can write a control character into the address has left
the link, so an address is made of what a URI may hold (RFC 3986) and of nothing else.
"""

from __future__ import annotations

import os

from imagelint.report.escape import uri_path
from imagelint.report.interface import RuleText

OPEN, CLOSE = "\x1b]8;;{}\x1b\\", "\x1b]8;;\x1b\\"
LONGEST = 2000
"""Characters of an address; terminals built on VTE take 2,083."""
HOST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")
URI = HOST | frozenset("_~:/?#[]@!$&'()*+,;=%")


class Links:
    """Makes links for one report; whether a file is there is asked once."""

    def __init__(self) -> None:
        name = os.uname().nodename if hasattr(os, "uname") else ""
        self._host = name if HOST.issuperset(name) else ""
        self._files: dict[str, str] = {}

    def file(self, text: str, path: str) -> str:
        """The text as a link to a file of this machine; the text alone where there is no such file."""
        if path not in self._files:
            self._files[path] = self._address(path)
        return linked(text, self._files[path])

    def rule(self, text: str, rule: RuleText) -> str:
        """The text as a link to where one reads about the rule; the text alone where the rule names no address."""
        return linked(text, rule_address(rule))

    def _address(self, path: str) -> str:
        try:
            # Not followed: whether the end of a link of the target is there is not asked.
            there = os.path.lexists(path)
        except ValueError:  # a path that no system has, with a zero byte for one
            return ""
        return f"file://{self._host}/{uri_path(os.path.abspath(path))}" if there and os.sep == "/" else ""


def rule_address(rule: RuleText) -> str:
    """Where to read about a rule; empty where it names no address."""
    return next((url for url in (rule.url, *rule.references) if url.startswith(("https://", "http://"))), "")


def linked(text: str, address: str) -> str:
    """The text as a link, where the address is one."""
    if not text or not address or len(address) > LONGEST or not URI.issuperset(address):
        return text
    return OPEN.format(address) + text + CLOSE
