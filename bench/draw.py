"""What share of imagelint's findings on real Dockerfiles is right: draw some at random, judge them by reading, count.

usage: python bench/draw.py draw FOLDER --seed N [--count 200]      findings of the default profile, as JSON lines
       python bench/draw.py share FOLDER VERDICTS                   the kept verdicts, held against what is found now

The FOLDER is what corpus.sh collects. A draw is uniform over all findings: a rule that speaks often is drawn often.
VERDICTS (bench/judged-*.jsonl) has a line for each drawn finding: `file` (its sha256), `rule`, `line`, `verdict`
(right, wrong or contested) and, unless it is right, the `reason`. Messages are not kept: they say what a file says.

`share` fails when a file is not in the FOLDER, or when a finding that was judged right is not found any more. One that
was judged otherwise and is gone was mended; it still counts in the share, which is what the draw was judged as.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from measure import run

VERDICTS = ("right", "wrong", "contested")

Key = tuple[
    str, str, int
]  # digest of the file, rule, line: two findings of a rule on one line are told apart by their number


def hashes(folder: Path) -> dict[Path, str]:
    """The digest, sha256:..., of every Dockerfile below the folder, by its full path."""
    files = sorted(path for path in folder.resolve().rglob("*.Dockerfile") if path.is_file())
    return {path: "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def findings(command: str, folder: Path, known: dict[Path, str]) -> list[dict[str, Any]]:
    """What the default profile says of the folder: file, rule, line, column, message; the same order each time."""
    words = [command, "scan", "--format", "json", "--no-config", "--no-progress", str(folder.resolve())]
    report = json.loads(run(words, allowed=(0, 1, 3)).output)
    if report["incomplete"]:
        raise SystemExit(f"not read in full: {report['incomplete']}")
    rows = [
        {"file": known[Path(one["path"])], **{name: one[name] for name in ("rule", "line", "column", "message")}}
        for one in report["findings"]
    ]
    return sorted(rows, key=lambda row: tuple(row.values()))


def key(row: dict[str, Any]) -> Key:
    """What a kept verdict and a finding have in common."""
    return row["file"], row["rule"], row["line"]


def judged(path: Path) -> list[dict[str, Any]]:
    """The kept verdicts; SystemExit names the line of one that is none."""
    rows = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        row = json.loads(text)
        if row["verdict"] not in VERDICTS or (row["verdict"] != "right") != bool(row.get("reason")):
            raise SystemExit(f"{path}:{number}: a verdict is one of {', '.join(VERDICTS)}, with a reason unless right")
        rows.append(row)
    return rows


def share(found: list[dict[str, Any]], known: set[str], kept: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """Lines of a table and of a summary, and what is amiss: files that are missing, right findings that are lost."""
    amiss = [f"no such file: {file}" for file in sorted({row["file"] for row in kept} - known)]
    left = Counter(map(key, found))
    gone = 0
    for row in kept:
        if left[key(row)]:
            left[key(row)] -= 1
        elif row["verdict"] != "right":
            gone += 1
        elif row["file"] in known:
            amiss.append(f"judged right, not found any more: {row['rule']}, line {row['line']} of {row['file']}")
    total, drawn = Counter(row["rule"] for row in found), Counter(row["rule"] for row in kept)
    right = Counter(row["rule"] for row in kept if row["verdict"] == "right")
    lines = ["| rule | findings | judged | right |", "| --- | ---: | ---: | ---: |"]
    lines += [
        f"| {rule} | {total[rule]} | {drawn[rule] or ''} | {right[rule] if drawn[rule] else ''} |"
        for rule in sorted(total | drawn, key=lambda rule: (-total[rule], rule))
    ]
    lines.append(f"{len(found)} findings by {len(total)} rules in {len(known)} Dockerfiles")
    lines.append(f"judged {len(kept)}: {right.total()} right, {100 * right.total() / max(1, len(kept)):.1f} %")
    lines.append(f"of the {len(kept) - right.total()} others, {gone} are not said any more")
    return lines, amiss


def main() -> None:
    """Draw, or count."""
    parser = argparse.ArgumentParser(description="Draw findings on real Dockerfiles, and count verdicts on them.")
    parser.add_argument("--imagelint", default="imagelint", help="the installed command")
    modes = parser.add_subparsers(dest="mode", required=True)
    draw = modes.add_parser("draw")
    draw.add_argument("folder", type=Path)
    draw.add_argument("--seed", type=int, required=True)
    draw.add_argument("--count", type=int, default=200)
    count = modes.add_parser("share")
    count.add_argument("folder", type=Path)
    count.add_argument("verdicts", type=Path)
    asked = parser.parse_args()
    known = hashes(asked.folder)
    found = findings(asked.imagelint, asked.folder, known)
    if asked.mode == "draw":
        for row in random.Random(asked.seed).sample(found, min(asked.count, len(found))):
            print(json.dumps(row, ensure_ascii=False))
        return
    lines, amiss = share(found, set(known.values()), judged(asked.verdicts))
    print("\n".join(lines))
    if amiss:
        print("\n".join(amiss), file=sys.stderr)
        raise SystemExit(1)


if __name__ == "__main__":
    main()
