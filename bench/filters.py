"""Where the secrets' side spends its time and what each filter turns away: every stage, filter and check alone.

usage: python bench/filters.py [FOLDER | IMAGE]      default: this Python's standard library and site-packages

Files of a folder are put into one layer. The functions are wrapped here alone, in one thread: what a function takes
counts what it calls and the price of the wrapper, so shares matter, and not microseconds.
"""

from __future__ import annotations

import argparse
import functools
import sysconfig
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from imagelint import scanning
from imagelint.engine.compiled import RuleSet, load
from imagelint.image.hits import Hits
from imagelint.image.layer import read_layer
from imagelint.image.model import Layer
from imagelint.scan_options import Options
from imagelint.secrets import checksum, confirm, filters, grammar, second_opinion
from imagelint.secrets.dropped import MEANINGS
from imagelint.secrets.prefilter import WindowScanner


class Meter:
    """Calls, seconds, and what they said."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.out: Counter[str] = Counter()
        self.seconds: dict[str, float] = {}

    def wrap(self, owner: Any, attribute: str, name: str, turns_away: Callable[[Any], int]) -> None:
        """Measure a function in its place; `turns_away` says of what it gave how many were turned away."""
        plain = getattr(owner, attribute)

        @functools.wraps(plain)
        def measured(*given: Any, **named: Any) -> Any:
            begin = time.perf_counter()
            said = plain(*given, **named)
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin
            self.calls[name] += 1
            self.out[name] += turns_away(said)
            return said

        setattr(owner, attribute, measured)


def _some(said: Any) -> int:
    return 1 if said else 0


def _instrument(meter: Meter) -> None:
    """Stages, filters and checks, each where its callers look it up."""
    meter.wrap(WindowScanner, "scan", "prefilter, a window", lambda said: 0)
    meter.wrap(Hits, "_confirm", "hit, all that it costs", lambda said: 0)
    meter.wrap(confirm.Detector, "hopeless", "hopeless", _some)
    meter.wrap(confirm.Detector, "confirm", "confirm", lambda said: 1 if said is None or said.dropped else 0)
    meter.wrap(confirm.Detector, "_confirm_assignment", "keyword reader", lambda said: 1 if said is None else 0)
    meter.wrap(grammar, "candidates", "grammar, a file", lambda said: sum(c.dropped != "" for c in said))
    meter.wrap(second_opinion, "ask", "second opinion", lambda said: _some(said[0]))
    for name in ("why_no_password", "why_no_token", "why_no_login", "is_example"):
        meter.wrap(filters, name, f"filter {name}", _some)
    for name in ("is_known_example", "is_known_key"):
        meter.wrap(confirm, name, f"filter {name}", _some)
    for name, check in list(checksum._FUNCTIONS.items()):
        at = SimpleNamespace(run=check)
        meter.wrap(at, "run", f"check {name}", lambda said: 1 if said is False else 0)
        checksum._FUNCTIONS[name] = at.run


def _packed(folders: list[Path], file: Path) -> None:
    with tarfile.open(file, "w") as tar:
        for folder in folders:
            tar.add(folder, arcname=str(folder).lstrip("/"), recursive=True)


def _run(target: str, bare: bool, rules: RuleSet, explains: bool) -> dict[str, int]:
    """Scan an image, or a bare layer; what was turned away, by filter."""
    if not bare:
        report = scanning.scan([target], Options(rules, jobs=1, explain_dropped=explains))
        return report.dropped.counts if report.dropped else {}
    detector = confirm.Detector([rule for rule in rules.rules if rule.kind == "secret"], explains)
    file = Path(target)
    result = read_layer(Layer(0, "", "", -1, "", lambda: file.open("rb")), detector)
    return result.dropped.counts if result.dropped else {}


def main() -> None:
    """Scan once and print the tables."""
    parser = argparse.ArgumentParser(description="Where time goes, and what each filter turns away.")
    parser.add_argument("target", nargs="?", help="a folder, or an image as scan takes it")
    asked = parser.parse_args()
    meter, rules = Meter(), load()
    _instrument(meter)
    with tempfile.TemporaryDirectory() as folder:
        layer = Path(folder, "layer.tar")
        if asked.target is None or (Path(asked.target).is_dir() and not Path(asked.target, "oci-layout").exists()):
            paths = sysconfig.get_paths()
            named = [asked.target] if asked.target else [paths["stdlib"], paths["purelib"]]
            folders = [Path(one) for one in named]
            _packed([one for one in folders if not any(o != one and one.is_relative_to(o) for o in folders)], layer)
        target = str(layer) if layer.exists() else asked.target
        begin = time.perf_counter()
        _run(target, layer.exists(), rules, explains=False)
        total = time.perf_counter() - begin
        calls, seconds, out = Counter(meter.calls), dict(meter.seconds), Counter(meter.out)
        counts = _run(target, layer.exists(), rules, explains=True)  # asking why costs, so it is not what is timed
    print(f"{'stage, filter or check':28} {'in':>9} {'out':>9} {'us each':>9} {'share':>7}   of {total:.1f} s")
    for name, took in sorted(seconds.items(), key=lambda item: -item[1]):
        print(f"{name:28} {calls[name]:9} {out[name]:9} {1e6 * took / calls[name]:9.1f} {100 * took / total:6.1f}%")
    print(f"\n{'turned away by':28} {'number':>9}")
    for why, number in sorted(counts.items(), key=lambda item: -item[1]):
        print(f"{why:28} {number:9}   {MEANINGS[why]}")


if __name__ == "__main__":
    main()
