"""Bets against two groups having (nearly) one rate: what each pays on the counts of a time step.

A bet is a likelihood ratio of two rates that differ against the nearest two rates of the null. Its
expectation is at most 1 under every member of the null, whatever the common rate of that step is:
it is an e-variable (Turner, Ly and Grünwald 2024, J. Stat. Plan. Inference 230; Turner and Grünwald
2023, Statistics and Probability Letters 198, for nulls that are convex).

Why, for counts: let g = (θ* - θ°) / (θ°(1 - θ°)) in each group, and u = (θ - θ°) g what is gained on
a decision whose true rate is θ. The expectation of the bet is (1 + u_a)^n_a (1 + u_b)^n_b, by the
inequality of means at most (1 + (n_a u_a + n_b u_b) / n)^n; and n_a u_a + n_b u_b <= 0 on a convex
null, as θ° is the nearest to θ* there in Kullback and Leibler's divergence of the n decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from fairness.counts import Floats

# By how much, in log odds, the bets take the groups to differ beyond the null: from a difference that
# only tens of thousands of decisions show, to one that dozens do. Each also the other way round.
EFFECTS: Final = np.array([0.05, 0.1, 0.2, 0.4, 0.8, 1.6])
BETS: Final = 2 * len(EFFECTS)
# Rates are bet to lie at least so far from 0 and 1.
_EDGE: Final = 1e-6


@dataclass(frozen=True)
class Step:
    """The counts of one time step, whole numbers, (...) each.

    trials, hits: of the group watched; other_trials, other_hits: of those it is compared with (a
    reference group, or all others).
    Raises ValueError for counts that are none: bets are void on probabilities.
    """

    hits: Floats
    trials: Floats
    other_hits: Floats
    other_trials: Floats

    @classmethod
    def of(
        cls, hits: ArrayLike, trials: ArrayLike, other_hits: ArrayLike, other_trials: ArrayLike
    ) -> Step:
        given = [np.asarray(one, dtype=float) for one in (hits, trials, other_hits, other_trials)]
        for some, of_them in (given[:2], given[2:]):
            if (some < 0).any() or (some > of_them).any():
                raise ValueError("hits lie between 0 and the trials")
        if any((one != np.round(one)).any() for one in given):
            raise ValueError("counts are whole numbers")
        return cls(*given)


def payoffs(step: Step, rate: Floats, least_ratio: float) -> Floats:
    """The logarithm of what each bet pays, (..., BETS): first those on the group being lower.

    rate: the common rate the bets are built around, (...), known before the step; a bad one costs
          power, never validity. least_ratio: the null says that neither group's rate is below this
          share of the other's: 1 for equal rates, 0.8 for four fifths.
    """
    x, n, y, m = (
        one[..., None] for one in (step.hits, step.trials, step.other_hits, step.other_trials)
    )
    around = np.asarray(rate)[..., None]
    lower = _paid(x, n, y, m, around, least_ratio)
    higher = _paid(y, m, x, n, around, least_ratio)
    return np.concatenate([lower, higher], axis=-1)


def below(hits: Floats, trials: Floats, floor: float) -> Floats:
    """The logarithm of what bets on a rate below ``floor`` pay, (..., BETS); those the other way pay nothing.

    Each is the likelihood ratio of a lower rate against the floor itself. Its expectation is 1 at the
    floor and falls as the true rate rises, so that it is an e-variable whatever the rate is above.
    """
    x, n = hits[..., None], trials[..., None]
    paid = _likelihood(x, n, _shifted(np.asarray(floor), -EFFECTS), np.asarray(floor))
    return np.concatenate([paid, np.zeros_like(paid)], axis=-1)


def _paid(x: Floats, n: Floats, y: Floats, m: Floats, rate: Floats, ratio: float) -> Floats:
    """Of bets that the first group's rate is below ``ratio`` times the second's, (..., effects)."""
    some = n + m > 0
    share = np.where(some, n / np.where(some, n + m, 1), 0.5)
    # On the null's edge around the common rate, and from there apart.
    upper = rate / (share * ratio + 1 - share)
    one = _shifted(ratio * np.minimum(upper, 1.0), -(1 - share) * EFFECTS)
    two = _shifted(upper, share * EFFECTS)
    # It lies between the two, and these inside the rim, but for rounding.
    null = np.clip(_nearest(n, one, m, two, ratio), _EDGE, 1 - _EDGE)
    paid = _likelihood(x, n, one, ratio * null) + _likelihood(y, m, two, null)
    # At the rim, where rates can go no further, there may be nothing to bet on beyond the null.
    return np.asarray(np.where(some & (one < ratio * two), paid, 0.0))


def _nearest(n: Floats, one: Floats, m: Floats, two: Floats, ratio: float) -> Floats:
    """The second rate of the null's pair (ratio × rate, rate) that is nearest to (one, two).

    A root of the divergence's derivative, a x² - b x + c = 0; of equal rates simply their mean, for
    which the formula would lose digits near 1.
    """
    a, c = np.maximum(ratio * (n + m), 1e-300), n * one + m * two
    if ratio == 1:
        return np.asarray(c / a)
    b = n * (one + ratio) + m * (1 + ratio * two)
    root = np.sqrt(np.maximum(b**2 - 4 * a * c, 0.0))
    # The smaller root, written so that it does not cancel.
    return np.asarray(2 * c / np.maximum(b + root, 1e-300))


def _likelihood(hits: Floats, trials: Floats, bet: Floats, null: Floats) -> Floats:
    return np.asarray(hits * np.log(bet / null) + (trials - hits) * np.log((1 - bet) / (1 - null)))


def _shifted(rate: Floats, by: Floats) -> Floats:
    inside = np.clip(rate, _EDGE, 1 - _EDGE)
    odds = inside / (1 - inside) * np.exp(by)
    return np.asarray(np.clip(odds / (1 + odds), _EDGE, 1 - _EDGE))
