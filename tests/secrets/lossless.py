"""imagelint's prefilter with detect-secrets' plugins against detect-secrets itself, and both against our own reader.

usage: python -m tests.secrets.lossless [--every N] [--jobs N] [--minutes N] FOLDER ...

For each file of the folders: the findings of stock `detect_secrets.core.scan.scan_file` with all of its plugins,
without verification, and those of imagelint.secrets.plugins. Then what its other plugins than the entropy ones find,
and whether our own rules see a candidate there, reported or dropped by a filter with a name. Files come in an order of
chance, the same each time, so that a run of some minutes has seen all sorts. Exit status 1 when a finding is missing or
extra.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path

from imagelint.secrets.kinds import kind_of
from imagelint.secrets.names import is_secret_name
from imagelint.secrets.plugins import LINE, Plugins, Said
from imagelint.secrets.transformed import Room

UNLIMITED = 1 << 60
LONGEST = 1 << 20
"""Bytes of a file: what is kept whole in a layer."""


@dataclass
class Compared:
    """What was compared; missing and extra by place."""

    files: int = 0
    size: int = 0
    findings: int = 0
    stock_seconds: float = 0.0
    our_seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    missing: list[tuple[str, int, str]] = field(default_factory=list)
    extra: list[tuple[str, int, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Files at which detect-secrets itself raises, and why."""
    cut: list[str] = field(default_factory=list)
    """Files that ours did not read as a grammar would have it."""
    skipped: int = 0
    """Files that are no text, too long, or have longer lines than the plugins are promised to see whole."""
    asked: Counter[str] = field(default_factory=Counter)
    """By kind of file: findings of the plugins that go by names and formats."""
    named: Counter[str] = field(default_factory=Counter)
    """Those behind a name of which names.py says that no secret is behind it."""
    unseen: list[tuple[str, int, str]] = field(default_factory=list)
    """The others where our own reader had no candidate."""

    def add(self, other: Compared) -> None:
        for name, value in vars(other).items():
            mine = getattr(self, name)
            if isinstance(value, Counter):
                mine.update(value)
            else:
                setattr(self, name, mine + value)


@contextmanager
def settings(chosen: Plugins) -> Iterator[None]:
    """Those of detect-secrets, with the same plugins, its own filters and no verification."""
    from detect_secrets.settings import transient_settings

    with transient_settings({"plugins_used": [{"name": name} for name in names_of(chosen)]}):
        yield


def stock(path: str) -> set[Said]:
    """The findings of detect-secrets itself, by the settings in force."""
    from detect_secrets.core import scan

    return {Said(s.line_number, s.type, s.secret_value or "") for s in scan.scan_file(path)}


@cache
def plugins(names: frozenset[str] | None = None) -> Plugins:
    """Made once."""
    return Plugins(names)


def names_of(chosen: Plugins) -> list[str]:
    """The names of the plugins' classes."""
    return [type(plugin).__name__ for plugin in chosen.each]


def ours(path: str, text: str, chosen: Plugins, room: Room) -> set[Said]:
    """The findings of the prefilter and the plugins."""
    return set(chosen.found(text, path, room))


def text_of(path: str) -> str | None:
    """A file's text, or None for what neither looks at, or looks at otherwise."""
    data = Path(path).read_bytes()
    if not data or len(data) > LONGEST:
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if any(len(line) > LINE for line in text.splitlines()) else text


def compare(path: str) -> Compared:
    """One file by both."""
    out = Compared()
    text = text_of(path)
    if text is None:
        out.skipped = 1
        return out
    chosen = plugins()
    room = Room(UNLIMITED)
    started = time.process_time()
    found = ours(path, text, chosen, room)
    out.our_seconds = time.process_time() - started
    started = time.process_time()
    try:
        expected = stock(path)
    except Exception as error:
        out.failed = [f"{path}: {type(error).__name__}"]
        return out
    out.stock_seconds = time.process_time() - started
    out.files, out.size, out.findings = 1, len(text.encode()), len(expected)
    out.kinds[os.path.splitext(path)[1]] += 1
    out.missing = sorted((path, said.line, said.type) for said in expected - found)
    out.extra = sorted((path, said.line, said.type) for said in found - expected)
    if room.cut:
        out.cut = [f"{path}: {room.cut}"]
    _coverage(path, text, expected, out)
    return out


