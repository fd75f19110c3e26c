"""python -m imagelint"""

import gc

# What is imported and loaded stays. Python's own threshold, 700 new objects, has the collector walk it again and again
# while it grows: 4 ms of the 80 that a run over one Dockerfile has (bench/cold_start.py).
gc.set_threshold(50_000)

from imagelint.cli import main  # noqa: E402 - the threshold counts while it is imported

if __name__ == "__main__":
    main()
