"""Static files are collected once, and again when anything about them changes."""

from __future__ import annotations

from pathlib import Path

import brotli
import pytest
from django.core.management import call_command
from pytest_django import Settings

from governance import serving, static_files
from runtime.faults import RuntimeFault


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Path:
    """A folder with one static file of our own; collected files are to lie beside it."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "app.css").write_text("body { margin: 0 }")
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = [folder]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    return folder


def collected() -> None:
    """As the command leaves it."""
    root = Path(static_files.settings.STATIC_ROOT)
    root.mkdir(exist_ok=True)
    (root / "staticfiles.json").write_text("{}")
    static_files.note_collected()


def test_what_was_collected_is_known(own: Path) -> None:
    assert not static_files.is_collected()
    collected()
    assert static_files.is_collected()


def test_a_changed_an_added_and_a_renamed_file_are_noticed(own: Path) -> None:
    collected()
    (own / "app.css").write_text("body { margin: 1px }")
    assert not static_files.is_collected()
    collected()
    (own / "more.css").write_text("")
    assert not static_files.is_collected()
    collected()
    (own / "more.css").rename(own / "less.css")
    assert not static_files.is_collected()


def test_a_folder_thrown_away_is_made_again(own: Path) -> None:
    collected()
    (Path(static_files.settings.STATIC_ROOT) / "staticfiles.json").unlink()
    assert not static_files.is_collected()


def test_files_lie_compressed_under_a_name_of_their_content(own: Path, settings: Settings) -> None:
    text = "a { margin: 0 }\n" * 50
    (own / "app.css").write_text(text)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "governance.static_files.Compressed"},
    }
    call_command("collectstatic", verbosity=0, interactive=False)
    [named] = Path(settings.STATIC_ROOT).glob("app.*.css")
    packed = named.with_name(f"{named.name}.br").read_bytes()
    assert brotli.decompress(packed).decode() == text
    assert len(packed) < len(text) / 5


def test_another_library_is_noticed(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collected()
    monkeypatch.setattr(static_files, "version", lambda name: "0")
    assert not static_files.is_collected()


def test_a_start_that_finds_all_collected_collects_nothing(own: Path) -> None:
    collected()
    before = static_files._note().stat().st_mtime_ns
    serving.collect({})
    assert static_files._note().stat().st_mtime_ns == before


def test_a_collection_that_fails_is_not_taken_for_one(own: Path) -> None:
    with pytest.raises(RuntimeFault, match=r"manage\.py collectstatic failed"):
        serving.collect({"DJANGO_SETTINGS_MODULE": "no_such_settings"})
    assert not static_files.is_collected()
