"""Artefacts are content-addressed, hashed again at each load, and execute nothing."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import pytest
import skops.io
from sklearn.linear_model import LogisticRegression

from explain import artefacts
from explain.artefacts import DigestMismatch, Missing
from explain.refusals import Untrusted


class Boom:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.mark,))


def model_bytes() -> bytes:
    return bytes(skops.io.dumps(LogisticRegression(C=0.5)))


def test_gives_back_what_was_stored() -> None:
    stored = artefacts.store(model_bytes())

    assert artefacts.load(stored.digest).C == 0.5


def test_the_same_content_is_stored_once() -> None:
    content = model_bytes()

    assert artefacts.store(content) == artefacts.store(content)
    assert len(list(artefacts.path_of(artefacts.store(content).digest).parent.iterdir())) == 1


def test_refuses_a_missing_artefact() -> None:
    with pytest.raises(Missing, match="is missing from the store"):
        artefacts.load("0" * 64)


def test_refuses_a_changed_file() -> None:
    stored = artefacts.store(model_bytes())
    artefacts.path_of(stored.digest).write_bytes(b"other")

    with pytest.raises(DigestMismatch, match="it was changed and is not used"):
        artefacts.load(stored.digest)


def test_a_pickle_is_refused_and_not_executed(tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    stored = artefacts.store(pickle.dumps(Boom(mark)))

    with pytest.raises(Untrusted, match="not a readable skops file"):
        artefacts.load(stored.digest)
    assert not mark.exists()


def test_an_untrusted_type_is_refused() -> None:
    stored = artefacts.store(bytes(skops.io.dumps(Path("/etc/passwd"))))

    with pytest.raises(Untrusted):
        artefacts.load(stored.digest)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip", model_bytes()[:200]])
def test_a_broken_file_is_refused(content: bytes) -> None:
    with pytest.raises(Untrusted):
        artefacts.load(artefacts.store(content).digest)


def test_a_zip_without_a_schema_is_refused() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        packed.writestr("../../escape", "x")

    with pytest.raises(Untrusted):
        artefacts.load(artefacts.store(held.getvalue()).digest)
