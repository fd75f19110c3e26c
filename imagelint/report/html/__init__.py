"""One page for people: no file beside it, nothing asked of a network, nothing kept by the browser.

The page is written whole on this side, by the template page.html; page.js only filters, opens and walks through what is
there. So it is read where scripts are not run (a preview of a mail, a build server that forbids them), and every text
of a target takes one way into it: `finalize` makes it visible, autoescape makes it text. It is ASCII; every other
character stands as a reference, so that no wrong charset can change it.

The page's Content-Security-Policy (W3C, CSP Level 3) allows its own style and its own script, both by their hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from imagelint.findings import Report
from imagelint.report.escape import visible
from imagelint.report.interface import RuleText

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
PIECE = 1 << 16
"""Characters that are written at a time."""


def render(
    report: Report,
    rules: Mapping[str, RuleText],
    out: TextIO,
    *,
    color: bool = False,
    width: int = 0,
    quiet: bool = False,
) -> None:
    """Write the page, in pieces, so that a large report is never held twice."""
    from imagelint.report.html.view import Page  # jinja2 and what goes with it: only for a page

    style, script = _read("page.css"), _read("page.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    page = _environment().from_string(_read("page.html"))
    pieces = page.generate(page=Page(report, rules), policy=policy, style=_trusted(style), script=_trusted(script))
    for piece in _gathered(pieces):
        out.write(piece.encode("ascii", "xmlcharrefreplace").decode("ascii"))


def _environment() -> Environment:
    from jinja2 import Environment, StrictUndefined

    return Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_shown
    )


def _shown(value: object) -> object:
    """Every value of the template goes through here, ahead of autoescape; only our own style and script do not."""
    return value if hasattr(value, "__html__") else visible(str(value))


def _trusted(text: str) -> object:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - the package's own files


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="ascii")


def _hash(text: str) -> str:
    """A hash source of CSP Level 3, section 2.3.1: of the very characters between the tags."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _gathered(pieces: Iterator[str]) -> Iterator[str]:
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= PIECE:
            yield "".join(held)
            held, size = [], 0
    yield "".join(held)
