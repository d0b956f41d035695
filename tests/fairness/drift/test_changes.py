"""Change points against a brute-force oracle, and how often they are seen where there is none."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from fairness.drift.changes import ALPHA, changes, scan

DRAWN = np.random.default_rng(20)
BEFORE, AFTER = np.array([0.3, 0.3, 0.2, 0.2]), np.array([0.2, 0.2, 0.2, 0.4])


def weeks(*parts: tuple[int, int, np.ndarray]) -> np.ndarray:
    """So many weeks of so many decisions each, by each distribution in turn."""
    drawn = [DRAWN.multinomial(many, share, size=long) for long, many, share in parts]
    return np.concatenate(drawn).astype(float)


def ratio(one: list[float], two: list[float]) -> float:
    found = stats.chi2_contingency([one, two], correction=False, lambda_="log-likelihood")
    return float(found.pvalue)


def test_the_scan_is_scipys_likelihood_ratio_of_every_run() -> None:
    counts = weeks((3, 200, BEFORE), (4, 300, AFTER))
    runs, p = scan(counts)
    assert len(runs) == 7 * 6 / 2
    for (first, last), found in zip(runs, p, strict=True):
        inside = counts[first:last].sum(axis=0)
        assert found == pytest.approx(ratio(inside, counts.sum(axis=0) - inside), rel=1e-9)


def alone(*counts: list[float]) -> float:
    return float(scan(np.array(counts))[1][0])


def test_rare_bins_are_counted_together_and_too_little_is_not_judged() -> None:
    found = alone([60, 40, 3, 4], [50, 50, 4, 3])
    assert found == pytest.approx(ratio([60, 40, 7], [50, 50, 7]), rel=1e-9)
    # Even together too rare: with the rarest of the others.
    assert alone([60, 40, 2], [50, 50, 1]) == pytest.approx(ratio([60, 42], [50, 51]))
    assert alone([4, 0], [0, 400]) == alone([0, 0], [5, 9]) == alone([0, 0], [0, 0]) == 1.0


def test_one_change_is_the_likeliest_of_all() -> None:
    counts = weeks((5, 400, BEFORE), (6, 400, AFTER))
    (found,) = changes(counts)

    def said(part: np.ndarray) -> float:
        total = part.sum(axis=0)
        return float((total * np.log(total / total.sum())).sum())

    # By brute force: the place at which two distributions explain all decisions best.
    best = max(range(1, 11), key=lambda at: said(counts[:at]) + said(counts[at:]))
    assert found.at == best == 5
    assert found.p < ALPHA
    one, two = counts[:5].sum(axis=0), counts[5:].sum(axis=0)
    middle = (one / one.sum() + two / two.sum()) / 2
    entropy = [stats.entropy(side / side.sum(), middle, base=2) for side in (one, two)]
    assert found.size == pytest.approx(np.sqrt(np.mean(entropy)))


def test_what_comes_and_goes_is_seen_where_each_half_alone_looks_like_the_other() -> None:
    counts = weeks((4, 150, BEFORE), (3, 150, AFTER), (5, 400, BEFORE))
    assert [one.at for one in changes(counts)] == [4, 7]


def test_several_changes_are_all_found_and_each_is_sized_by_its_neighbours() -> None:
    counts = weeks((4, 500, BEFORE), (4, 500, AFTER), (4, 500, BEFORE))
    found = changes(counts)
    assert [one.at for one in found] == [4, 8]
    ends = [0, 4, 8, 12]
    for one, (start, at) in zip(found, pairwise(ends), strict=False):
        assert one.at == at and start < at
        assert 0.1 < one.size < 0.3


def test_a_false_change_is_as_rare_as_stated() -> None:
    sequences, alpha = 1500, 0.05
    shares = DRAWN.dirichlet(np.full(12, 0.6), size=sequences)
    sizes = DRAWN.integers(5, 400, size=(sequences, 12))
    false = sum(
        bool(changes(DRAWN.multinomial(size, share).astype(float), alpha=alpha))
        for size, share in zip(sizes, shares, strict=True)
    )
    # Twelve weeks of very different size, twelve bins many of which are rare. Above this once in 1,000.
    assert false <= stats.binom.ppf(0.999, sequences, alpha)


def test_looking_at_more_sequences_asks_more_of_each() -> None:
    counts = weeks((3, 120, BEFORE), (3, 120, AFTER))
    (one,) = changes(counts)
    (many,) = changes(counts, sequences=20)
    assert many.p == pytest.approx(20 * one.p)
    assert changes(counts, sequences=10**9) == ()


@pytest.mark.parametrize("bad", [np.zeros(3), np.array([[-1.0, 2.0]])])
def test_what_makes_no_sense_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="windows, bins"):
        changes(bad)
    with pytest.raises(ValueError, match="alpha"):
        changes(np.ones((2, 2)), alpha=1.5)
    assert changes(np.ones((1, 2))) == ()
