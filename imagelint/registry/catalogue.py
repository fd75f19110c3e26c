"""The repositories of a registry, by its catalogue."""

from __future__ import annotations

from imagelint.errors import UnreadableError
from imagelint.image.sources.reference import DEFAULT_HOST, Reference, parse_reference
from imagelint.image.sources.registry_errors import StatusError
from imagelint.registry import pages
from imagelint.registry.network import Registries

_NONE = (400, 404, 405, 501)
"""What registries answer that have no catalogue."""
INSTEAD = "name its repositories, as {host}/REPOSITORY, or give a file of references as @FILE"


def repositories(host: str, registries: Registries) -> pages.Names:
    """The names of all of them, in order. UnreadableError says why there is no list, and what to do instead."""
    instead = INSTEAD.format(host=host)
    if host == DEFAULT_HOST:
        raise UnreadableError(f"Docker Hub has no list of its repositories: {instead}")
    client = registries.client(Reference(host, "", "", ""))
    try:
        found, _ = client.authority.permitted(
            lambda: pages.read(client, "_catalog", "repositories", lambda name: _is_name(host, name))
        )
    except StatusError as error:
        if error.status in _NONE:
            raise UnreadableError(f"{host} gives no list of its repositories (/v2/_catalog): {instead}") from None
        if error.status == 401:
            raise UnreadableError(f"{error}; or {instead}") from None
        raise
    found.names.sort()
    return found


def _is_name(host: str, name: str) -> bool:
    try:
        return parse_reference(f"{host}/{name}").name == name and ":" not in name and "@" not in name
    except UnreadableError:
        return False
