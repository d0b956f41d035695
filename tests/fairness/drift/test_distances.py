from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fairness.drift.distances import (
    chi_square,
    jensen_shannon,
    kolmogorov_smirnov,
    psi,
    wasserstein,
)


def test_psi_of_two_declared_bins() -> None:
    found = psi(np.array([80.0, 20.0]), np.array([60.0, 40.0]))
    assert found.value == pytest.approx(0.2 * np.log(8 / 6) + 0.2 * np.log(2))
    assert found.expected == pytest.approx(0.02)
    assert found.critical == pytest.approx(3.841459 * 0.02, rel=1e-6)


def test_psi_exceeds_its_critical_value_as_often_as_stated_without_drift() -> None:
    random = np.random.default_rng(1)
    pairs = random.multinomial(800, [0.1] * 10, 3000), random.multinomial(500, [0.1] * 10, 3000)
    found = [psi(*pair) for pair in zip(*(one.astype(float) for one in pairs), strict=True)]
    assert np.mean([one.value > one.critical for one in found]) == pytest.approx(0.05, abs=0.015)
    assert np.mean([one.value for one in found]) == pytest.approx(found[0].expected, rel=0.05)


def test_an_empty_bin_counts_half_a_value() -> None:
    found = psi(np.array([50.0, 50.0, 0.0]), np.array([50.0, 0.0, 0.0]))
    assert found.value == pytest.approx(0.5 * np.log(2) + (0.5 - 0.01) * np.log(50))


def test_chi_square_and_js_are_scipy_s() -> None:
    one, two = np.array([30.0, 50, 0, 20]), np.array([10.0, 40, 0, 60])
    expected = stats.chi2_contingency([one[[0, 1, 3]], two[[0, 1, 3]]], correction=False)
    assert chi_square(one, two).p == pytest.approx(expected.pvalue)
    half = (one / 100 + two / 110) / 2
    bits = sum(stats.entropy(share, half, base=2) for share in (one / 100, two / 110)) / 2
    assert jensen_shannon(one, two).value == pytest.approx(np.sqrt(bits))
    assert jensen_shannon(one, one).value == 0


def test_what_js_is_without_drift_is_about_as_stated() -> None:
    random = np.random.default_rng(2)
    apart = [
        jensen_shannon(*random.multinomial([4000, 3000], [0.01] * 100).astype(float))
        for _ in range(200)
    ]
    assert np.mean([one.value for one in apart]) == pytest.approx(apart[0].expected, rel=0.05)


def test_nothing_is_not_compared() -> None:
    some, none = np.array([1.0, 2.0]), np.zeros(2)
    for one, two in ((some, none), (none, some)):
        assert np.isnan(psi(one, two).value) and np.isnan(chi_square(one, two).p)
        assert np.isnan(kolmogorov_smirnov(one, two).p) and np.isnan(jensen_shannon(one, two).value)
        assert np.isnan(wasserstein(one, two, some, some, some).value)
    assert psi(np.array([5.0]), np.array([7.0])).critical == 0
    assert np.isnan(chi_square(np.array([5.0]), np.array([7.0])).p)
