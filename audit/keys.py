"""The log's keys: they seal data keys, blind identifiers, and sign. Files are the default store.

Losing the key-encryption key makes every body ever sealed unreadable, for good; losing the lookup
key makes repeated ids look new. Neither lies in the database, so a copy of the database alone
reads nobody: back the folder up apart from it (docs/operations.md).
"""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from django.conf import settings
from django.db import connection

from audit import envelope
from audit.checkpoint import Sign, VerifierKey, ed25519_signer

KEK: Final = "key-encryption-key"
LOOKUP: Final = "lookup-key"
SIGNING: Final = "signing-key"
NAMES: Final = (KEK, LOOKUP, SIGNING)


class KeyFault(RuntimeError):
    """The keys cannot be used; the message is a sentence an operator can act on."""


class KeyStore(Protocol):
    """What the log needs of its keys. A KMS keeps the first and the third to itself."""

    @property
    def kek_id(self) -> str:
        """Names the key-encryption key that ``wrap`` uses; stored beside every wrapped key."""

    @property
    def index_key(self) -> bytes:
        """32 bytes for the HMACs that find ids and people without storing them."""

    @property
    def public(self) -> bytes:
        """The Ed25519 public key that verifies receipts and checkpoints, 32 bytes."""

    @property
    def verifier_key(self) -> VerifierKey:
        """The same under the log's name, as verifiers want it (C2SP vkey)."""

    @property
    def key_id(self) -> str:
        """The signed-note id of ``verifier_key``, eight hex digits."""

    def wrap(self, dek: bytes) -> bytes: ...

    def unwrap(self, kek_id: str, wrapped: bytes) -> bytes:
        """The data key; raises KeyFault when it was wrapped under a key that is not here."""

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature, 64 bytes; the same message gives the same bytes."""


class FileKeys:
    """Keys from a folder: one secret of 32 bytes, in hex, in each file; its owner alone reads it."""

    def __init__(self, folder: Path, origin: str) -> None:
        self._kek = _read(folder / KEK)
        self.index_key = _read(folder / LOOKUP)
        signer: tuple[Sign, bytes] = ed25519_signer(_read(folder / SIGNING))
        self.sign, self.public = signer
        self.kek_id = sha256(b"rationale/kek-id/v1\x00" + self._kek).hexdigest()[:16]
        self.verifier_key = VerifierKey.of(origin, self.public)
        self.key_id = self.verifier_key.key_id.hex()

    def wrap(self, dek: bytes) -> bytes:
        return envelope.wrap(self._kek, dek)

    def unwrap(self, kek_id: str, wrapped: bytes) -> bytes:
        if kek_id != self.kek_id:
            raise KeyFault(
                f"A data key was wrapped under the key {kek_id}, and this service holds "
                f"{self.kek_id}: put the file {KEK} of that time back."
            )
        return envelope.unwrap(self._kek, wrapped)


def key_store() -> KeyStore:
    """The keys of this service, made on first use.

    Raises KeyFault when a file is readable by others, damaged, or gone while the log has entries.
    """
    return _opened(settings.AUDIT_KEYS, settings.AUDIT_ORIGIN)


@lru_cache(maxsize=8)
def _opened(folder: Path, origin: str) -> FileKeys:
    if _missing(folder):
        _make_all(folder)
    return FileKeys(folder, origin)


def _missing(folder: Path) -> list[str]:
    return [name for name in NAMES if not (folder / name).exists()]


def _make_all(folder: Path) -> None:
    """New keys for a log without entries; nothing when another process made them meanwhile."""
    # New keys beside an old log would look like a service in order: old bodies unreadable, repeats
    # recorded twice, checkpoints signed by a stranger. Stopping here loses nothing more. The files
    # are looked for again after the log: whoever wrote its first entry had made them before.
    begun = _log_has_begun()
    missing = _missing(folder)
    if begun and missing:
        raise KeyFault(
            f"The log has entries, but {', '.join(missing)} is not in {folder}. "
            "Put the keys back from their backup; new ones cannot read the old entries."
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in missing:
        _make(folder / name)


def _log_has_begun() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('audit_subject') IS NOT NULL")
        if cursor.fetchone() != (True,):
            return False
        cursor.execute("SELECT EXISTS (SELECT FROM audit_subject)")
        return bool(cursor.fetchone() == (True,))


def _make(path: Path) -> None:
    """A new secret at ``path``, whole and durable before its name appears; never over another."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as out:
            out.write(envelope.new_key().hex() + "\n")
            out.flush()
            os.fsync(out.fileno())
        # A link fails when the name exists: of two services that start at once, both read the one
        # that won. A crash before this line leaves a hidden draft, and nothing sealed under it.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # Without this a power cut could take the name away after bodies were sealed under the key.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> bytes:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text()
    except OSError as error:
        raise KeyFault(f"The key {path} cannot be read ({error.strerror}).") from error
    if mode & 0o077:
        raise KeyFault(f"The key {path} is open to others (mode {mode:04o}): chmod 600 {path}")
    try:
        secret = bytes.fromhex(text)
    except ValueError as error:
        raise KeyFault(f"The key {path} is damaged: put it back from its backup.") from error
    if len(secret) != envelope.KEY_BYTES:
        raise KeyFault(f"The key {path} is damaged: put it back from its backup.")
    return secret
