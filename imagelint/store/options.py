"""The options that name a store, for every command that reads layers, and what they come to."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable

from imagelint.errors import UsageError
from imagelint.store import REGISTRY, Nothing, Store, open_store

NO_CACHE = "keep no results for the next run, and use none"
"""What the help says of --no-cache."""


OWN_FOLDER = "a folder of your own; `imagelint cache` shows it"


def add_cache(parser: ArgumentParser, *, none: bool = True, default: str = OWN_FOLDER) -> None:
    """--cache, --cache-key and, unless the command has it already, --no-cache. `default` is what becomes of results
    where nobody names a place."""
    add = parser.add_argument
    place = (
        f"keep results of layers in this folder, or in a registry ({REGISTRY}HOST/REPOSITORY), which has a folder in"
    )
    place += f" front of it; repeatable, one of each (default: {default})"
    add("--cache", action="append", default=[], metavar="DIR", help=place)
    key = "the file with the key that entries in a registry are signed with, 32 bytes or more, which only you may read"
    add("--cache-key", default="", metavar="FILE", help=f"{key} (default: IMAGELINT_CACHE_KEY of the environment)")
    if none:
        add("--no-cache", action="store_true", help=NO_CACHE)


def asked_store(asked: Namespace, targets: Iterable[str] = ()) -> Store:
    """The store that these options name; `targets` is what is scanned. UsageError."""
    if asked.no_cache:
        if asked.cache or asked.cache_key:
            raise UsageError("--no-cache keeps nothing, and --cache and --cache-key say where: leave one of them away")
        return Nothing()
    return open_store(asked.cache, asked.cache_key, getattr(asked, "insecure_registry", ()), targets)
