"""Pickles. Nothing can be said of one without running it; that happens where it can do no harm."""

from __future__ import annotations

from explain.formats.rules import Rules
from explain.refusals import Malformed

# Protocols 2 to 5, and what joblib packs them into.
BEGINNINGS = (
    b"\x80",
    b"\x78",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x5d\x00\x00",
    b"\x04\x22\x4d\x18",
)


def examine(content: bytes, rules: Rules) -> None:
    """The door's question; see ``explain.formats.registry``."""
    if not content.startswith(BEGINNINGS):
        raise Malformed("pickle", "it begins like none.")
