"""Figures of a window at once, from the cells: slices, scores, coverage, the bias audit, watches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from audit.door import Conflict, Invalid, Voice
from fairness import assessing, audits, policies, watching
from fairness.audits import BiasAudit, Tool
from fairness.coverage import MonthCovered, coverage
from fairness.figures import Basis, Figures, Scores
from fairness.policies import PolicyView
from fairness.policy import Content
from fairness.series import Series, series
from fairness.tables import YEARS, Window
from fairness.watching import WatchView
from governance.comparing.policies import must_read
from governance.registry import queries as registry


def window_of(
    voice: Voice,
    use_case: str,
    *,
    version: str = "",
    since: date | None = None,
    until: date | None = None,
    days: int = 90,
) -> Window:
    """The days since ≤ day < until; unless told, so many up to and including today.

    Raises NotFound for a version that is not of this use case, Invalid for an empty window and for a
    day out of all years.
    """
    for name, day in (("since", since), ("until", until)):
        if day is not None and day.year not in YEARS:
            detail = f"A day of the years {YEARS.start} to {YEARS.stop - 1}."
            error = {"pointer": name, "code": "parameter", "detail": detail}
            raise Invalid(f"{name} is no such day.", code="parameter", errors=[error])
    last = until or datetime.now(UTC).date() + timedelta(days=1)
    first = since or last - timedelta(days=days)
    if not first < last:
        error = {"pointer": "until", "code": "parameter", "detail": "A day after since."}
        raise Invalid("The window is empty.", code="parameter", errors=[error])
    if version and registry.version(voice, version).use_case != use_case:
        error = {"pointer": "version", "code": "parameter", "detail": "A version of this use case."}
        raise Invalid("A version of another use case.", code="parameter", errors=[error])
    return Window(use_case, first, last, version)


def in_force(use_case: str) -> PolicyView:
    """The policy figures are made by. Raises Conflict where there is none."""
    found = policies.policy(use_case)
    if found is None:
        raise Conflict(
            "The use case has no fairness policy: it is not known which label is favourable.",
            code="no-policy",
            title="No policy",
        )
    return found


def slice_of(
    voice: Voice,
    window: Window,
    *,
    basis: Basis,
    by: Sequence[tuple[str, ...]] = (),
    where: Mapping[str, str] | None = None,
) -> Figures:
    """Figures of a window, by the policy's segments or by those named, small groups left out for
    who may not see them. Raises NotFound, Forbidden, Conflict without a policy, Invalid."""
    restricted = must_read(voice, window.use_case)
    content = in_force(window.use_case).content
    _must_know([*[name for axis in by for name in axis], *(where or {})], content)
    if where and restricted:
        detail = "Narrowing to segments is for those who may see small groups."
        error = {"pointer": "where", "code": "parameter", "detail": detail}
        raise Invalid(detail, code="parameter", errors=[error])
    axes = list(by) or None
    return assessing.slice_of(
        window, content, basis=basis, restricted=restricted, axes=axes, where=where
    )


def scores_of(voice: Voice, window: Window, *, exact: bool = False) -> Scores | None:
    """Scores of the whole weeks that hold the window; or, ``exact``, of its own days from single
    decisions, of which there may be 200,000. Raises as ``slice_of``, and Invalid for more."""
    restricted = must_read(voice, window.use_case)
    content = in_force(window.use_case).content
    made = assessing.exact_scores_of if exact else assessing.scores_of
    return made(window, content, restricted=restricted)


def coverage_of(voice: Voice, window: Window) -> list[MonthCovered]:
    """How much of what turned out true is known. Raises NotFound, Forbidden."""
    must_read(voice, window.use_case)
    return coverage(window)


def bias_audit(voice: Voice, window: Window, *, tool: Tool, sex: str, race: str) -> BiasAudit:
    """New York City's bias audit; categories of too few people are left out for who may not see
    them. Raises as ``slice_of``."""
    restricted = must_read(voice, window.use_case)
    content = in_force(window.use_case).content
    _must_know([sex, race], content)
    found = audits.bias_audit(window, content, tool=tool, sex=sex, race=race)
    return audits.without_small(found, content.limits.shown) if restricted else found


def series_of(voice: Voice, window: Window, *, metric: str, segment: str, basis: Basis) -> Series:
    """A rate per group, week by week. Raises as ``slice_of``."""
    restricted = must_read(voice, window.use_case)
    content = in_force(window.use_case).content
    _must_know([segment], content)
    return series(
        window, content, metric=metric, segment=segment, basis=basis, restricted=restricted
    )


def watches(voice: Voice, use_case: str) -> list[WatchView]:
    """The sequential tests of a use case. Raises NotFound, Forbidden."""
    must_read(voice, use_case)
    return watching.watches(use_case)


def _must_know(names: Sequence[str], content: Content) -> None:
    for name in names:
        if name not in content.segments and name != "review:group":
            detail = f"Segments of the policy: {', '.join(sorted(content.segments)) or 'none'}."
            error = {"pointer": "by", "code": "parameter", "detail": detail}
            raise Invalid("This segment is not compared.", code="parameter", errors=[error])
