from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairness.suppression import Shown, shown

SMALL = 3


def possible(table: np.ndarray, seen: Shown) -> np.ndarray:
    """Every table that fits what is shown, by trying all: (tables, rows, columns)."""
    most = int(table.sum()) + SMALL
    hidden = np.argwhere(~seen.cells)
    tries = np.indices((most,) * len(hidden)).reshape(len(hidden), most ** len(hidden)).T + 1
    found = np.repeat(table[None], len(tries), axis=0)
    found[(slice(None), *hidden.T)] = tries
    for axes, visible in seen.sums.items():
        others = tuple(axis for axis in range(2) if axis not in axes)
        wrong = found.sum(axis=tuple(one + 1 for one in others)) != table.sum(axis=others)
        found = found[~(wrong & visible).reshape(len(found), -1).any(axis=1)]
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_nothing_small_can_be_told_by_trying_every_table(numbers: list) -> None:
    table = np.array(numbers).reshape(2, 2)
    seen = shown(table, small=SMALL)
    small = (table > 0) & (table < SMALL)
    assert not seen.cells[small].any()
    assert seen.cells[table == 0].all()
    tables = possible(table, seen)
    for at in np.argwhere(small):
        values = tables[(slice(None), *at)]
        assert values.max() - values.min() >= SMALL - 1
    for axis in (0, 1):
        sums = table.sum(axis=1 - axis)
        assert not seen.sums[(axis,)][(sums > 0) & (sums < SMALL)].any()


def test_one_small_cell_takes_others_with_it() -> None:
    table = np.array([[4, 50, 60], [70, 80, 90]])
    seen = shown(table)
    assert seen.cells.tolist() == [[False, False, True], [False, False, True]]
    assert all(visible.all() for visible in seen.sums.values())


def test_a_table_without_small_cells_is_shown_whole() -> None:
    seen = shown(np.full((3, 4), 10))
    assert seen.cells.all() and all(visible.all() for visible in seen.sums.values())
    assert set(seen.sums) == {(), (0,), (1,)}


def test_a_row_that_is_small_itself_hides_its_sum() -> None:
    table = np.array([[2, 3, 0], [70, 80, 90], [60, 50, 40]])
    seen = shown(table)
    assert not seen.sums[(0,)][0] and seen.cells[0, 2]
    assert not seen.sums[()] or seen.sums[(0,)].sum() <= 1


def test_sums_not_shown_need_no_protection() -> None:
    table = np.array([4, 50, 60])
    assert shown(table, sums=[]).cells.tolist() == [False, True, True]
    assert shown(table).cells.tolist() == [False, False, True]


def test_three_attributes() -> None:
    table = np.random.default_rng(0).integers(5, 40, (3, 3, 2))
    seen = shown(table)
    assert not seen.cells[table < 10].any()
    for at in np.argwhere(table < 10):
        line = seen.cells[at[0], :, at[2]]
        assert not seen.sums[(0, 2)][at[0], at[2]] or (~line).sum() >= 2


def test_counts_below_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        shown([-1, 4])
