"""Kept tables are whole or not there, and never more than the bound."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explain.shelves import DiskShelf

ARRAYS = {"a": np.arange(6.0).reshape(2, 3), "b": np.asarray(2)}


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EXPLAIN_TABLES = tmp_path / "tables"
    return tmp_path / "tables"


def only(folder: Path) -> Path:
    (place,) = folder.iterdir()
    return place


def test_what_was_put_is_got(folder: Path) -> None:
    DiskShelf(("x", "1")).put("t", ARRAYS)
    found = DiskShelf(("x", "1")).get("t")
    assert found is not None and found.keys() == ARRAYS.keys()
    assert all(np.array_equal(found[name], ARRAYS[name]) for name in ARRAYS)
    assert DiskShelf(("x", "2")).get("t") is None
    assert DiskShelf(("x", "1")).get("u") is None
    assert DiskShelf(("x1",)).get("t") is None


@pytest.mark.parametrize("at", [0, 40, -1])
def test_a_changed_byte_is_noticed(folder: Path, at: int) -> None:
    shelf = DiskShelf(("x",))
    shelf.put("t", ARRAYS)
    content = bytearray(only(folder).read_bytes())
    content[at] ^= 1
    only(folder).write_bytes(content)
    assert shelf.get("t") is None


def test_a_cut_file_and_a_pickle_are_nothing(folder: Path) -> None:
    shelf = DiskShelf(("x",))
    shelf.put("t", ARRAYS)
    place = only(folder)
    place.write_bytes(place.read_bytes()[:100])
    assert shelf.get("t") is None
    harmful = pickle.dumps(print)
    place.write_bytes(hashlib.sha256(harmful).digest() + harmful)
    assert shelf.get("t") is None
    held = io.BytesIO()
    np.savez(held, a=np.array([print], dtype=object))
    place.write_bytes(hashlib.sha256(held.getvalue()).digest() + held.getvalue())
    assert shelf.get("t") is None


def test_what_was_used_longest_ago_goes_first(folder: Path, settings: Any) -> None:
    shelf = DiskShelf(("x",))
    shelf.put("0", ARRAYS)
    settings.EXPLAIN_TABLES_BYTES = 3 * only(folder).stat().st_size
    for name in ("1", "2"):
        shelf.put(name, ARRAYS)
    for at, place in enumerate(sorted(folder.iterdir(), key=lambda p: p.stat().st_mtime_ns)):
        os.utime(place, (at, at))
    shelf.get("0")
    shelf.put("3", ARRAYS)
    assert [name for name in "0123" if shelf.get(name)] == ["0", "2", "3"]
