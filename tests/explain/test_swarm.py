"""Dots of single decisions: evenly taken, placed by rank, no group told that is too small."""

import numpy as np
import pytest

from explain.swarm import sample, swarm


@pytest.mark.parametrize(
    ("rows", "most", "expected"),
    [(3, 10, [0, 1, 2]), (10, 5, [0, 2, 4, 6, 8]), (7, 3, [0, 2, 4]), (1, 300, [0])],
)
def test_a_sample_is_even_and_never_more_than_there_are(rows, most, expected):
    assert sample(rows, most) == expected


def test_values_stand_in_fifths_by_rank():
    values = [float(at) for at in range(100)]
    found = swarm(values, np.arange(100.0), range(100), numeric=True)
    assert found["fifths"] == [at // 20 for at in range(100)]
    assert found["means"] == [9.5, 29.5, 49.5, 69.5, 89.5]
    assert (found["missing"], found["numeric"]) == (0, True)


def test_equal_values_stand_together_whatever_their_number():
    # Ninety noughts have the mean rank 0.45, ten ones 0.95.
    found = swarm([0] * 90 + [1] * 10, np.zeros(100), range(100), numeric=True)
    assert set(found["fifths"][:90]) == {2}
    assert set(found["fifths"][90:]) == {4}
    assert swarm([7] * 20, np.zeros(20), range(20), numeric=True)["fifths"] == [2] * 20


def test_what_is_missing_or_no_number_has_no_fifth():
    values = [*range(20), None, "unknown"]
    found = swarm(values, np.zeros(22), [0, 20, 21], numeric=True)
    assert found["fifths"] == [0, None, None]
    assert found["gone"] == [False, True, False]
    assert found["missing"] == 1


def test_a_category_has_no_order():
    found = swarm(["a", "b", None], np.array([0.123456, -2.0, 0.0]), [0, 1, 2], numeric=False)
    assert found == {
        "numeric": False,
        "phi": [0.1235, -2.0, 0.0],
        "fifths": [None, None, None],
        "gone": [False, False, True],
        "means": [],
        "missing": 1,
    }


def test_means_of_few_are_not_told_nor_one_that_would_tell_of_them():
    # 44, 44 and 4 rows in the second, fourth and fifth: the four would follow from the total and the others.
    values = [0.0] * 44 + [1.0] * 44 + [2.0] * 4
    found = swarm(values, np.ones(92), [], numeric=True)
    assert found["means"] == [None, None, None, 1.0, None]
