from __future__ import annotations

import numpy as np

from explain.lime_batch.bins import UNSEEN, category_bins, quartile_bins


def test_numbers_fall_into_quartiles_and_missing_ones_into_their_own_bin() -> None:
    bins = quartile_bins("age", np.array([np.nan, 1.0, 2.0, 3.0, 4.0, 5.0]))
    assert bins.edges.tolist() == [2.0, 3.0, 4.0]
    assert bins.codes([0.0, 2.0, 2.5, 4.0, 4.1, np.nan]).tolist() == [0, 0, 1, 2, 3, 4]
    words = [bins.describe(code) for code in range(5)]
    assert words == ["age ≤ 2", "2 < age ≤ 3", "3 < age ≤ 4", "age > 4", "age missing"]


def test_equal_quartiles_count_once() -> None:
    assert quartile_bins("n", np.array([1.0, 1.0, 1.0, 2.0])).edges.tolist() == [1.0, 1.25]
    assert quartile_bins("n", np.full(4, 7.0)).edges.tolist() == [7.0]
    assert quartile_bins("n", np.full(4, np.nan)).codes([np.nan, 1.0]).tolist() == [2, 1]


def test_categories_are_sorted_and_unseen_ones_have_no_bin() -> None:
    bins = category_bins("job", np.array(["cook", np.nan, "baker", "cook"], dtype=object))
    assert bins.categories == ("baker", "cook")
    codes = bins.codes(np.array(["cook", "pilot", np.nan, "baker"], dtype=object))
    assert codes.tolist() == [1, UNSEEN, 2, 0]
    assert [bins.describe(code) for code in (0, 2)] == ["job = baker", "job missing"]
    assert bins.describe(UNSEEN) == "job: a value that training never saw"


def test_numbers_may_be_categories() -> None:
    bins = category_bins("rooms", np.array([10.0, 2.0, 10.0]))
    assert bins.categories == (2.0, 10.0)
    assert bins.codes(np.array([10.0, 3.0, np.nan])).tolist() == [1, UNSEEN, 2]
