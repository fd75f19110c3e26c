"""Build every case, and print what is told of it: `python -m tests.provenance [NAME ...]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.engines import Engines
from tests.podman import Podman
from tests.provenance.bed import ask
from tests.provenance.builders import Builders
from tests.provenance.test_built import BUILDS


def main() -> None:
    """The table, and the sums below it."""
    sums = [0, 0, 0, 0]
    with Engines() as engines, Podman() as podman, tempfile.TemporaryDirectory() as name:
        builders = Builders(engines, podman, Path(name))
        for case, builder in BUILDS:
            if sys.argv[1:] and not any(word in case.name for word in sys.argv[1:]):
                continue
            built = builders.build(case, builder)
            told = ask(built, built.dockerfile, Path(name))
            print(f"{case.name}, {builder}: {told}", flush=True)
            if sys.argv[1:]:
                print("\n".join(f"    {number}: {text!r}" for number, text in enumerate(built.history)))
            counts = (len(told.right), len(told.unsure), len(told.wrong), told.silent)
            sums = [total + count for total, count in zip(sums, counts, strict=True)]
    print("right {}, unsure {}, wrong {}, of others {}".format(*sums))


if __name__ == "__main__":
    main()
