"""Bodies under a key of their subject: destroy the key and the person is gone, the log still whole.

Stored form: ``0x01 || nonce (12) || AES-256-GCM(dek, k_c (32) || body, aad = entry id (16))``.
"""

import hmac
import os
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

KEY_BYTES: Final = 32
ENTRY_ID_BYTES: Final = 16
_BLOCK: Final = 64  # of SHA-256
_INSIDE: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTSIDE: Final = bytes(byte ^ 0x5C for byte in range(256))
_FORMAT: Final = b"\x01"
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_OVERHEAD: Final = len(_FORMAT) + _NONCE_BYTES + KEY_BYTES + _TAG_BYTES


class EnvelopeError(ValueError):
    """The envelope does not open: wrong key, wrong entry, or changed bytes."""


def new_key() -> bytes:
    """A fresh 256-bit key from the operating system's random source."""
    return os.urandom(KEY_BYTES)


def wrap(kek: bytes, dek: bytes) -> bytes:
    """Wrap a 32-byte data key by a 32-byte key-encryption key: 40 bytes (RFC 3394).

    Raises EnvelopeError when either key has another length.
    """
    _must_be_keys(kek, dek)
    return aes_key_wrap(kek, dek)


def unwrap(kek: bytes, wrapped: bytes) -> bytes:
    """The data key inside; raises EnvelopeError when the kek is another or the bytes changed."""
    _must_be_keys(kek)
    try:
        dek = aes_key_unwrap(kek, wrapped)
    except (InvalidUnwrap, ValueError) as error:
        raise EnvelopeError("The wrapped key does not open under this key.") from error
    _must_be_keys(dek)
    return dek


def seal(dek: bytes, entry_id: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Encrypt one body for one entry: (stored bytes, commitment to the plaintext).

    The commitment is HMAC-SHA256(k_c, body) under a fresh random k_c that lies inside the envelope.
    Once the data key is destroyed nobody can test a guess of the body against it. It also pins the
    one plaintext that AES-GCM alone, which does not commit to its key, would leave open.
    """
    _must_be_keys(dek)
    _must_be_entry_id(entry_id)
    # 44 random bytes at once: one system call, and a random nonce is safe far beyond the number
    # of entries one subject's key will ever seal (NIST SP 800-38D §8.3: 2**32).
    randomness = os.urandom(_NONCE_BYTES + KEY_BYTES)
    nonce, commit_key = randomness[:_NONCE_BYTES], randomness[_NONCE_BYTES:]
    sealed = AESGCM(dek).encrypt(nonce, commit_key + body, entry_id)
    return _FORMAT + nonce + sealed, hmac.digest(commit_key, body, "sha256")


def open_sealed(dek: bytes, entry_id: bytes, stored: bytes, commit: bytes | None = None) -> bytes:
    """The body that ``seal`` was given.

    With ``commit`` (the 32 bytes named in the leaf) the plaintext is also held against it. Raises
    EnvelopeError for another key, another entry, changed bytes or another commitment.
    """
    _must_be_keys(dek)
    _must_be_entry_id(entry_id)
    if len(stored) < _OVERHEAD or stored[:1] != _FORMAT:
        raise EnvelopeError("These bytes are not a sealed body of a known format.")
    nonce, sealed = stored[1 : 1 + _NONCE_BYTES], stored[1 + _NONCE_BYTES :]
    try:
        plain = AESGCM(dek).decrypt(nonce, sealed, entry_id)
    except InvalidTag as error:
        raise EnvelopeError(
            "The body does not open: another key, another entry, or changed bytes."
        ) from error
    commit_key, body = plain[:KEY_BYTES], plain[KEY_BYTES:]
    if commit is not None and not hmac.compare_digest(
        hmac.digest(commit_key, body, "sha256"), commit
    ):
        raise EnvelopeError("The body opens, but is not the one its leaf commits to.")
    return body


def blind_index(key: bytes, *parts: str) -> bytes:
    """HMAC-SHA256 over length-prefixed parts: find an identifier again without keeping it.

    Each part is framed by its UTF-8 length in four big-endian bytes, so ("ab", "c") and
    ("a", "bc") differ. Without the key a value cannot be tested against a guess.
    """
    framed = b"".join([len(part := text.encode()).to_bytes(4, "big") + part for text in parts])
    return keyed_digest(key, framed)


def keyed_digest(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256, for a key of at most 64 bytes that is used again and again."""
    halves = _halves(key)
    inside, outside = halves[0].copy(), halves[1].copy()
    inside.update(message)
    outside.update(inside.digest())
    return bytes(outside.digest())


@lru_cache(maxsize=8)
def _halves(key: bytes) -> tuple[Any, Any]:
    """The two hashes of RFC 2104 §2, each fed with the padded key: the greater part of a short HMAC."""
    if len(key) > _BLOCK:
        raise EnvelopeError("A key is at most 64 bytes long.")
    padded = key.ljust(_BLOCK, b"\0")
    return sha256(padded.translate(_INSIDE)), sha256(padded.translate(_OUTSIDE))


def _must_be_keys(*keys: bytes) -> None:
    for key in keys:
        if len(key) != KEY_BYTES:
            raise EnvelopeError("A key is 32 bytes long.")


def _must_be_entry_id(entry_id: bytes) -> None:
    if len(entry_id) != ENTRY_ID_BYTES:
        raise EnvelopeError("An entry id is 16 bytes long.")
