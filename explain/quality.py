"""How good an explanation is, in figures and in words. Imports numpy alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
State = Literal["good", "warning", "shown"]

# Exact methods in float64 leave about 1e-14; a thousandth of a millionth is nobody's rounding.
ADDITIVITY = 1e-9
# Below this share of variance a linear picture is more wrong than right.
FIDELITY = 0.5
TOP = 4


@dataclass(frozen=True)
class Finding:
    """One quality figure. state: "good", "warning" (shown beside every reason), or "shown" for
    figures that inform and never judge. words: one sentence for a reader."""

    name: str
    state: State
    value: float
    words: str


@dataclass(frozen=True)
class Agreement:
    """How far two explanations rank features alike. spearman: (rows,), between -1 and 1, NaN where
    one of them ranks nothing; top_overlap: (rows,), the share of the leading features in common."""

    spearman: Floats
    top_overlap: Floats


def agreement(values: Floats, coefficients: Floats, top: int = TOP) -> Agreement:
    """Compare attributions with LIME coefficients, both (rows, features), by magnitude.

    Spearman's rank correlation over all features with mean ranks for ties, and the overlap of the
    `top` largest (of equal ones the earlier; all features where there are fewer).
    """
    one, other = np.abs(values), np.abs(coefficients)
    correlations = [_correlate(_ranks(a), _ranks(b)) for a, b in zip(one, other, strict=True)]
    overlaps = [_overlap(a, b, top) for a, b in zip(one, other, strict=True)]
    return Agreement(np.asarray(correlations, float), np.asarray(overlaps, float))


def _ranks(row: Floats) -> Floats:
    _, place, times = np.unique(row, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    return np.asarray((last - (times - 1) / 2)[place])


def _correlate(one: Floats, other: Floats) -> float:
    a, b = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / spread if spread > 0 else float("nan")


def _overlap(one: Floats, other: Floats, top: int) -> float:
    leading = [set(np.argsort(-row, kind="stable")[:top].tolist()) for row in (one, other)]
    return len(leading[0] & leading[1]) / min(top, len(one))


def additivity(residual: float, threshold: float = ADDITIVITY) -> Finding:
    """Judge |output - base - sum of parts|, in the unit of the output."""
    if residual <= threshold:
        words = f"The parts add up to the model's output (difference {residual:.1e})."
        return Finding("additivity", "good", residual, words)
    words = (
        f"The parts miss the model's output by {residual:.1e}, more than the {threshold:.0e} "
        "allowed: do not rely on this explanation."
    )
    return Finding("additivity", "warning", residual, words)


def fidelity(r2: float, threshold: float = FIDELITY) -> Finding:
    """Judge LIME's local R²."""
    share = f"{max(r2, 0.0):.0%}"
    if r2 >= threshold:
        words = f"Near this case a linear model gives {share} of the output's variation."
        return Finding("lime_fidelity", "good", r2, words)
    words = f"Near this case a linear model gives only {share} of the output's variation."
    return Finding("lime_fidelity", "warning", r2, words)


def rank_agreement(spearman: float, top_overlap: float, top: int = TOP) -> Finding:
    """Say how far SHAP and LIME agree. They answer different questions, so this never judges."""
    common = f"{round(top_overlap * top)} of the {top} leading features are the same"
    if spearman != spearman:
        words = f"SHAP and LIME: {common}; one of them ranks no feature above another."
    else:
        words = f"SHAP and LIME: {common}; rank correlation {spearman:.2f}."
    return Finding("shap_lime_agreement", "shown", spearman, words)


def faithfulness(area: float, random_area: float) -> Finding:
    """Judge the deletion test: taking features away in the order of the explanation must move the
    output more than taking them away in random order (see `explain.faithfulness`)."""
    gain = area - random_area
    if gain > 0:
        words = "Removing features in this order moves the output more than in random order."
        return Finding("faithfulness", "good", gain, words)
    words = "Removing features in this order moves the output no more than in random order."
    return Finding("faithfulness", "warning", gain, words)


def warnings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that must be shown beside every reason."""
    return tuple(finding for finding in findings if finding.state == "warning")
