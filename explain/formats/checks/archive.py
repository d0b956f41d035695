"""A zip or tar, read into memory within limits: nothing is ever written where its names would have it."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import Final

from explain.refusals import Malformed, TooLarge, Untrusted

WHAT: Final = "archive"
# A forest saved with skops takes four entries a tree.
MOST_ENTRIES = 100_000
MOST_RATIO = 200
# Ratios mean nothing below this many bytes: a small file of zeros is no bomb.
SMALL = 1 << 20
NESTED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf", b"Rar!")


def unpack(content: bytes, most_bytes: int) -> dict[str, bytes]:
    """Files by their path, of a zip or an uncompressed or gzipped tar.

    Raises Untrusted for paths that leave the archive, links and devices, encryption and archives
    inside; TooLarge for too many entries, too many bytes or too high a ratio; Malformed.
    """
    try:
        if content[:2] == b"PK":
            return _unzip(content, most_bytes)
        return _untar(content, most_bytes)
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
    ) as error:
        raise Malformed(WHAT, f"it cannot be unpacked ({type(error).__name__}).") from error


def check_zip(content: bytes, most_bytes: int, what: str) -> dict[str, bytes]:
    """``unpack`` for what must be a zip, being a ``what``."""
    if content[:2] != b"PK":
        raise Malformed(what, "it is no zip.")
    return unpack(content, most_bytes)


def _unzip(content: bytes, most_bytes: int) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        entries = packed.infolist()
        _check_count(len(entries))
        _check_size(sum(entry.file_size for entry in entries), len(content), most_bytes)
        found: dict[str, bytes] = {}
        for entry in entries:
            kind = entry.external_attr >> 28
            if entry.flag_bits & 1:
                raise Untrusted("The archive is encrypted.")
            if kind not in (0, 4, 8):
                raise Untrusted(
                    f"The archive holds '{entry.filename}', which is a link or a device."
                )
            if not entry.is_dir():
                # What the directory promises is not believed: no more than that is ever read.
                with packed.open(entry) as inner:
                    _keep(found, entry.filename, inner.read(entry.file_size + 1), entry.file_size)
        return found


def _untar(content: bytes, most_bytes: int) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    held = 0
    mode: Final = "r:gz" if content[:2] == b"\x1f\x8b" else "r:"
    # errorlevel 2: what cannot be read is an error and not a file of other content.
    with tarfile.open(fileobj=io.BytesIO(content), mode=mode, errorlevel=2) as packed:
        while (entry := packed.next()) is not None:
            _check_count(len(found) + 1)
            held += entry.size
            _check_size(held, len(content), most_bytes)
            if entry.isdir():
                continue
            if not entry.isreg() or entry.issparse():
                raise Untrusted(f"The archive holds '{entry.name}', which is a link or a device.")
            inner = packed.extractfile(entry)
            _keep(found, entry.name, inner.read() if inner else b"", entry.size)
    if not found:
        raise Malformed(WHAT, "it is empty.")
    return found


def _check_count(entries: int) -> None:
    if entries > MOST_ENTRIES:
        raise TooLarge(f"The archive holds more than {MOST_ENTRIES:,} entries.")


def _check_size(size: int, packed: int, most_bytes: int) -> None:
    if size > most_bytes:
        raise TooLarge(f"The archive unpacks to more than {most_bytes:,} bytes.")
    if size > SMALL and size > MOST_RATIO * packed:
        raise TooLarge(f"The archive unpacks to more than {MOST_RATIO} times its size.")


def _keep(found: dict[str, bytes], name: str, content: bytes, size: int) -> None:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
        raise Untrusted(f"The archive holds '{name}', a path that leaves it.")
    path = "/".join(part for part in parts if part not in ("", "."))
    if path in found:
        raise Untrusted(f"The archive holds '{path}' twice.")
    if len(content) != size:
        raise Malformed(WHAT, f"'{path}' is not as long as it says.")
    found[path] = content


def refuse_nested(files: dict[str, bytes], allowed: frozenset[str] = frozenset()) -> None:
    """Refuse archives inside, except the files named."""
    for path, content in files.items():
        if path not in allowed and content.startswith(NESTED):
            raise Untrusted(f"The archive holds another archive, '{path}'.")
