"""Every family, from its file to what the library's own model says, on real data."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from explain.formats import registry
from explain.formats.rules import Rules
from explain.refusals import NotAllowed, TooLarge, Untrusted
from tests.explain.formats.made import DATA, FAMILIES, RULES, Made, loaded, made

CLOSE = {"xgboost": 2e-6, "lightgbm": 1e-12, "catboost": 1e-12, "onnx": 2e-6}


def load(one: Made, name: str = "wine") -> Any:
    """The whole way, with the process that tries each file, for one set of data of each family."""
    if name == "wine":
        return registry.load(one.kind, one.content, RULES)
    return loaded(one.kind, one.content)


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_loaded_model_says_what_its_library_says(family: str, name: str) -> None:
    one = made(family, name)
    model = load(one, name)
    told = model.predict_proba(one.rows) if one.classes else model.predict(one.rows)
    assert told.dtype == np.float64
    np.testing.assert_allclose(told, one.said, rtol=CLOSE[family], atol=CLOSE[family])
    assert model.family == family
    assert hasattr(model, "classes_") == one.classes
    if one.classes:
        np.testing.assert_array_equal(
            model.predict(one.rows), np.asarray(one.model.predict(one.rows)).reshape(-1)
        )


@pytest.mark.parametrize("name", ["german", "wine", "diabetes"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_is_answered_alike_in_any_company(family: str, name: str) -> None:
    one = made(family, name)
    model = load(one, name)
    ask = model.predict_proba if one.classes else model.predict
    together = ask(one.rows[:70])
    alone = np.concatenate([ask(one.rows[at : at + 1]) for at in range(70)])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(together[30:47], ask(one.rows[30:47]))


@pytest.mark.parametrize("family", FAMILIES)
def test_another_number_of_columns_is_refused(family: str) -> None:
    one = made(family, "wine")
    with pytest.raises(ValueError, match="The model takes 13 columns, not 12"):
        load(one).predict(one.rows.iloc[:, :12])


def test_columns_are_named_where_the_file_names_them() -> None:
    for family in ("xgboost", "lightgbm", "catboost"):
        one = made(family, "wine")
        assert list(load(one).feature_names_in_) == list(one.rows.columns)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(Untrusted, match="no kind of artefact 'keras'; known are skops, xgboost"):
        registry.check("keras", b"x", RULES)


def test_a_file_too_large_is_refused() -> None:
    with pytest.raises(TooLarge, match="more than the 5 allowed"):
        registry.check("skops", b"123456", Rules(most_bytes=5))


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(Untrusted, match="empty"):
        registry.check("xgboost", b"", RULES)


def test_a_pickle_needs_an_administrator() -> None:
    with pytest.raises(NotAllowed, match="an administrator has not allowed them"):
        registry.load("pickle", b"\x80\x04N.", Rules())


@pytest.mark.parametrize("kind", registry.KINDS)
def test_looking_through_a_file_loads_no_library(kind: str) -> None:
    """The web process looks; it must not bring what only workers need."""
    heavy = (
        "numpy",
        "pandas",
        "sklearn",
        "xgboost",
        "lightgbm",
        "catboost",
        "onnxruntime",
        "skops",
        "scipy",
        "shap",
    )
    code = (
        "import sys\nfrom explain.formats import registry\nfrom explain.formats.rules import Rules\n"
        "from explain.refusals import Refused\n"
        f"try: registry.check({kind!r}, b'abc', Rules(pickle=True))\nexcept Refused: pass\n"
        f"print(sorted(set({heavy!r}) & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
