"""`imagelint cache`: what is kept for the next run, and where; and to be rid of it."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace

from imagelint.errors import UnreadableError, UsageError
from imagelint.findings import CLEAN, HOLES

_NAMES = {
    "layer": "results of layers",
    "image": "results of images",
    "note": "notes about images",
    "document": "documents of registries",
    "results": "results of Dockerfiles",
    "patterns": "compiled patterns",
}
"""Each kind in words."""


def add_cache(parser: ArgumentParser) -> None:
    """What cache takes."""
    folder = "a folder that --cache names for a scan (default: the one of your own)"
    parser.add_argument("--cache", default="", metavar="DIR", help=folder)
    parser.add_argument("--clear", action="store_true", help="remove all that is kept there")


def cache(asked: Namespace) -> int:
    """Show where results are kept for the next run, or remove them.

    Without them the next run takes longer and finds the same. A cache in a registry is not shown here: its entries are
    the tags of a repository, which the registry's own tools list and remove.
    """
    from imagelint import cache as files
    from imagelint.engine.amounts import in_words
    from imagelint.report.escape import no_command, visible
    from imagelint.store import REGISTRY
    from imagelint.store.sqlite import SqliteStore
    from imagelint.stream import limits

    if asked.cache.startswith(REGISTRY):
        raise UsageError(f"--cache: a folder is shown and cleared here, and {REGISTRY} by the registry's own tools")
    place = _place(asked.cache)
    store = SqliteStore(place)
    kept = store.kinds() | ({} if asked.cache else files.kinds())
    if asked.clear:
        store.clear()
        if not asked.cache:
            files.clear()
    store.close()
    count, size = (sum(numbers) for numbers in zip((0, 0), *kept.values(), strict=True))
    most = f" of at most {in_words(limits.CACHE_BYTES)}" if kept else ""
    amount = f"{count} {'entry' if count == 1 else 'entries'}, {in_words(size)}"
    did = f"removed {amount}" if asked.clear else f"{amount}{most}"
    print(no_command(f"{visible(place)}: {did}"))
    for kind, (number, taken) in ({} if asked.clear else kept).items():
        print(f"  {_NAMES.get(kind, visible(str(kind))):24}{number:>8}  {in_words(taken):>10}")
    for line in store.told:
        print(no_command(visible(f"imagelint: {line}")), file=sys.stderr)
    return HOLES if store.told else CLEAN


def _place(named: str) -> str:
    """The folder, which need not be there. UnreadableError where it cannot be used."""
    from imagelint.store.place import PlaceError, open_folder, own_folder

    try:
        place = os.path.realpath(named) if named else own_folder()
        if os.path.lexists(place):
            os.close(open_folder(place, make=False))
    except PlaceError as error:
        raise UnreadableError(str(error)) from None
    return place
