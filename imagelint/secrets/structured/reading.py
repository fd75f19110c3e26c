"""All families of readers, by path."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from imagelint.errors import defect
from imagelint.secrets.structured import (
    binary,
    clusters,
    commands,
    databases,
    frameworks,
    hashes,
    logins,
    mail,
    markup,
    networks,
    registries,
    services,
)
from imagelint.secrets.structured.index import Index
from imagelint.secrets.structured.value import Cut, Reader, Value

_FAMILIES = (
    binary, clusters, commands, databases, frameworks, hashes, logins, mail, markup, networks, registries, services
)  # fmt: skip
INDEX = Index([(pattern, reader) for family in _FAMILIES for pattern, reader in family.READERS.items()])
_MOST = 5_000
"""Values of one file: a password file of as many users."""


def read(of: tuple[Reader, ...], text: str, cut: Callable[[str], None]) -> Iterator[Value]:
    """What these readers see in a file, in latin-1; `cut` takes what was not read of it."""
    left = _MOST
    for reader in of:
        try:
            for value in reader(text):
                if value.start < value.end or value.text:
                    yield value
                    left -= 1
                    if not left:
                        cut("a file with more secrets by its grammar than are kept; patterns alone searched its rest")
                        return
        except Cut as reason:
            cut(str(reason))
        except Exception as error:  # one file's grammar is lost by it, not the layer
            cut(defect(error))
