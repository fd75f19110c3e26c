"""Lists that a registry gives in pages: its repositories, and a repository's tags (OCI distribution specification 1.1,
"Listing Tags"; Docker's registry API, "Listing Repositories")."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from imagelint.errors import UnreadableError
from imagelint.image.document import Document, parse
from imagelint.image.sources.registry_client import Client
from imagelint.record import field, record
from imagelint.stream import limits

_PAGE = 1000
"""Names that are asked for at once: docker-registry gives no more."""
_LONGEST = 4096
"""Characters of the question for the next page."""
_LINK = re.compile(r'<([^<>]*)>\s*;[^,]*\brel="?next"?')
_JSON = ("application/json",)


@record
class Names:
    """A list, as far as it was read."""

    names: list[str] = field(default_factory=list)
    odd: int = 0
    """Names that nobody can ask for: with control characters, or capital letters, or what is no text."""
    cut: str = ""
    """Why the rest of it is not known; empty when it was read to its end."""


def read(client: Client, path: str, key: str, good: Callable[[str], bool]) -> Names:
    """The list at a path, below `key` of each page. UnreadableError, with StatusError below it, when its first page
    does not come.

    Only the question is taken of a link to the next page, and put to the same registry: it leads nowhere else. Where a
    full page has no link, what comes after its last name is asked for.
    """
    found = Names()
    seen: set[str] = set()
    query = f"?n={_PAGE}"
    for _ in range(limits.REGISTRY_LIST_PAGES):
        try:
            data, headers = client.document(f"{path}{query}", _JSON, "the list")
            page = Document(parse(data, "the list"), "the list").items(key)
            before = len(seen)
            for name in page:
                if not isinstance(name, str) or not good(name):
                    found.odd += 1
                elif name not in seen and len(seen) < limits.REGISTRY_NAMES:
                    seen.add(name)
                    found.names.append(name)
            linked = "link" in headers
            query = _next(headers.get("link", ""), query)
        except UnreadableError as error:
            if not seen:
                raise
            found.cut = str(error)
            return found
        if len(seen) >= limits.REGISTRY_NAMES:
            found.cut = f"it has more than {limits.REGISTRY_NAMES} names (--limit registry-names=NUMBER reads more)"
            return found
        if not linked and len(page) >= _PAGE and found.names and isinstance(page[-1], str):
            query = f"?n={_PAGE}&last={quote(page[-1], safe='')}"
        elif not query:
            return found
        if len(seen) == before:
            if linked and page:
                found.cut = "its pages go round in a circle"
            return found
    found.cut = f"it has more than {limits.REGISTRY_LIST_PAGES} pages"
    return found


def _next(link: str, query: str) -> str:
    """What to ask for next; empty at the end."""
    match = _LINK.search(link)
    if match is None:
        return ""
    try:
        asked = urlsplit(match[1]).query
    except ValueError:
        asked = "\0"
    if len(asked) > _LONGEST or not (asked.isascii() and asked.isprintable()):
        raise UnreadableError("it leads on to what is no URL")
    following = f"?{asked}"
    if not asked or following == query:
        raise UnreadableError("its pages go round in a circle")
    return following
