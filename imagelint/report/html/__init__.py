"""One page for people: no file beside it, nothing asked of a network, nothing kept by the browser.

The page is written whole on this side, by the templates beside this file; page.js only filters, opens and walks
through what is there. So it is read where scripts are not run (a preview of a mail, a build server that forbids them),
and every text of a target takes one way into it: `finalize` makes it visible, autoescape makes it text. It is ASCII;
every other character stands as a reference, so that no wrong charset can change it.

The page's Content-Security-Policy (W3C, CSP Level 3) allows its own style and its own script, both by their hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from imagelint.findings import Report
from imagelint.report.escape import visible
from imagelint.report.interface import RuleText

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
ROOM = 16_000_000
IMAGES_ROOM = 4_000_000
"""Characters of the findings, and of the images with their layers: a browser still opens that. A usual finding takes
1,500, the longest that a hostile image can make 65,000."""


def render(
    report: Report,
    rules: Mapping[str, RuleText],
    out: TextIO,
    *,
    color: bool = False,
    width: int = 0,
    quiet: bool = False,
) -> None:
    """Write the page. What has no room on it is counted there."""
    from imagelint.report.html.view import Page  # jinja2 and what goes with it: only for a page

    page = Page(report, rules)
    findings = fitting("finding.html", "f", page.entries(), ROOM)
    page.cut(len(findings))
    images = fitting("image.html", "image", page.images(), IMAGES_ROOM)
    write(out, "page.html", page.version, ("page.css",), page=page, findings=findings, images=images)


def write(out: TextIO, name: str, version: str, styles: Sequence[str], **told: object) -> None:
    """Write a page by its template, which extends shell.html; `styles` are files of this folder."""
    style, script = "".join(map(_read, styles)), _read("page.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    pieces = (
        _templates()
        .get_template(name)
        .generate(version=version, policy=policy, style=_trusted(style), script=_trusted(script), **told)
    )
    for piece in pieces:
        out.write(_ascii(piece))


def fitting(template: str, name: str, things: Iterable[object], room: int) -> list[object]:
    """The first things as HTML, as many as there is room for (characters); one always. `name` is theirs in the
    template."""
    made: list[object] = []
    one = _templates().get_template(template)
    for thing in things:
        text = _ascii(one.render({name: thing}))
        room -= len(text)
        if room < 0 and made:
            break
        made.append(_trusted(text))
    return made


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )


def _shown(value: object) -> object:
    """Every value of a template goes through here, ahead of autoescape, but for what _trusted made."""
    return value if hasattr(value, "__html__") else visible(str(value))


def _trusted(text: str) -> object:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - the package's own files, or what its templates made


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="ascii")


def _ascii(text: str) -> str:
    return text if text.isascii() else text.encode("ascii", "xmlcharrefreplace").decode()


def _hash(text: str) -> str:
    """A hash source of CSP Level 3, section 2.3.1: of the very characters between the tags."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
