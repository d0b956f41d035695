"""Model artefacts by their digest: stored once, hashed again at every load, never unpickled here."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings

from explain.formats import registry
from explain.formats.rules import Rules
from explain.refusals import Cause, Refused


@dataclass(frozen=True, slots=True)
class Stored:
    """digest: SHA-256 of the content, hex; size in bytes."""

    digest: str
    size: int


class Missing(Refused):
    """There is no such artefact in the store."""

    cause: ClassVar[Cause] = "artefact_missing"


class DigestMismatch(Refused):
    """The file is not the one that was stored."""

    cause: ClassVar[Cause] = "digest_mismatch"


def path_of(digest: str) -> Path:
    return Path(settings.EXPLAIN_ARTEFACTS) / "sha256" / digest[:2] / digest


def store(content: bytes) -> Stored:
    """Keep ``content`` under its digest. Complete or absent: a crash leaves a nameless draft that nobody reads."""
    digest = hashlib.sha256(content).hexdigest()
    place = path_of(digest)
    if not place.exists():
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(draft).replace(place)
    return Stored(digest, len(content))


def read(digest: str) -> bytes:
    """The content, which hashes to ``digest``. Raises Missing or DigestMismatch."""
    try:
        content = path_of(digest).read_bytes()
    except FileNotFoundError:
        raise Missing(f"The artefact {digest[:12]}… is missing from the store.") from None
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise DigestMismatch(
            f"The file stored as {digest[:12]}… now has the digest {found[:12]}…: it was changed and is not used."
        )
    return content


def load(digest: str, kind: str = "skops") -> Any:
    """The model (see ``explain.formats.contract``), for workers only. Nothing in the artefact is executed.

    Raises Missing, DigestMismatch, and what ``explain.formats.registry.load`` raises.
    """
    return registry.load(kind, read(digest), rules())


def check(kind: str, content: bytes) -> None:
    """Look through an artefact before it is taken in, without its library. Raises Refused."""
    registry.check(kind, content, rules())


def rules() -> Rules:
    """What this installation's settings allow."""
    return Rules(
        most_bytes=settings.EXPLAIN_ARTEFACT_BYTES,
        pickle=settings.EXPLAIN_PICKLE,
        memory_bytes=settings.EXPLAIN_CONFINED_BYTES,
        cpu_seconds=settings.EXPLAIN_CONFINED_CPU_SECONDS,
        seconds=settings.EXPLAIN_CONFINED_SECONDS,
        remote=tuple(settings.EXPLAIN_REMOTE_MODELS),
        private=settings.EXPLAIN_REMOTE_PRIVATE,
        remote_seconds=settings.EXPLAIN_REMOTE_SECONDS,
        remote_tries=settings.EXPLAIN_REMOTE_TRIES,
        remote_rows=settings.EXPLAIN_REMOTE_ROWS,
        trials=Path(settings.EXPLAIN_ARTEFACTS) / "trials",
    )
