"""Means, bins and counts over many explanations, against figures worked out by hand or by numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explain.distributions import SMALL, dependence, frequencies, histogram, importance

PHI = np.array([[1.0, -2.0], [-3.0, 2.0]])


def test_importance_is_the_mean_size_with_its_interval() -> None:
    found = importance(PHI, ["a", "b"])
    reach = 1.959963984540054 * math.sqrt(2) / math.sqrt(2)
    assert found == [
        {"feature": "a", "mean": 2.0, "low": pytest.approx(2 - reach), "high": pytest.approx(2 + reach), "n": 2},
        {"feature": "b", "mean": 2.0, "low": 2.0, "high": 2.0, "n": 2},
    ]  # fmt: skip
    assert importance(PHI[:1], ["a", "b"])[0] == {
        "feature": "b", "mean": 2.0, "low": None, "high": None, "n": 1,
    }  # fmt: skip


def test_few_different_numbers_have_a_bin_each() -> None:
    values = [1] * 12 + [2] * 20 + [None] * 11 + ["text"] * 1
    bins = dependence(values, np.arange(44.0), numeric=True)
    assert [(one["kind"], one.get("from"), one.get("to"), one["n"]) for one in bins] == [
        ("number", 1.0, 1.0, 12),
        ("number", 2.0, 2.0, 20),
        ("missing", None, None, 12),
    ]
    assert bins[0]["mean"] == np.arange(12.0).mean()


def test_many_numbers_go_into_tenths() -> None:
    bins = dependence(list(range(1000)), np.arange(1000.0) * 2, numeric=True)
    assert [one["n"] for one in bins] == [100] * 10
    assert [(one["from"], one["to"]) for one in bins[:2]] == [(0.0, 99.0), (100.0, 199.0)]
    assert bins[9]["mean"] == pytest.approx(2 * np.arange(900, 1000).mean())


def test_classes_by_frequency_and_the_rest_together() -> None:
    values = [f"c{n:02d}" for n in range(25) for _ in range(10 + (n == 3))]
    bins = dependence(values, np.zeros(len(values)), numeric=False)
    assert bins[0]["class"] == "c03"
    assert [one["kind"] for one in bins] == ["class"] * 20 + ["others"]
    assert bins[-1]["n"] == 50


@given(st.lists(st.sampled_from(["a", "b", "c", "d", None]), min_size=1, max_size=80))
def test_nothing_small_is_shown_or_can_be_worked_out(values: list[str | None]) -> None:
    bins = dependence(values, np.zeros(len(values)), numeric=False)
    assert sum(one["n"] for one in bins) == len(values)
    for one in bins:
        if one["kind"] == "hidden":
            assert "mean" not in one
            # Either nothing at all is shown, or what is hidden is a crowd.
            assert one["n"] >= SMALL or len(bins) == 1
        else:
            assert one["n"] >= SMALL


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(["R1", "R2", "R3"]), max_size=3),
            st.sampled_from(["x", "y", "z", None]),
        ),
        max_size=60,
    )
)
def test_groups_add_up_and_small_ones_are_hidden(drawn: list[tuple[list[str], Any]]) -> None:
    found = frequencies([codes for codes, _ in drawn], [{"sex": value} for _, value in drawn])
    assert found["adverse"] == len(drawn)
    for code, n in found["codes"].items():
        assert n == sum(code in codes for codes, _ in drawn)
    groups = found["segments"].get("sex", [])
    assert sum(one["n"] for one in groups) == len(drawn)
    hidden = [one for one in groups if one["group"] is None]
    assert all(one["codes"] == {} for one in hidden)
    assert all(one["n"] >= SMALL for one in groups) or len(groups) == 1


def test_histograms_keep_what_lies_beyond_and_count_what_is_not_there() -> None:
    found = histogram([-1.0, 0.05, 0.5, 2.0, None], 0, 1, 10)
    assert found["counts"] == [2, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    assert (found["n"], found["none"], found["median"]) == (4, 1, pytest.approx(0.275))
    assert histogram([None], 0, 1, 2)["counts"] == [0, 0]
