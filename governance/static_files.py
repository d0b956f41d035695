"""How static files are kept, and which were collected: naming and compressing them takes seconds, and from one start
to the next they rarely change."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import brotli
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Of Brotli's 11 the last two take ten times as long for files a tenth smaller, and a first start waits for them.
QUALITY = 9


class _Compressor(Compressor):  # type: ignore[misc]
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return bytes(brotli.compress(data, quality=QUALITY))


class Compressed(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Each file under a name with its digest, and compressed beside it."""

    def create_compressor(self, **options: Any) -> Compressor:
        return _Compressor(**options)


# What libraries ship and no page of ours asks for: compressing it takes as long as all the rest.
UNUSED: Final = ("rest_framework", "ext", "htmax*", "htmx-4*")


def is_collected() -> bool:
    """Whether the folder of collected files holds those of today."""
    folder, note = Path(settings.STATIC_ROOT), _note()
    return (
        (folder / "staticfiles.json").exists()
        and note.exists()
        and note.read_text() == fingerprint()
    )


def note_collected() -> None:
    """Say that they were all collected. A crash before this costs another collection."""
    _note().write_text(fingerprint())


def fingerprint() -> str:
    """SHA-256 in hex: of every file's path and content, what is left out,
    and the libraries that name and compress."""
    digest = hashlib.sha256(f"without {UNUSED}, brotli quality {QUALITY}\n".encode())
    for library in ("django", "whitenoise", "brotli"):
        digest.update(f"{library} {version(library)}\n".encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            with storage.open(path) as file:
                digest.update(f"{path} {hashlib.sha256(file.read()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _note() -> Path:
    """Beside the folder, for all that lies in it is served."""
    folder = Path(settings.STATIC_ROOT)
    return folder.with_name(f"{folder.name}.collected")
