import os
from pathlib import Path

import pytest

from runtime.faults import RuntimeFault
from runtime.locks import holder, locked, open_lock, sign, try_lock


def test_a_lock_held_too_long_names_its_holder(tmp_path: Path) -> None:
    place = tmp_path / ".lock"
    with open_lock(place) as held:
        assert try_lock(held)
        sign(held)
        with (
            pytest.raises(RuntimeFault, match=f"Process {os.getpid()} has held {place}"),
            locked(place, 0.1),
        ):
            pass
    with locked(place, 0.1), open_lock(place) as other:
        assert not try_lock(other)


def test_a_file_left_by_a_dead_process_is_no_lock(tmp_path: Path) -> None:
    place = tmp_path / ".lock"
    place.write_text("999999999\n")
    with locked(place, 0.1):
        assert place.read_text() == f"{os.getpid()}\n"


def test_a_lock_nobody_signed_has_an_unknown_holder(tmp_path: Path) -> None:
    with open_lock(tmp_path / ".lock") as file:
        assert holder(file) == "unknown"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFault, match=r"Cannot open the lock file .*No such file"):
        open_lock(tmp_path / "none" / ".lock")
