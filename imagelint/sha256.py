"""SHA-256 of Python's own implementation: hashlib would load OpenSSL for it, 3 ms of the 80 that a run over one
Dockerfile has. Layers, of which every byte is hashed, use hashlib.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["sha256"]

if TYPE_CHECKING:
    from hashlib import sha256
else:
    try:
        from _sha2 import sha256  # Python 3.12 and later
    except ImportError:
        try:
            from _sha256 import sha256
        except ImportError:  # a Python that was built without them
            from hashlib import sha256
