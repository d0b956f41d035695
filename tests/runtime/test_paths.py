import os
import stat
from pathlib import Path

import pytest

from runtime import paths
from runtime.faults import RuntimeFault


def mode(place: Path) -> int:
    return stat.S_IMODE(place.stat().st_mode)


def test_the_folders_are_closed_to_others(var: Path) -> None:
    made = (
        paths.log(),
        paths.run(),
        paths.keys(),
        paths.artefacts(),
        paths.public(),
        paths.valkey(),
    )
    assert [(place.parent, mode(place)) for place in made] == [(var, 0o700)] * 6
    # Root's PostgreSQL runs as another account, which must be able to walk through these two.
    walkable = 0o711 if os.geteuid() == 0 else 0o700
    assert [mode(var), mode(paths.postgres())] == [walkable, walkable]


def test_a_folder_that_exists_keeps_its_mode(place: Path) -> None:
    (place / "x").mkdir(mode=0o750)
    assert mode(paths.make_folder(place / "x")) == 0o750


def test_a_folder_that_cannot_be_made_is_said(place: Path) -> None:
    (place / "file").touch()
    with pytest.raises(RuntimeFault, match=r"Cannot make the folder .*file/x \(File exists\)"):
        paths.make_folder(place / "file" / "x")


def test_the_socket_is_found_with_another_tmpdir(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = paths.socket_folder(place)
    made = paths.make_socket_folder(place, frozenset({os.geteuid()}))
    monkeypatch.setattr("tempfile.tempdir", str(place / "other"))
    assert before == made == paths.socket_folder(place)
    made.rmdir()


def test_a_socket_path_fits_the_kernel_in_a_deep_tmpdir(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", f"/tmp/{'d' * 100}")
    assert len(str(paths.socket_folder(place) / ".s.PGSQL.5432")) < 107


def test_a_socket_folder_of_somebody_else_is_refused(place: Path) -> None:
    made = paths.make_socket_folder(place, frozenset({os.geteuid()}))
    with pytest.raises(RuntimeFault, match="belongs to another user"):
        paths.make_socket_folder(place, frozenset({os.geteuid() + 1}))
    made.rmdir()


def test_the_urls_are_known_before_any_server_runs(var: Path) -> None:
    folder = str(paths.socket_folder(var / "postgres")).replace("/", "%2F")
    assert paths.database_dsn("d", "r") == f"postgresql://r@/d?host={folder}"
    assert paths.broker_socket().name == "valkey.sock"
