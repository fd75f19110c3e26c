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
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from imagelint.findings import Report
from imagelint.report.escape import visible
from imagelint.report.interface import RuleText

if TYPE_CHECKING:
    from jinja2 import Environment, Template

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

    style, script = _read("page.css"), _read("page.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    templates, page = _templates(), Page(report, rules)
    findings = _fitting(templates.get_template("finding.html"), "f", page.entries(), ROOM)
    page.cut(len(findings))
    images = _fitting(templates.get_template("image.html"), "image", page.images(), IMAGES_ROOM)
    pieces = templates.get_template("page.html").generate(
        version=page.version,
        page=page,
        findings=findings,
        images=images,
        policy=policy,
        style=_trusted(style),
        script=_trusted(script),
    )
    for piece in pieces:
        out.write(_ascii(piece))


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


def _fitting(template: Template, name: str, things: Iterable[object], room: int) -> list[object]:
    """The first things as HTML, as many as there is room for; one always."""
    made: list[object] = []
    for thing in things:
        text = _ascii(template.render({name: thing}))
        room -= len(text)
        if room < 0 and made:
            break
        made.append(_trusted(text))
    return made


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
