"""Fuzz the targets side by side, each in a process of its own (libFuzzer, in atheris).

usage: python -m fuzz.run [--seconds N] [TARGET ...]     exit status 1 when a target failed

An input that raises, takes longer than HANG seconds or more than MEMORY ends its target and is kept in
fuzz/corpus/TARGET/, where the tests find it. What the fuzzer learns on the way lies in build/fuzz/TARGET/.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from hashlib import sha1
from pathlib import Path

TARGETS = ("containers", "dockerfiles", "documents", "files", "layers")
HANG = 5
"""Seconds for one input; the slowest of a seed takes a tenth of one."""
MEMORY = 512
"""MiB of a process; a scan has a budget of 256, and the fuzzer keeps its corpus in memory."""
LONGEST = 1 << 15
"""Bytes of one input: what matters of each format fits, and short inputs are quick."""
NICE = 10
ROOT = Path(__file__).parent
CORPUS = ROOT / "corpus"
LEARNED = ROOT.parent / "build" / "fuzz"


def kept(target: str) -> list[Path]:
    """The inputs that once failed."""
    return sorted(path for path in (CORPUS / target).glob("*") if path.is_file())


def fuzz(target: str, seconds: int) -> None:
    """Fuzz one target in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["imagelint", "dockerfile_parse"]):
        module = importlib.import_module(f"fuzz.{target}")
    learned = LEARNED / target
    for folder in (learned, CORPUS / target):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in module.seeds():
        if len(seed) <= LONGEST:
            (learned / sha1(seed, usedforsecurity=False).hexdigest()).write_bytes(seed)
    options = [f"-max_total_time={seconds}", f"-timeout={HANG}", f"-rss_limit_mb={MEMORY}", f"-max_len={LONGEST}"]
    options += [f"-artifact_prefix={CORPUS / target}/", "-print_final_stats=1", "-reload=0", "-verbosity=1"]
    atheris.Setup([f"fuzz.{target}", *options, str(learned), str(CORPUS / target)], module.one)
    atheris.Fuzz()


def main() -> int:
    """Start a process a target, and wait for all of them."""
    parser = argparse.ArgumentParser(description="Fuzz the readers of hostile bytes.")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    asked = parser.parse_args()
    if unknown := set(asked.targets) - set(TARGETS):
        parser.error(f"there is no target {min(unknown)}; there are {', '.join(TARGETS)}")
    if asked.here:
        os.nice(NICE)
        fuzz(asked.targets[0], asked.seconds)
    LEARNED.mkdir(parents=True, exist_ok=True)
    running = {}
    for target in asked.targets or TARGETS:
        words = [sys.executable, "-m", "fuzz.run", "--here", "--seconds", str(asked.seconds), target]
        with (LEARNED / f"{target}.log").open("wb") as log:
            running[target] = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT.parent)
    failed = 0
    for target, process in running.items():
        status = process.wait()
        failed += bool(status)
        lines = (LEARNED / f"{target}.log").read_text(errors="replace").splitlines()
        runs = next((line.split()[-1] for line in lines if "number_of_executed_units" in line), "?")
        print(f"{target}: {runs} inputs, " + (f"failed; see {LEARNED / target}.log" if status else "none failed"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
