"""From the words of `--cache` and `--cache-key` to a store."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from imagelint.errors import UsageError
from imagelint.store import REGISTRY, Nothing, Store, Told
from imagelint.store.place import AbsentError, outside, own_folder


def opened(words: Sequence[str], key_file: str, insecure: Iterable[str], targets: Iterable[str]) -> Store:
    """As imagelint.store.open_store says."""
    named, folder = parts(words)
    if key_file and not named:
        raise UsageError(f"--cache-key is for a cache in a registry: give --cache {REGISTRY}HOST/REPOSITORY too")
    told = Told()
    local: Store = Nothing()
    try:
        path = outside(folder, targets) if folder else own_folder()
        from imagelint.store.sqlite import SqliteStore  # loads sqlite3, which not every Python was built with

        local = SqliteStore(path, told, silent=not folder)
    except AbsentError:
        pass  # who has no home, and names no folder, has none
    except ImportError:
        told.once("no results are kept: this Python was built without sqlite3")
        local = Nothing(told)
    if not named:
        return local
    from imagelint.store.layered import Layered
    from imagelint.store.registry import RegistryStore, reference
    from imagelint.store.signed import key

    return Layered(local, RegistryStore(reference(named), key(key_file), insecure, told), told)


def parts(words: Sequence[str]) -> tuple[str, str]:
    """The repository and the folder that are named, empty where there is none."""
    named = [word.removeprefix(REGISTRY) for word in words if word.startswith(REGISTRY)]
    folders = [word for word in words if not word.startswith(REGISTRY)]
    if "" in (*named, *folders):
        raise UsageError(f"--cache: name a folder, or {REGISTRY}HOST/REPOSITORY")
    for word in folders:
        host, slash, _ = word.partition("/")
        if slash and not os.path.lexists(host) and host.strip(".") and ("." in host.lstrip(".") or ":" in host):
            raise UsageError(f"--cache {word}: write {REGISTRY}{word} for a registry, and ./{word} for a folder")
    if len(named) > 1 or len(folders) > 1:
        raise UsageError("--cache: name one folder, one registry, or one of each")
    return (named or [""])[0], (folders or [""])[0]
