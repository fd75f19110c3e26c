"""The summary of a step of GitHub Actions, in GitHub Flavored Markdown.

docs.github.com, "Workflow commands for GitHub Actions", "Adding a job summary": a step has 1 MiB for it, and more than
that is not shown at all. What a target says stands in code spans only, where Markdown knows no links, no HTML, no
mentions and no addresses (GitHub Flavored Markdown Spec, section 6.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from imagelint.findings import Finding, Report, Skip
from imagelint.lazy import Lazy
from imagelint.report.escape import brief
from imagelint.report.interface import RuleText, counted, tally, worst_first
from imagelint.report.services import place_text, remedy, skip_text

MOST_BYTES = 1 << 20
"""Of all summaries of a step."""
MOST_ITEMS = 500
"""Of one list: who reads more than that on a page?"""
ROOM = 4096
"""Bytes that the lists leave for what follows them."""
SEVERITIES = ("error", "warning", "note")
TICKS = Lazy("`+")


def summary(report: Report, texts: Mapping[str, RuleText], used: int = 0) -> bytes:
    """The summary in UTF-8, in the room that is left of a step's, of which `used` bytes are taken; empty where nothing
    fits."""
    room = MOST_BYTES - used
    kept: list[bytes] = []
    for block, rest in _blocks(report, texts):
        data = block.encode()
        if len(data) > room - (ROOM if rest else 0):
            data = rest.encode()
            if len(data) <= room:
                kept.append(data)
            break
        kept.append(data)
        room -= len(data)
    return b"".join(kept)


def code(text: str) -> str:
    """The text as a code span, behind as many backticks as none of its own runs has."""
    if not text:
        return ""
    ticks = "`" * (max(map(len, TICKS.findall(text)), default=0) + 1)
    pad = " " if text.strip(" ") and {text[0], text[-1]} & {"`", " "} else ""  # one blank at each end goes
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _blocks(report: Report, texts: Mapping[str, RuleText]) -> Iterator[tuple[str, str]]:
    """(a piece of the summary, what to say in its stead, and in that of all that follows, where there is no room)"""
    found = worst_first(report)
    quiet = len(report.findings) - len(found)
    counts = tally(found, lambda finding: finding.severity.value)
    told = [counted(counts[name], name) for name in SEVERITIES if name in counts] or ["no findings"]
    if quiet:
        told.append(f"{quiet} suppressed")
    heading = f"\n## imagelint: {', '.join(told)}\n\n"
    yield heading, ""
    yield "".join(_table(report)), "More than there is room for in a summary.\n"
    yield from _list("Not read, so this report is not complete", map(_skip, report.incomplete), len(report.incomplete))
    yield from _list("Findings", (_finding(f, texts[f.rule]) for f in found), len(found))
    yield from _list("Looked into only in part", map(_skip, report.limited), len(report.limited))


def _table(report: Report) -> Iterator[str]:
    """How many of each severity in each target, the pipe of a name as an escape: it would end the cell."""
    rows: dict[str, list[Finding]] = {target: [] for target in report.targets}
    for finding in report.findings:
        rows.setdefault(finding.target, []).append(finding)
    yield "| target | errors | warnings | notes | suppressed |\n| --- | ---: | ---: | ---: | ---: |\n"
    for target, findings in list(rows.items())[:MOST_ITEMS]:
        counts = tally(findings, lambda finding: "suppressed" if finding.suppressed else finding.severity.value)
        cells = " | ".join(str(counts.get(name, 0)) for name in (*SEVERITIES, "suppressed"))
        yield f"| {code(brief(target, 200).replace('|', chr(92) + 'x7c'))} | {cells} |\n"
    if len(rows) > MOST_ITEMS:
        yield f"\nAnd {len(rows) - MOST_ITEMS} more targets.\n"
    yield "\n"


def _list(title: str, items: Iterable[str], count: int) -> Iterator[tuple[str, str]]:
    if not count:
        return
    yield f"### {title} ({count})\n\n", f"{title}: {count}, for which there is no room in a summary.\n"
    for number, item in enumerate(items):
        more = f"\nAnd {count - number} more, which `--format json` lists.\n"
        if number == MOST_ITEMS:
            yield more, more
            break
        yield item, more
    yield "\n", ""


def _finding(finding: Finding, rule: RuleText) -> str:
    mend = remedy(finding, rule)
    lines = [
        f"- **{finding.severity.value}** {code(finding.rule)} in {code(place_text(finding))}",
        code(brief(finding.message)),
        _made_by(finding),
        f"To mend it: {code(mend)}" if mend else "",
    ]
    return "  \n  ".join(filter(None, lines)) + "\n"


def _made_by(finding: Finding) -> str:
    """The line of the Dockerfile that put it into an image, and how that begins; empty for what has none."""
    source, frame = finding.layer.source if finding.layer else None, finding.frame
    if source is None or frame is None or not frame.marks:
        return ""
    line = frame.lines[frame.marks[0][0] - frame.first_line]
    return f"Made by {code(f'{brief(source.path)}:{source.line}')}: {code(brief(line.strip()))}"


def _skip(skip: Skip) -> str:
    return f"- {code(skip_text(skip))}\n"
