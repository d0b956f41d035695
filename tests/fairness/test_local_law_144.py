"""The rule's own examples: New York City, DCWP, Notice of Adoption of Final Rule, 6 RCNY 5-301."""

from __future__ import annotations

import numpy as np
import pytest

from fairness.counts import UNKNOWN, of_cells, of_rows
from fairness.local_law_144 import Comparison, compare, scoring_audit, selection_audit

RACES = (
    "Hispanic or Latino",
    "White",
    "Black",
    "Pacific Islander",
    "Asian",
    "Native American",
    "Two",
)
# 5-301(b): applicants, selected, the impact ratio as printed.
SEX = [(1390, 667, "1.00"), (1181, 555, "0.979")]
RACE = [
    (408, 204, "0.97"),
    (797, 412, "1.00"),
    (390, 170, "0.84"),
    (119, 52, "0.85"),
    (616, 302, "0.95"),
    (41, 18, "0.85"),
    (213, 96, "0.87"),
]
MEN = [
    (205, 90, "0.841"),
    (412, 215, "1.000"),
    (226, 95, "0.806"),
    (87, 37, "0.815"),
    (321, 167, "0.997"),
    (24, 11, "0.878"),
    (115, 52, "0.866"),
]
WOMEN = [
    (190, 82, "0.827"),
    (385, 197, "0.981"),
    (164, 75, "0.876"),
    (32, 15, "0.898"),
    (295, 135, "0.877"),
    (17, 7, "0.789"),
    (98, 44, "0.860"),
]
# 5-301(c): applicants, scoring rate in per cent and impact ratio as printed.
SCORED_MEN = [
    (16, 75, "1.00"),
    (20, 35, "0.47"),
    (20, 50, "0.67"),
    (4, 75, "1.00"),
    (12, 58.3, "0.78"),
]
SCORED_MEN += [(8, 62.5, "0.83"), (12, 50, "0.67")]
SCORED_WOMEN = [
    (12, 50, "0.67"),
    (20, 40, "0.53"),
    (12, 50, "0.67"),
    (4, 50, "0.67"),
    (12, 25, "0.33"),
]
SCORED_WOMEN += [(8, 62.5, "0.83"), (8, 50, "0.67")]
SCORED_SEX = [(92, 54.3, "1.00"), (76, 44.7, "0.82")]
SCORED_RACE = [(28, 64.2, "1.00"), (40, 37.5, "0.58"), (32, 50, "0.78"), (8, 62.5, "0.97")]
SCORED_RACE += [(24, 41.7, "0.65"), (16, 62.5, "0.97"), (20, 50, "0.78")]


def printed(comparison: Comparison, rows: list) -> list[str]:
    return [
        f"{category.ratio:.{len(row[-1]) - 2}f}"
        for category, row in zip(comparison.categories, rows, strict=True)
    ]


@pytest.mark.parametrize("rows", [SEX, RACE, MEN + WOMEN], ids=["sex", "race", "intersections"])
def test_the_rule_s_selection_example(rows: list) -> None:
    found = compare(
        [(str(at),) for at in range(len(rows))], *zip(*(row[:2] for row in rows), strict=True)
    )
    assert printed(found, rows) == [row[2] for row in rows]


def test_the_selection_example_from_cells_with_its_250_unknown() -> None:
    sexes = ["male"] * 7 + ["female"] * 7
    rows = MEN + WOMEN
    cells = [(sex, race, 1, row[1]) for sex, race, row in zip(sexes, RACES * 2, rows, strict=True)]
    cells += [
        (sex, race, 0, row[0] - row[1])
        for sex, race, row in zip(sexes, RACES * 2, rows, strict=True)
    ]
    cells += [(UNKNOWN, "White", 1, 100), ("male", UNKNOWN, 0, 90), (UNKNOWN, UNKNOWN, 1, 60)]
    sex, race, selected, number = zip(*cells, strict=True)
    found = selection_audit(of_cells({"sex": sex, "race": race}, selected, selected, number))
    assert found.unknown == 250 and found.median is None
    assert [(one.name, one.number, one.favoured) for one in found.sex.categories] == [
        (("female",), 1181, 555),
        (("male",), 1390, 667),
    ]
    ratios = {one.name: one.ratio for one in found.intersections.categories}
    for name, row in zip(zip(sexes, RACES * 2, strict=True), rows, strict=True):
        assert f"{ratios[name]:.3f}" == row[2]
    assert found.intersections.reference == ("male", "White")


def test_the_rule_s_scoring_example_from_scores() -> None:
    """84 of its 168 people score above the median; 15 unknown ones, one of them at it."""
    sex, race, scores = [], [], []
    for name, rows in (("female", SCORED_WOMEN), ("male", SCORED_MEN)):
        for category, (number, rate, _) in zip(RACES, rows, strict=True):
            above = round(number * rate / 100)
            sex += [name] * number
            race += [category] * number
            scores += [0.9] * above + [0.1] * (number - above)
    sex += [UNKNOWN] * 15
    race += ["White"] * 15
    scores += [0.9] * 7 + [0.1] * 7 + [0.5]
    found = scoring_audit(scores, sex, race)
    assert found.unknown == 15 and found.median == 0.5
    order = [sorted(RACES).index(one) for one in RACES]
    for comparison, rows in (
        (found.sex, SCORED_SEX[::-1]),
        (found.race, SCORED_RACE),
        (found.intersections, SCORED_WOMEN + SCORED_MEN),
    ):
        categories = comparison.categories
        if len(rows) > 2:
            at = [block + one for block in range(0, len(rows), 7) for one in order]
            categories = tuple(categories[one] for one in at)
        assert [one.number for one in categories] == [row[0] for row in rows]
        assert printed(Comparison(categories, None), rows) == [row[2] for row in rows]
        # The rule prints 18 / 28 = 64.29 % as 64.2 %: cut, not rounded.
        for one, row in zip(categories, rows, strict=True):
            assert abs(100 * one.rate - row[1]) < 0.1


def test_small_categories_are_listed_and_never_the_reference() -> None:
    found = compare([("a",), ("b",), ("rare",)], [600, 390, 10], [300, 150, 9])
    assert found.reference == ("a",)
    assert [one.small for one in found.categories] == [False, False, True]
    assert found.categories[2].ratio == pytest.approx(1.8)
    at_2 = compare([("a",), ("b",)], [980, 20], [100, 20])
    assert at_2.reference == ("b",) and not at_2.categories[1].small


def test_the_median_itself_is_not_above_it() -> None:
    found = scoring_audit([1.0, 2, 2, 3], ["m", "m", "f", "f"], ["x"] * 4)
    assert [one.favoured for one in found.sex.categories] == [1, 0]


def test_nobody_favoured_has_no_ratio() -> None:
    found = compare([("a",), ("b",)], [10, 10], [0, 0])
    assert np.isnan([one.ratio for one in found.categories]).all()
    nobody = selection_audit(of_rows({"sex": [UNKNOWN], "race": ["x"]}, [1], [1]))
    assert nobody.sex.categories == () and nobody.sex.reference is None and nobody.unknown == 1


def test_what_is_no_audit_is_refused() -> None:
    with pytest.raises(ValueError, match="probabilities"):
        selection_audit(of_rows({"sex": ["a"], "race": ["b"]}, [1], [1], weights=[0.5]))
    with pytest.raises(ValueError, match="score of everybody"):
        scoring_audit([np.nan], ["a"], ["b"])
    with pytest.raises(ValueError, match="no more favoured"):
        compare([("a",)], [1], [2])
