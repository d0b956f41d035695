"""Signed checkpoints: C2SP signed-note, tlog-checkpoint and tlog-cosignature (cosignature/v1).

Signing takes a callable, so that a private key may live in a file, a KMS or an HSM alike.
"""

import base64
import binascii
import re
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

Sign = Callable[[bytes], bytes]
"""Message in, 64-byte Ed25519 signature out."""

ED25519: Final = 0x01
COSIGNATURE_V1: Final = 0x04
_ALGORITHMS: Final = frozenset({ED25519, COSIGNATURE_V1})

# Limits of the Go reference, so that what one reader accepts no other refuses.
MAX_NOTE_BYTES: Final = 1_000_000
MAX_SIGNATURES: Final = 100
MAX_SIZE: Final = 2**63 - 1

_ED25519_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_KEY_ID_BYTES: Final = 4
_TIMESTAMP: Final = struct.Struct(">Q")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_ID: Final = re.compile(r"[0-9a-f]{8}")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_PREFIX: Final = "\N{EM DASH} "


class NoteError(ValueError):
    """A note, key or checkpoint is malformed, or a signature does not hold."""


def ed25519_signer(private: bytes) -> tuple[Sign, bytes]:
    """(sign, public key) for a 32-byte Ed25519 seed (RFC 8032 §5.1.6; by libsodium, in two thirds of
    the time that OpenSSL takes: every receipt of a single decision is signed). Raises ValueError for a
    seed of another length."""
    public, secret = crypto_sign_seed_keypair(private)

    def sign(message: bytes) -> bytes:
        return crypto_sign(message, secret)[:_SIGNATURE_BYTES]

    return sign, public


# ------------------------------------------------------------------------------------------ keys


def key_id(name: str, algorithm: int, public: bytes) -> bytes:
    """The first four bytes of SHA-256(name || newline || algorithm || public key)."""
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:_KEY_ID_BYTES]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under; ``str()`` is its C2SP vkey."""

    name: str
    key_id: bytes
    algorithm: int
    public: bytes

    @classmethod
    def of(cls, name: str, public: bytes, algorithm: int = ED25519) -> Self:
        """The verifier of a public key; raises NoteError for a name that cannot stand in a note."""
        _must_be_name(name)
        return cls(name, key_id(name, algorithm, public), algorithm, public)

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read ``name+id+base64``; raises NoteError unless every part is canonical and agrees."""
        parts = vkey.split("+", 2)
        if len(parts) != 3 or not _KEY_ID.fullmatch(parts[1]):
            raise NoteError("A verifier key reads name+id+base64.")
        material = _unbase64(parts[2])
        if material[:1] not in {bytes([known]) for known in _ALGORITHMS}:
            raise NoteError("The verifier key names a signature algorithm unknown here.")
        if len(material) != 1 + _ED25519_KEY_BYTES:
            raise NoteError("An Ed25519 public key is 32 bytes long.")
        key = cls.of(parts[0], material[1:], material[0])
        if key.key_id.hex() != parts[1]:
            raise NoteError("The id in the verifier key belongs to another name or key.")
        return key

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"

    def check(self, text: str, signature: bytes) -> int | None:
        """Raise NoteError unless this key signed ``text``; return the time a cosigner states."""
        timestamp, message = None, text.encode()
        if self.algorithm == COSIGNATURE_V1:
            if len(signature) <= _TIMESTAMP.size:
                raise NoteError(f"The cosignature of {self.name} is too short.")
            (timestamp,) = _TIMESTAMP.unpack_from(signature)
            message = _cosigned(text, timestamp)
            signature = signature[_TIMESTAMP.size :]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature as error:
            raise NoteError(f"The signature of {self.name} does not hold.") from error
        return timestamp


# ----------------------------------------------------------------------------------------- notes


@dataclass(frozen=True, slots=True)
class Signature:
    """A verified signature; ``timestamp`` (POSIX seconds) only for a cosignature."""

    name: str
    key_id: bytes
    timestamp: int | None


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """The signed text, who verifiably signed it, and which lines no given key can judge."""

    text: str
    signatures: tuple[Signature, ...]
    unknown: tuple[str, ...]


def sign_note(text: str, name: str, sign: Sign, public: bytes) -> str:
    """A note over ``text`` with one Ed25519 signature.

    Raises NoteError when the text does not end in a newline or holds control characters, or the
    name is empty or holds spaces or ``+``.
    """
    return f"{text}\n{signature_line(text, name, sign, public)}"


def signature_line(text: str, name: str, sign: Sign, public: bytes) -> str:
    """The line, newline included, by which ``name`` signs ``text``."""
    _must_be_text(text)
    key = VerifierKey.of(name, public)
    return _line(name, key.key_id + sign(text.encode()))


def cosign(note: str, name: str, sign: Sign, public: bytes, timestamp: int) -> str:
    """The cosignature/v1 line of a witness for a checkpoint note; ``timestamp`` in POSIX seconds.

    Whether the witness *may* sign (consistent with all it saw before) is the caller's to decide.
    """
    text, _ = _split(note)
    Checkpoint.parse(text)
    key = VerifierKey.of(name, public, COSIGNATURE_V1)
    stamp = _TIMESTAMP.pack(timestamp)
    return _line(name, key.key_id + stamp + sign(_cosigned(text, timestamp)))


