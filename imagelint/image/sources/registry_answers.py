"""What is done with the answers of registries, whatever was asked."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import httpx

from imagelint.errors import UnreadableError
from imagelint.stream import limits


def spent(response: httpx.Response) -> None:
    """Let go of an answer whose body nobody wants. A small one is read to its end, without which its connection could
    not be used again; that of a HEAD is empty, and has an end too."""
    try:
        read = 0
        for part in () if response.is_stream_consumed else response.iter_raw():
            read += len(part)
            if read > limits.REGISTRY_ANSWER:
                break
    except (httpx.TransportError, UnreadableError):
        pass  # it has said what it had to say
    finally:
        response.close()


def plain_type(media_type: str) -> str:
    """Without parameters."""
    return media_type.partition(";")[0].strip()


def retry_after(header: str) -> float:
    """Seconds to wait: a number, or a date (RFC 9110, section 10.2.3); 0 when it is neither."""
    if header.isdecimal() and len(header) < 10:
        return float(header)
    try:
        return parsedate_to_datetime(header).timestamp() - time.time()
    except (ValueError, OverflowError, OSError):
        return 0.0
