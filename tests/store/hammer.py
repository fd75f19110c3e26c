"""A process that puts and gets as fast as it can, for tests that start many of it, and kill some.

usage: python -m tests.store.hammer FOLDER SEED SECONDS [BYTES | large]
one line for each put that is done; at the end what was told. BYTES is the bound of the cache; with `large` it writes
entries of 6 MB over each other, and so is in the middle of a write nearly all the time
"""

from __future__ import annotations

import hashlib
import random
import sys
import time

from imagelint.store import key_of
from imagelint.store.sqlite import SqliteStore
from imagelint.stream import limits

KEYS = 300
KIND = "layer"


def content(number: int) -> bytes:
    """What stands under the key of a number: up to 300 KB, which no other number has."""
    rng = random.Random(number)
    return hashlib.sha256(b"%d" % number).digest() * rng.choice([1, 3, 40, 900, 9000])


def main() -> int:
    """1 when the store gave what was never put."""
    folder, seed, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    more = sys.argv[4] if len(sys.argv) > 4 else ""
    limits.CACHE_BYTES = int(more) if more.isdecimal() else limits.CACHE_BYTES
    rng, store, until = random.Random(seed), SqliteStore(folder), time.monotonic() + seconds
    while time.monotonic() < until:
        number = rng.randrange(KEYS)
        if more == "large":
            store.put("document", key_of(str(number % 3)), bytes([number % 256]) * 6_000_000)
            print("large", flush=True)
            continue
        key = key_of(str(number))
        if rng.random() < 0.5:
            store.put(KIND, key, content(number))
            print(f"put {number}", flush=True)
        elif store.get(KIND, key) not in (None, content(number)):
            print(f"wrong {number}", flush=True)
            return 1
    store.close()
    for line in store.told:
        print(f"told {line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
