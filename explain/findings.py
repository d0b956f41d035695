"""What the quality figures of an explanation say: judged against thresholds, put in words. Plain Python."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, Literal

State = Literal["good", "warning", "shown"]

TOP = 4


@dataclass(frozen=True)
class Thresholds:
    """Beyond which a figure becomes a warning beside every reason. Frozen with the specification.

    additivity:     largest |output - base - sum of parts|, as a share of the output where that is
                    above 1. Exact methods in float64 leave about 1e-14.
    lime_r2:        smallest local R²; below one half a linear picture is more wrong than right.
    standard_error: largest standard error, as a share of the largest part.
    stability:      smallest rank correlation with the same explanation after 1 % of noise.
    faithfulness:   by how much the explanation's order must beat random orders, as a share of how
                    far the output moves at all.
    """

    additivity: float = 1e-9
    lime_r2: float = 0.5
    standard_error: float = 0.1
    stability: float = 0.8
    faithfulness: float = 0.0

    def tightened(self, asked: Mapping[str, float]) -> "Thresholds":
        """These, and where ``asked`` is stricter what it asks: what was frozen is never loosened."""
        stricter = {
            name: _STRICTER[name](getattr(self, name), value) for name, value in asked.items()
        }
        return replace(self, **stricter)


# Errors are judged by how large they may be, the rest by how small.
_STRICTER: Final = {
    one.name: min if one.name in {"additivity", "standard_error"} else max
    for one in fields(Thresholds)
}


@dataclass(frozen=True)
class Finding:
    """One quality figure. state: "good", "warning" (shown beside every reason), or "shown" for
    figures that inform and never judge. words: one sentence for a reader."""

    name: str
    state: State
    value: float
    words: str


def additivity(residual: float, threshold: float = Thresholds.additivity) -> Finding:
    """Judge |output - base - sum of parts|, in the unit of the output."""
    if residual <= threshold:
        words = f"The parts add up to the model's output (difference {residual:.1e})."
        return Finding("additivity", "good", residual, words)
    words = (
        f"The contributions miss the model's output by {residual:.1e}, more than the {threshold:.0e} "
        "allowed: do not rely on them."
    )
    return Finding("additivity", "warning", residual, words)


def fidelity(r2: float, threshold: float = Thresholds.lime_r2) -> Finding:
    """Judge LIME's local R²."""
    share = f"{100 * max(r2, 0.0):.0f}\u202f%"
    if r2 >= threshold:
        words = f"LIME's linear picture gives {share} of the output's variation near this case."
        return Finding("lime_fidelity", "good", r2, words)
    words = f"LIME's linear picture gives only {share} of the output's variation near this case."
    return Finding("lime_fidelity", "warning", r2, words)


def standard_error(
    error: float, largest: float, threshold: float = Thresholds.standard_error
) -> Finding:
    """Judge the largest standard error against the largest part, both in the unit of the output."""
    share = error / largest if largest > 0 else 0.0
    if share <= threshold:
        words = f"The contributions are estimates, uncertain by {100 * share:.1f}\u202f% of the largest."
        return Finding("standard_error", "good", error, words)
    words = (
        f"The contributions are estimates with a standard error of up to {error:.2g}, which is "
        f"{100 * share:.0f}\u202f% of the largest: the order of the smaller ones is not settled."
    )
    return Finding("standard_error", "warning", error, words)


def stability(spearman: float, threshold: float = Thresholds.stability) -> Finding:
    """Judge the rank correlation with the explanation of the same case after a little noise."""
    if spearman >= threshold:
        words = f"One per cent of noise leaves the ranking as it is (correlation {spearman:.2f})."
        return Finding("stability", "good", spearman, words)
    words = (
        f"One per cent of noise on the numbers already changes the ranking (correlation "
        f"{spearman:.2f}): much the same case could be explained otherwise."
    )
    return Finding("stability", "warning", spearman, words)


def rank_agreement(spearman: float, top_overlap: float, top: int = TOP) -> Finding:
    """Say how far SHAP and LIME agree. They answer different questions, so this never judges."""
    common = f"{round(top_overlap * top)} of the {top} leading features are the same"
    if spearman != spearman:
        words = f"SHAP and LIME: {common}; one of them ranks no feature above another."
    else:
        words = f"SHAP and LIME: {common}; rank correlation {spearman:.2f}."
    return Finding("shap_lime_agreement", "shown", spearman, words)


def faithfulness(
    kind: Literal["deletion", "insertion"],
    area: float,
    random_area: float,
    threshold: float = Thresholds.faithfulness,
) -> Finding:
    """Judge the deletion or insertion test: features taken away (or put back) in the order of the
    explanation must move the output more than in random order (see `explain.faithfulness`)."""
    act = "Taking features away" if kind == "deletion" else "Putting features back"
    gain = area - random_area
    if gain > threshold * max(abs(area), abs(random_area)):
        words = f"{act} in this order moves the output more than in random order."
        return Finding(kind, "good", gain, words)
    words = f"{act} in this order moves the output no more than in random order."
    return Finding(kind, "warning", gain, words)


def warnings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that must be shown beside every reason."""
    return tuple(finding for finding in findings if finding.state == "warning")
