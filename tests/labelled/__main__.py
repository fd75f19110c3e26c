"""python -m tests.labelled [SEED] [-v]: found and flagged by sort; with -v each miss and each alarm, values and all."""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tests.labelled.score import score


def main(words: list[str]) -> None:
    """Print the figures of one seed."""
    numbers = [int(word) for word in words if word.isdigit()]
    with tempfile.TemporaryDirectory() as folder:
        result = score(Path(folder), numbers[0] if numbers else 1)
    print(f"secrets found: {sum(one.found for one in result.planted)} of {len(result.planted)}, {result.recall:.2%}")
    print(f"  of them as notes: {sum(one.quiet for one in result.planted)}")
    table((one.snippet.sort, not one.found) for one in result.planted)
    print(
        f"look-alikes flagged: {sum(one.flagged for one in result.clean)} of {len(result.clean)}, {result.alarms:.2%}"
    )
    print(f"  besides, with notes: {sum(bool(one.reports) and not one.flagged for one in result.clean)}")
    table((one.snippet.sort, one.flagged) for one in result.clean)
    for one in (*result.planted, *result.clean) if "-v" in words else ():
        snippet = one.snippet
        if snippet.value and not one.found:
            print(f"\nMISSED {snippet.sort} {snippet.path} {snippet.value[:80]!r}\n{snippet.text[:600]}")
        elif not snippet.value and one.flagged:
            print(f"\nFLAGGED {snippet.sort} {snippet.path} {one.reports}\n{snippet.text[:600]}")


def table(rows: Iterable[tuple[str, bool]]) -> None:
    """The sorts with something wrong, worst first, and how many have nothing wrong."""
    wrong: dict[str, list[bool]] = defaultdict(list)
    for sort, bad in rows:
        wrong[sort].append(bad)
    for sort, all_of_it in sorted(wrong.items(), key=lambda item: -sum(item[1])):
        if any(all_of_it):
            print(f"  {sort:24} {sum(all_of_it):4} of {len(all_of_it):4}")
    print(f"  {sum(not any(each) for each in wrong.values())} of {len(wrong)} sorts without any")


if __name__ == "__main__":
    main(sys.argv[1:])
