"""Folders a server running as another account can reach, and waiting without guessing."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime import paths


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """An empty folder; pytest's own lie in one that only its user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="rt-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        notes = [*folder.rglob("elsewhere"), *folder.rglob("socket")]
        for left in [*(Path(note.read_text().strip()) for note in notes), folder]:
            shutil.rmtree(left, ignore_errors=True)


@pytest.fixture
def place() -> Iterator[Path]:
    with reachable_folder() as folder:
        yield folder


@pytest.fixture
def var(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `var` folder of the test's own, with no server URL set."""
    monkeypatch.setattr(paths, "VAR", place / "var")
    for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)
    return paths.var()


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
