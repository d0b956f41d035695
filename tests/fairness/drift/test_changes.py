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


def test_the_scan_is_scipys_likelihood_ratio_at_every_place() -> None:
    counts = weeks((3, 200, BEFORE), (4, 300, AFTER))
    for at, p in enumerate(scan(counts), start=1):
        table = [counts[:at].sum(axis=0), counts[at:].sum(axis=0)]
        oracle = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
        assert p == pytest.approx(oracle.pvalue, rel=1e-9)


def test_rare_bins_are_counted_together_and_too_little_is_not_judged() -> None:
    counts = np.array([[60.0, 40.0, 3.0, 4.0], [50.0, 50.0, 4.0, 3.0]])
    together = [[60, 40, 7], [50, 50, 7]]
    oracle = stats.chi2_contingency(together, correction=False, lambda_="log-likelihood")
    assert scan(counts)[0] == pytest.approx(oracle.pvalue, rel=1e-9)
    assert scan(np.array([[4.0, 0.0], [0.0, 400.0]]))[0] == 1.0
    assert scan(np.array([[0.0, 0.0], [5.0, 9.0]]))[0] == 1.0
    # Even together too rare: with the rarest of the others.
    beside = stats.chi2_contingency(
        [[60, 42], [50, 51]], lambda_="log-likelihood", correction=False
    )
    assert scan(np.array([[60.0, 40.0, 2.0], [50.0, 50.0, 1.0]]))[0] == pytest.approx(beside.pvalue)


def test_one_change_is_the_likeliest_place_of_all() -> None:
    counts = weeks((5, 400, BEFORE), (6, 400, AFTER))
    (found,) = changes(counts)
    # By brute force: the place at which two distributions explain all decisions best.
    likelihood = [
        sum(stats.multinomial.logpmf(side.sum(axis=0), side.sum(), side.sum(axis=0) / side.sum())
            - stats.multinomial.logpmf(side.sum(axis=0), side.sum(), counts.sum(axis=0) / counts.sum())
            for side in (counts[:at], counts[at:]))
        for at in range(1, len(counts))
    ]  # fmt: skip
    assert found.at == int(np.argmax(likelihood)) + 1 == 5
    assert found.p < ALPHA
    one, two = counts[:5].sum(axis=0), counts[5:].sum(axis=0)
    middle = (one / one.sum() + two / two.sum()) / 2
    entropy = [stats.entropy(side / side.sum(), middle, base=2) for side in (one, two)]
    assert found.size == pytest.approx(np.sqrt(np.mean(entropy)))


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
