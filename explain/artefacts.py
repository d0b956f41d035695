"""Model artefacts by their digest: stored once, hashed again at every load, never unpickled."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from explain.refusals import Refused

# What scikit-learn's pipelines are made of beyond what skops trusts by itself. The list is ours: what an artefact
# says of itself is never believed.
TRUSTED = (
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn._loss._loss.CyHalfBinomialLoss",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.link.Interval",
    "numpy.dtype",
)


@dataclass(frozen=True, slots=True)
class Stored:
    """digest: SHA-256 of the content, hex; size in bytes."""

    digest: str
    size: int


class Missing(Refused):
    """There is no such artefact in the store."""


class DigestMismatch(Refused):
    """The file is not the one that was stored."""


class Untrusted(Refused):
    """The artefact wants types that nobody here trusts."""


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


def load(digest: str) -> Any:
    """The model, for workers only. Nothing in the artefact is executed. Raises Missing, DigestMismatch, Untrusted."""
    import skops.io  # noqa: PLC0415 - brings scikit-learn; web processes import this module for ``store`` only

    content = read(digest)
    try:
        wanted = skops.io.get_untrusted_types(data=content)
        strange = sorted(set(wanted) - set(TRUSTED))
        if strange:
            raise Untrusted(
                f"The artefact asks for the type {strange[0]}, which is not trusted here."
            )
        return skops.io.loads(content, trusted=[name for name in wanted if name in TRUSTED])
    except Refused:
        raise
    except Exception as error:
        # skops raises whatever a broken file makes it raise: zip, JSON, attribute and type errors.
        raise Untrusted(
            f"The artefact is not a readable skops file ({type(error).__name__})."
        ) from error