def add_signature(note: str, line: str) -> str:
    """The note with one more signature line at its end; a line already there is not repeated.

    Raises NoteError when the note or the line is malformed; the signature is not verified.
    """
    _, lines = _split(note)
    if not line.endswith("\n") or "\n" in line[:-1]:
        raise NoteError("A signature is one line.")
    _parse_line(line[:-1])
    if line[:-1] in lines:
        return note
    if len(lines) == MAX_SIGNATURES:
        raise NoteError(f"A note carries at most {MAX_SIGNATURES} signatures.")
    return note + line


def open_note(note: str | bytes, keys: Iterable[VerifierKey]) -> OpenedNote:
    """Verify a note against the keys that are trusted.

    Raises NoteError when the note is malformed, when a signature by one of the keys does not hold,
    or when none of the keys signed it. Signatures by other keys are handed back as ``unknown``.
    """
    text, lines = _split(note)
    trusted = _by_name_and_id(keys)
    signatures: dict[tuple[str, bytes], Signature] = {}
    unknown: dict[str, None] = {}
    for line in lines:
        name, id_, signature = _parse_line(line)
        key = trusted.get((name, id_))
        if key is None:
            unknown[line] = None
        elif (name, id_) not in signatures:
            signatures[name, id_] = Signature(name, id_, key.check(text, signature))
    if not signatures:
        raise NoteError("None of the given keys signed this note.")
    return OpenedNote(text, tuple(signatures.values()), tuple(unknown))


def _by_name_and_id(keys: Iterable[VerifierKey]) -> dict[tuple[str, bytes], VerifierKey]:
    trusted: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        # Two keys that share name and id would let the order of a list decide what verifies.
        if trusted.setdefault((key.name, key.key_id), key) != key:
            raise NoteError(f"Two different keys share the name {key.name} and one id.")
    return trusted


def _split(note: str | bytes) -> tuple[str, list[str]]:
    encoded, decoded = _both_forms(note)
    if len(encoded) > MAX_NOTE_BYTES or _CONTROL.search(decoded):
        raise NoteError("A note is at most a million bytes, without control characters.")
    body, separator, block = decoded.rpartition("\n\n")
    if not separator or not block.endswith("\n"):
        raise NoteError("A note ends in an empty line and one signature a line.")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"A note carries at most {MAX_SIGNATURES} signatures.")
    return body + "\n", lines


def _both_forms(note: str | bytes) -> tuple[bytes, str]:
    try:
        if isinstance(note, str):
            return note.encode(), note
        return note, note.decode()
    except UnicodeError as error:
        raise NoteError("A note is valid UTF-8.") from error


def _parse_line(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_PREFIX).partition(" ")
    if not line.startswith(_PREFIX) or not encoded:
        raise NoteError("A signature line reads: em dash, name, base64.")
    _must_be_name(name)
    material = _unbase64(encoded)
    if len(material) <= _KEY_ID_BYTES:
        raise NoteError("A signature is longer than its key id.")
    return name, material[:_KEY_ID_BYTES], material[_KEY_ID_BYTES:]


def _line(name: str, material: bytes) -> str:
    return f"{_PREFIX}{name} {base64.b64encode(material).decode()}\n"


def _cosigned(text: str, timestamp: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def _must_be_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() for c in name) or _CONTROL.search(name):
        raise NoteError("A key name is not empty and has no space, plus or control character.")


def _must_be_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise NoteError("The text of a note ends in a newline and has no control characters.")


def _unbase64(encoded: str) -> bytes:
    try:
        material = base64.b64decode(encoded.encode(), validate=True)
    except (binascii.Error, UnicodeError) as error:
        raise NoteError("This is not base64.") from error
    # Python accepts stray bits before the padding; two spellings of one signature must not pass.
    if base64.b64encode(material).decode() != encoded:
        raise NoteError("This is not canonical base64.")
    return material


# ----------------------------------------------------------------------------------- checkpoints


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says about itself: which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise NoteError for a value that cannot be written or read back."""
        lines = (self.origin, *self.extensions)
        if not all(lines) or any("\n" in line or _CONTROL.search(line) for line in lines):
            raise NoteError("Origin and extension lines are not empty and one line each.")
        if not 0 <= self.size <= MAX_SIZE:
            raise NoteError("The size of a tree is a number from 0 to 2^63 - 1.")
        if len(self.root) != 32:
            raise NoteError("A root hash is 32 bytes long.")

    def text(self) -> str:
        """The note text: origin, size, base64 root, each on its line."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode())
        return "\n".join((*lines, *self.extensions, ""))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a checkpoint text; raises NoteError unless it is exactly as ``text()`` writes it."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1]:
            raise NoteError("A checkpoint has at least three lines, each ended by a newline.")
        if not _DECIMAL.fullmatch(lines[1]):
            raise NoteError("The size in a checkpoint is a decimal number without leading zeros.")
        return cls(lines[0], int(lines[1]), _unbase64(lines[2]), tuple(lines[3:-1]))
