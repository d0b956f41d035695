from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairness.counts import ABSENT, Counts, of_cells, of_rows
from tests.fairness.cases import generated, real

ROW = st.tuples(
    st.sampled_from("ab"),
    st.sampled_from(["x", "y", "z"]),
    st.integers(0, 1),
    st.integers(-1, 1),
    st.integers(-1, 4),
    st.one_of(st.just(float("nan")), st.integers(0, 8).map(lambda one: one / 8)),
)
ROWS = st.lists(ROW, min_size=1, max_size=40)


def table(rows: list[tuple[str, str, int, int, int, float]]) -> Counts:
    one, two, predicted, actual, bins, scores = (list(column) for column in zip(*rows, strict=True))
    return of_rows({"one": one, "two": two}, predicted, actual, scores=scores, bins=bins)


def told(counts: Counts) -> dict[tuple[object, ...], tuple[float, ...]]:
    """What a table says, whatever the order of its cells and levels."""
    named = [np.array(one)[counts.codes[:, at]] for at, one in enumerate(counts.levels)]
    names = zip(*named, strict=True)
    keys = zip(
        names if counts.attributes else [()] * len(counts),
        counts.predicted.tolist(),
        counts.actual.tolist(),
        counts.bin.tolist(),
        strict=True,
    )
    columns = (counts.weight, counts.squares, counts.scored, counts.score, counts.score_squares)
    sums = zip(*columns, strict=True)
    return dict(zip(keys, [tuple(map(float, one)) for one in sums], strict=True))


@settings(max_examples=60, deadline=None)
@given(ROWS, st.randoms())
def test_cells_do_not_depend_on_the_order_of_decisions(rows: list, random: object) -> None:
    before = told(table(rows))
    random.shuffle(rows)  # type: ignore[attr-defined]
    assert told(table(rows)) == before
    assert sum(one[0] for one in before.values()) == len(rows)


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS)
def test_two_tables_added_are_the_table_of_both(one: list, two: list) -> None:
    assert told(table(one) + table(two)) == told(table(one + two))


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_totals_are_the_table_of_fewer_attributes(rows: list) -> None:
    fewer = of_rows(
        {"two": [row[1] for row in rows]},
        [row[2] for row in rows],
        [row[3] for row in rows],
        scores=[row[5] for row in rows],
        bins=[row[4] for row in rows],
    )
    assert told(table(rows).total("two", bins=True)) == told(fewer)
    assert table(rows).total().weight.sum() == len(rows)


def test_slices_equal_a_table_of_the_chosen_rows() -> None:
    german = real("german")
    which = (german.segments["sex"] == "female") & np.isin(
        german.segments["age"], ["from 25", "from 0"]
    )
    sliced = german.counts.where(sex="female", age=["from 25", "from 0"])
    assert told(sliced) == told(german.part(which).counts)
    assert len(german.counts.where(sex="nobody")) == 0
    with pytest.raises(KeyError):
        german.counts.where(shoe="44")


def test_cells_agree_with_pandas() -> None:
    made = generated(5000)
    frame = made.frame.assign(predicted=made.predicted, actual=made.actual)
    expected = frame.groupby([*made.segments, "predicted", "actual"]).size()
    counts = made.counts
    assert counts.weight.tolist() == expected.tolist()
    assert counts.whole
    groups = counts.groups("s0", "s1")
    assert groups.names == tuple(
        pd.MultiIndex.from_product([sorted(set(one)) for one in made.segments.values()])
    )
    by = frame.groupby(["s0", "s1"]).size()
    assert groups.sum(counts.weight).tolist() == [by.get(name, 0) for name in groups.names]


def test_probabilities_keep_their_squares() -> None:
    counts = of_rows({"a": ["x", "x", "y"]}, [1, 1, 0], [0, 0, ABSENT], weights=[0.25, 0.5, 1.0])
    assert counts.weight.tolist() == [0.75, 1.0] and counts.squares.tolist() == [0.3125, 1.0]
    assert not counts.whole and counts.known.weight.tolist() == [0.75]


def test_cells_of_a_database_are_added_up() -> None:
    counts = of_cells(
        {"a": ["x", "x", "y"]}, [1, 1, 0], [0, 0, 1], [3, 4, 5], score=[1.0, 2.0, 0.5]
    )
    assert counts.weight.tolist() == [7, 5] and counts.score.tolist() == [3.0, 0.5]
    assert counts.squares.tolist() == [7, 5] and counts.scored.tolist() == [0, 0]
    with pytest.raises(TypeError):
        of_cells({}, [1], [1], [1], scores=[1.0])


@pytest.mark.parametrize(
    ("predicted", "actual", "weight"), [(2, 0, 1), (1, 2, 1), (1, 1, -1), (1, 1, np.nan)]
)
def test_what_is_no_count_is_refused(predicted: int, actual: int, weight: float) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each says which column
        of_cells({}, [predicted], [actual], [weight])


def test_nobody_writes_to_a_table() -> None:
    counts = generated(50).counts
    with pytest.raises(ValueError):  # noqa: PT011 - numpy's words
        counts.weight[0] = 5


def test_labels_of_many_levels_are_still_told_apart() -> None:
    """Levels whose combinations are more than a 64-bit number can name."""
    many = [str(at) for at in range(3000)]
    counts = of_rows({f"a{at}": many for at in range(6)}, [1] * 3000, [0] * 3000)
    assert len(counts) == 3000 and counts.weight.tolist() == [1.0] * 3000
