"""python -m imagelint"""

import gc

# What is imported and loaded stays. Python's own threshold, 700 new objects, has the collector walk it again and again
# while it grows: 4 ms of the 80 that a run over one Dockerfile has (bench/cold_start.py).
gc.set_threshold(50_000)

import os  # noqa: E402 - the threshold counts while these are imported
import sys  # noqa: E402
from contextlib import suppress  # noqa: E402

from imagelint import cli  # noqa: E402


def main() -> None:
    """Run the command line and end the process, without taking every object down first: that costs 8 ms."""
    try:
        cli.main()
    except SystemExit as ended:
        if ended.code == cli.INTERRUPTED:  # workers may still be there, and Python ends them
            raise
        with suppress(BrokenPipeError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 1)


if __name__ == "__main__":
    main()