_NO_SECRET = ("Public IP (ipv4)",)
_NAME = re.compile(r"[\w.-]+")


def _coverage(path: str, text: str, said: Iterable[Said], out: Compared) -> None:
    """Which findings of the plugins that go by names and formats our own reader has no candidate for."""
    from tests.secrets.reader import candidates_of

    asked = [one for one in said if "Entropy" not in one.type and one.type not in _NO_SECRET]
    if not asked:
        return
    seen, kind = [*candidates_of(path, text)], kind_of(path)
    lines = text.splitlines()
    for one in asked:
        out.asked[kind] += 1
        if any(abs(line - one.line) <= 1 and _same(value, one.value) for line, value in seen):
            continue
        line = lines[one.line - 1].partition(one.value)[0] if one.line <= len(lines) else ""
        if one.type == "Secret Keyword" and not any(is_secret_name(name) for name in _NAME.findall(line)):
            out.named[kind] += 1
        else:
            out.unseen.append((path, one.line, one.type))


def _same(ours: str, theirs: str) -> bool:
    return theirs in ours or ours in theirs or ours[:8] == theirs.lstrip()[:8]


def files(folders: Sequence[str], every: int) -> Iterator[str]:
    """Every so many regular files below the folders, links left aside, in an order of chance."""
    found = [os.path.join(here, name) for folder in folders for here, _, names in os.walk(folder) for name in names]
    random.Random(1).shuffle(found)
    for path in sorted(found)[::every] if every > 1 else found:
        if not os.path.islink(path) and os.path.isfile(path) and os.access(path, os.R_OK):
            yield path


def run(paths: Iterable[str]) -> Compared:
    """All files, in this process."""
    out = Compared()
    with settings(plugins()):
        for path in paths:
            out.add(compare(path))
    return out


def run_side_by_side(paths: Iterable[str], jobs: int, minutes: float) -> Compared:
    """As many as can be done in so many minutes; told on stderr as it goes."""
    out, chosen, end = Compared(), iter(paths), time.monotonic() + 60 * minutes
    batches = iter(lambda: [*islice(chosen, 20)], [])
    with ProcessPoolExecutor(jobs) as pool:
        for done in pool.map(run, batches):
            out.add(done)
            print(f"\r{out.size / 1e6:.0f} MB, {out.findings} findings", end="", file=sys.stderr, flush=True)
            if time.monotonic() > end:
                pool.shutdown(cancel_futures=True)
                break
    print(file=sys.stderr)
    return out


def report(out: Compared) -> None:
    """The figures, and each difference by its place."""
    print(f"{out.files} files, {out.size / 1e6:.1f} MB; {out.skipped} are no text or have longer lines")
    print(f"{out.findings} findings of detect-secrets; {len(out.missing)} missing, {len(out.extra)} extra")
    ratio = out.stock_seconds / out.our_seconds if out.our_seconds else 0
    print(f"{out.our_seconds:.1f} s of processor time, detect-secrets {out.stock_seconds:.1f} s: {ratio:.1f} times")
    kinds = Counter(kind_of(path) for path, _, _ in out.unseen)
    for kind, count in sorted(out.asked.items()):
        print(
            f"our own reader, {kind}: {count} findings by name or format, {out.named[kind]} of a name that is none, "
            f"{kinds[kind]} without a candidate"
        )
    for title, places in (("missing", out.missing), ("extra", out.extra), ("without a candidate", out.unseen)):
        for place in places[:200]:
            print(title, *place)
    for title, paths in (("detect-secrets fails", out.failed), ("not by its grammar", out.cut)):
        for path in paths:
            print(f"{title}: {path}")


def main() -> int:
    """Compare and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minutes", type=float, default=24 * 60)
    asked = parser.parse_args()
    out = run_side_by_side(files(asked.folders, asked.every), asked.jobs, asked.minutes)
    report(out)
    return 1 if out.missing or out.extra or not out.findings else 0


if __name__ == "__main__":
    sys.exit(main())
