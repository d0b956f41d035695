"""MLflow model directories: the flavour is read, the code is not."""

from __future__ import annotations

import io
import pickle
import tarfile
import zipfile

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from explain.formats import registry
from explain.formats.rules import Rules
from explain.refusals import Malformed, NotAllowed, Untrusted
from tests.explain.formats.made import RULES, made, skopsed

MLMODEL = """
artifact_path: model
flavors:
  python_function:
    loader_module: mlflow.{flavour}
    env: {{conda: conda.yaml}}
  {flavour}:
    {entry}: {file}
mlflow_version: 3.1.0
"""


def directory(
    flavour: str, file: str, content: bytes, *, entry: str = "data", folder: str = ""
) -> dict[str, bytes]:
    said = MLMODEL.format(flavour=flavour, file=file, entry=entry).encode()
    return {folder + "MLmodel": said, folder + file: content, folder + "conda.yaml": b"name: x"}


def zipped(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return held.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as packed:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
    return held.getvalue()


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize(
    ("family", "file"),
    [
        ("xgboost", "model.ubj"),
        ("lightgbm", "model.lgb"),
        ("catboost", "model.cb"),
        ("onnx", "model.onnx"),
    ],
)
def test_each_flavour_is_read_by_its_own_format(family: str, file: str, pack: type) -> None:
    one = made(family, "wine")
    model = registry.load(
        "mlflow", pack(directory(family, file, one.content, folder="model/")), RULES
    )
    np.testing.assert_allclose(model.predict_proba(one.rows), one.said, rtol=0, atol=2e-6)


def test_scikit_learn_is_read_where_it_was_logged_with_skops() -> None:
    rows = made("onnx", "wine").rows
    fitted = LogisticRegression(max_iter=50).fit(rows, made("onnx", "wine").model.predict(rows))
    files = directory("sklearn", "model.skops", skopsed(fitted), entry="pickled_model")
    model = registry.load("mlflow", zipped(files), Rules())
    np.testing.assert_array_equal(model.predict_proba(rows), fitted.predict_proba(rows))


def test_a_pickle_inside_needs_an_administrator() -> None:
    files = directory(
        "sklearn", "model.pkl", pickle.dumps(LogisticRegression()), entry="pickled_model"
    )
    with pytest.raises(NotAllowed, match="holds a pickle"):
        registry.check("mlflow", zipped(files), Rules())


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (b"flavors: !!python/object/apply:os.system ['true']", "not plain YAML"),
        (b"a: &a [1]\nflavors: *a", "uses aliases"),
        (b"flavors: [xgboost]", "a mapping should stand here"),
        (b"flavors: {python_function: {}}", "flavours python_function; understood are"),
        (b"flavors: {xgboost: {data: ../../etc/passwd}}", "is missing"),
        (b"flavors: {xgboost: {data: absent.ubj}}", "'absent.ubj' is missing"),
        (b"- a\n- b", "a mapping should stand here"),
        (b"\xff\xfe\x00", "not plain YAML"),
    ],
)
def test_a_description_that_is_none_is_refused(said: bytes, sentence: str) -> None:
    with pytest.raises(Untrusted, match=sentence):
        registry.check("mlflow", zipped({"MLmodel": said}), RULES)


def test_an_archive_without_a_description_is_refused() -> None:
    with pytest.raises(Malformed, match="one file 'MLmodel'"):
        registry.check("mlflow", zipped({"model.ubj": b"{}"}), RULES)
