"""Links inside the pages lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from lxml import html

from tests.docs.blocks import REPOSITORY
from tests.docs.test_pages import WRITTEN

PAGES = [*WRITTEN, "CONTRIBUTING.md"]


def links(page: str) -> list[str]:
    """Where the page's links and pictures lead, those of the web left out."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    tree = html.document_fromstring(cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE))
    found = [unquote(link) for _, _, link, _ in tree.iterlinks()]
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """What GitHub calls a page's headings: small letters, blanks as dashes, other signs left out."""
    text = page.read_text(encoding="utf-8")
    tree = html.document_fromstring(cmarkgfm.github_flavored_markdown_to_html(text))
    headings = [heading.text_content().strip().lower() for heading in tree.xpath("//h1|//h2|//h3|//h4")]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    lost = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (REPOSITORY / page).parent / path if path else REPOSITORY / page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def test_every_page_is_in_the_index() -> None:
    index = {link.partition("#")[0] for link in links("docs/README.md")}
    missing = {page.removeprefix("docs/") for page in WRITTEN if page.startswith("docs/")} - index - {"README.md"}
    assert missing == set()
