"""What a worker found, for the eyes of the one who asked: X25519, HKDF-SHA-256, ChaCha20-Poly1305 (RFC 7748, RFC 5869,
RFC 8439).

    sealed = ephemeral public key (32 bytes) | encrypted and authenticated data

Each box has an ephemeral key of its own, so one nonce is enough. Whoever knows the public key can make a box: a seal
keeps secret, and proves no origin. That is TLS's work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.errors import UnreadableError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

PUBLIC = 32
"""Bytes of a public key."""
_PURPOSE = b"imagelint spread 1"
_NONCE = bytes(12)


class Opener:
    """A key pair for one run; the private key is never written anywhere."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey  # heavy: only with other machines

        self._private = X25519PrivateKey.generate()
        self.public = self._private.public_key().public_bytes_raw()

    def open(self, sealed: bytes, about: bytes) -> bytes:
        """What was sealed to this key. `about` is what it was sealed with; UnreadableError where it is not that."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

        theirs, data = bytes(sealed[:PUBLIC]), bytes(sealed[PUBLIC:])
        try:
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(theirs))
            return _cipher(shared, theirs, self.public).decrypt(_NONCE, data, about)
        except (ValueError, InvalidTag):
            raise UnreadableError("what a worker gave back is damaged, or was sealed to somebody else") from None


def seal(data: bytes, public: bytes, about: bytes) -> bytes:
    """Seal data to a public key. `about` is not kept, and must be the same when it is opened: what the data answers."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    private = X25519PrivateKey.generate()
    own = private.public_key().public_bytes_raw()
    shared = private.exchange(X25519PublicKey.from_public_bytes(public))
    return own + _cipher(shared, own, public).encrypt(_NONCE, data, about)


def _cipher(shared: bytes, ephemeral: bytes, public: bytes) -> ChaCha20Poly1305:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return ChaCha20Poly1305(HKDF(SHA256(), 32, None, _PURPOSE + ephemeral + public).derive(shared))
