"""Values as a reader knows them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explain.catalogue import Catalogue
from explain.wording import absent, code, number, word

CATALOGUE = Catalogue((), classes={"job": {"1": {"de": "ungelernt"}, "true": {"en": "employed"}}})


@pytest.mark.parametrize(
    ("value", "language", "told"),
    [
        (2026, "en", "2026"),
        (12500, "en", "12,500"),
        (12500, "de", "12.500"),
        (12500.5, "de", "12500,5"),
        (0.1 + 0.2, "en", "0.3"),
        (-3.0, "fr", "-3"),
        (float("inf"), "en", "inf"),
        (1e20, "en", "1e+20"),
    ],
)
def test_numbers(value: float, language: str, told: str) -> None:
    assert number(value, language) == told


@pytest.mark.parametrize(
    ("value", "language", "told"),
    [
        (1, "de", "ungelernt"),
        (1.0, "de-CH", "ungelernt"),
        (1, "en", "1"),  # no English word, and a German one is not what was asked for
        (True, "fr", "employed"),
        (False, "de", "nein"),
        ("A12", "en", "A12"),
    ],
)
def test_classes(value: Any, language: str, told: str) -> None:
    assert word(value, "job", language, CATALOGUE) == told


@given(st.integers(-(2**53), 2**53))
def test_a_whole_number_is_one_class_however_it_is_written(value: int) -> None:
    assert code(value) == code(float(value)) == str(value)


@pytest.mark.parametrize(
    ("value", "gone"), [(None, True), (float("nan"), True), ("", True), (0, False), (False, False)]
)
def test_what_is_missing(value: Any, gone: bool) -> None:
    assert absent(value) is gone
