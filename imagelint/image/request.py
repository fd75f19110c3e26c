"""What the user asks of every source of images. It imports nothing heavy: Dockerfiles pass it by."""

from __future__ import annotations

from imagelint.record import record


@record
class Request:
    """Which of a target's images are wanted, and how they may be fetched."""

    platform: str = ""
    """os/architecture[/variant]; `all`; empty for the one that the source would run, or has."""
    insecure: tuple[str, ...] = ()
    """Registry hosts (with their port) that may be asked without TLS, or with a certificate that nobody vouches for."""
    filters: tuple[str, ...] = ()
    """Of all images of a daemon, only these: label=NAME[=VALUE], reference=PATTERN, as `docker images --filter` has
    them."""


ANY = Request()
"""Nothing said."""
