"""How the time for one Dockerfile grows with its length: each shape at three sizes, and the ratio of one to the next.

usage: python bench/growth.py [--imagelint COMMAND] [--sizes 5000,10000,20000]

Linear is 2 from one size to its double, less where the start (80 ms) still counts.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from measure import run

BUDGET = 2.0
"""Seconds for one instruction of 20,000 lines, start included."""
BLOCK = """\
if [ -f /a/{n} ]; then
  curl -fsSL https://example.org/{n} | tar xz -C /opt
fi
export VALUE{n}=$(cat /b/{n} | tr a b)
for name in a b; do echo $name; done
"""
LINES = (
    "apt-get install -y --no-install-recommends package{n}",
    "cp -r /src/{n} /usr/lib/{n}",
    "echo value{n} >> /etc/app.conf",
    "cd /srv/{n}",
    "rm -rf /tmp/{n}",
)


def _line(number: int) -> str:
    return LINES[number % len(LINES)].format(n=number)


SHAPES: dict[str, Callable[[int], str]] = {
    "lines of one RUN": lambda n: "FROM debian:12\nRUN " + " && \\\n    ".join(map(_line, range(n))) + "\n",
    "lines of a here-document": lambda n: "FROM debian:12\nRUN <<EOF\n" + "\n".join(map(_line, range(n))) + "\nEOF\n",
    "blocks of a here-document": lambda n: (
        "FROM debian:12\nRUN <<EOF\n" + "".join(BLOCK.format(n=i) for i in range(n // 5)) + "EOF\n"
    ),
    "lines that COPY writes": lambda n: (
        "FROM debian:12\nCOPY <<EOF /etc/app.conf\n" + "".join(f"name{i} = value {i}\n" for i in range(n)) + "EOF\n"
    ),
    "words of one command": lambda n: (
        "FROM debian:12\nRUN apt-get install -y" + "".join(f" \\\n    package{i}" for i in range(n)) + "\n"
    ),
    "RUNs": lambda n: "FROM debian:12\n" + "".join(f"RUN {_line(i)}\n" for i in range(n)),
    "COPYs": lambda n: "FROM debian:12\n" + "".join(f"COPY src/{i} /srv/{i}\n" for i in range(n)),
    "pairs of one ENV": lambda n: (
        "FROM debian:12\nENV" + "".join(f" \\\n    NAME{i}=value{i}" for i in range(n)) + "\n"
    ),
    "pairs of one LABEL": lambda n: (
        "FROM debian:12\nLABEL" + "".join(f' \\\n    org.example.name{i}="value {i}"' for i in range(n)) + "\n"
    ),
    "lines of one value": lambda n: 'FROM debian:12\nENV NAME="' + " \\\n".join(map(_line, range(n))) + '"\n',
    "ENVs": lambda n: "FROM debian:12\n" + "".join(f"ENV NAME{i}=value{i}\n" for i in range(n)),
    "stages": lambda n: "".join(f"FROM debian:12 AS s{i}\nRUN make {i}\n" for i in range(n // 10)),
    "stages upon stages": lambda n: (
        "FROM debian:12 AS s0\n" + "".join(f"FROM s{i} AS s{i + 1}\nENV A{i}=1\n" for i in range(n // 10))
    ),
}
"""The text for a size; stages are counted in tenths of it, blocks in fifths."""
ONE_INSTRUCTION = ("lines of", "blocks of", "lines that", "words of", "pairs of")
"""How the names of the shapes begin that are one instruction, for which the budget is."""


def main() -> None:
    """Time each shape and print the table."""
    parser = argparse.ArgumentParser(description="How imagelint's time for one Dockerfile grows with its length.")
    parser.add_argument("--imagelint", default="imagelint", help="the installed command")
    parser.add_argument("--sizes", default="5000,10000,20000")
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    ratios = "  ".join(f"{f'{b}/{a}':>12}" for a, b in pairwise(sizes))
    print(f"{'':26}" + "".join(f"{size:>9}" for size in sizes) + "   " + ratios)
    with tempfile.TemporaryDirectory() as folder:
        for name, make in SHAPES.items():
            took = []
            for size in sizes:
                file = Path(folder, "Dockerfile")
                file.write_text(make(size))
                command = [asked.imagelint, "scan", "--no-config", "--no-progress", "--format", "json", str(file)]
                took.append(min(run(command, allowed=(0, 1)).seconds for _ in range(2)))
            grown = "  ".join(f"{b / a:>12.2f}" for a, b in pairwise(took))
            print(f"{name:26}" + "".join(f"{seconds:8.2f}s" for seconds in took) + "   " + grown)
    rows = ", ".join(f"`{start} ...`" for start in ONE_INSTRUCTION)
    print(f"budget: {BUDGET:.0f} s at 20000 for {rows}, and ratios that stay at the ratio of the sizes")


if __name__ == "__main__":
    main()
