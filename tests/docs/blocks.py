"""The blocks of code of a page, as GitHub's own reader of Markdown sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options
from lxml import html

REPOSITORY = Path(__file__).parents[2]
RUN = ("console", "sh", "python")
READ = ("yaml", "json", "toml", "dockerfile")
SHOWN = ("text", "mermaid")
_FULL_INFO = 1 << 16
"""cmark's CMARK_OPT_FULL_INFO_STRING, for which cmarkgfm has no name: the words behind a language, as data-meta."""
_WORD = re.compile(r"(status)=(\d(?:,\d)*)|(file)=([\w./-]+)|(in)=([\w./-]+)")


@dataclass(frozen=True)
class Block:
    """One block of code: `line` is where its fence stands, `status` what its commands end with, in turn, `folder` where
    they are typed."""

    page: str
    line: int
    language: str
    text: str
    status: tuple[int, ...] = (0,)
    file: str = ""
    folder: str = ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    def expected(self, number: int) -> int:
        """The exit status of one of its commands; the last that is told counts for those that follow."""
        return self.status[min(number, len(self.status) - 1)]


def pages() -> list[str]:
    """The README and everything below docs/, the generated pages included; relative to the checkout."""
    found = sorted(path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / "docs").rglob("*.md"))
    return ["README.md", *found]


def blocks(page: str, text: str | None = None) -> list[Block]:
    """The blocks of a page. ValueError names one that says nothing of its language, or something nobody knows."""
    source = (REPOSITORY / page).read_text(encoding="utf-8", errors="replace") if text is None else text
    return list(_blocks(page, source))


def _blocks(page: str, text: str) -> Iterator[Block]:
    options = _FULL_INFO | Options.CMARK_OPT_SOURCEPOS | Options.CMARK_OPT_UNSAFE
    tree = html.document_fromstring(f"<body>{cmarkgfm.github_flavored_markdown_to_html(text, options)}</body>")
    for pre in tree.iter("pre"):
        line = int((pre.get("data-sourcepos") or "0:").partition(":")[0])
        language, place = pre.get("lang") or "", f"{page}:{line}"
        if language not in RUN + READ + SHOWN:
            raise ValueError(f"{place}: a block of {language or 'no language'}: docs/README.md says which there are")
        status: tuple[int, ...] = (0,)
        file = folder = ""
        for word in (pre.get("data-meta") or "").split():
            found = _WORD.fullmatch(word)
            wrong = found is None or (found[3] and language in RUN) or (found[5] and language != "sh")
            if found is None or wrong or (found[1] and language not in (*RUN, "dockerfile")):
                raise ValueError(f"{place}: {word!r} says nothing of a block of {language}")
            status = tuple(int(digit) for digit in found[2].split(",")) if found[1] else status
            file, folder = found[4] or file, found[6] or folder
        yield Block(page, line, language, pre.text_content(), status, file, folder)
