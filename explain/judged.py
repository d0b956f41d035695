"""How good a stored explanation is, in figures and in words. Plain Python and the row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from explain import findings
from explain.findings import Finding, Thresholds
from explain.models import Explanation


@dataclass(frozen=True, slots=True)
class QualityView:
    """residual is |f(x) − base − Σφ|; reproduced: the artefact gave the recorded score again (None: none recorded).

    standard_error: the largest of any contribution, None where they are exact. deletion, insertion: areas of the two
    tests of faithfulness beside those of random orders; stability: rank correlation after 1 % of noise. thresholds: the
    version's, or its use case's where those are stricter.
    """

    residual: float
    residual_limit: float
    additive: bool
    reproduced: bool | None
    recorded_score: float | None
    computed_score: float
    rank_agreement: float | None
    top4_overlap: float | None
    standard_error: float | None
    deletion: float | None
    deletion_random: float | None
    insertion: float | None
    insertion_random: float | None
    stability: float | None
    thresholds: Thresholds
    warnings: tuple[str, ...]


def quality(row: Explanation, bounds: Thresholds) -> QualityView | None:
    score = row.probability if row.score is None else row.score
    if row.residual is None or score is None:
        return None
    limit = _residual_limit(row, bounds)
    return QualityView(
        residual=row.residual,
        residual_limit=limit,
        additive=row.residual <= limit,
        # An explanation is stored as ready only when the recorded score was reproduced.
        reproduced=None if row.recorded_score is None else True,
        recorded_score=row.recorded_score,
        computed_score=score,
        rank_agreement=row.rank_agreement,
        top4_overlap=row.top4_overlap,
        standard_error=row.standard_error,
        deletion=row.deletion,
        deletion_random=row.deletion_random,
        insertion=row.insertion,
        insertion_random=row.insertion_random,
        stability=row.stability,
        thresholds=bounds,
        warnings=(
            *(finding.words for finding in findings.warnings(_findings(row, bounds))),
            *(row.notes or ()),
        ),
    )


def _residual_limit(row: Explanation, bounds: Thresholds) -> float:
    """The registered limit, or what the method itself can keep, of outputs beyond 1 a share."""
    limit = max(bounds.additivity, row.residual_limit or 0.0)
    return limit * max(1.0, abs(row.output or 0.0))


def _findings(row: Explanation, bounds: Thresholds) -> Iterator[Finding]:
    if row.residual is not None:
        yield findings.additivity(row.residual, _residual_limit(row, bounds))
    if row.lime_r2 is not None:
        yield findings.fidelity(row.lime_r2, bounds.lime_r2)
    if row.standard_error is not None:
        largest = max(map(abs, row.phi or (0.0,)))
        yield findings.standard_error(row.standard_error, largest, bounds.standard_error)
    if row.deletion is not None and row.deletion_random is not None:
        yield findings.faithfulness(
            "deletion", row.deletion, row.deletion_random, bounds.faithfulness
        )
    if row.insertion is not None and row.insertion_random is not None:
        yield findings.faithfulness(
            "insertion", row.insertion, row.insertion_random, bounds.faithfulness
        )
    if row.stability is not None:
        yield findings.stability(row.stability, bounds.stability)
