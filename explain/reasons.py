"""Principal reasons: from attributions to what a person is told. Plain Python, no array library.

12 CFR 1002.9(b)(2) asks for the specific and principal reasons for adverse action. Its official
comments: no fixed number, though more than four are unlikely to help (1); only factors actually
scored (2, 4); none of the principal ones left out, even where its relation to creditworthiness is
not clear (4). So: attributions are summed by the catalogue's reasons, that one concept appear once;
only those against the person's outcome count; what ties with the last one given is given too; a
feature without a reason is named rather than dropped, and a protected one raises an alarm rather
than being hidden.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import fsum, hypot
from typing import Any, Literal

from explain.catalogue import OTHER, Catalogue, Reason, Standing
from explain.wording import detail

LIMIT = 4
# The key factors of a credit score besides inquiries (15 USC 1681g(f)(1)(C)).
KEY_FACTORS = 4
# One left out with this share of all that spoke against the person is pointed out.
WEIGHTY = 0.1
# Half-width of a 95 % normal interval, in standard errors.
Z = 1.959963984540054
# Two reasons closer than this share of all attributions together count as tied.
NEAR = 0.01


@dataclass(frozen=True)
class Member:
    """A feature of a reason. contribution: its attribution, positive when against the person."""

    feature: str
    value: Any
    contribution: float


@dataclass(frozen=True)
class PrincipalReason:
    """contribution: the sum over its members, positive: against the person; share: of everything
    that spoke against the person; mapped: False for a feature that the catalogue does not know;
    standing: the strongest of its members; error: its standard error, 0 where the method is exact."""

    rank: int
    code: str
    text: Mapping[str, str]
    detail: Mapping[str, str]
    contribution: float
    share: float
    members: tuple[Member, ...]
    mapped: bool
    standing: Standing | None
    error: float = 0.0
    inquiries: bool = False


@dataclass(frozen=True)
class NearTie:
    """Two neighbours whose order the attributions do not settle. at_limit: the second one stands
    beyond the usual number of reasons."""

    first: str
    second: str
    gap: float
    at_limit: bool


@dataclass(frozen=True)
class Alarm:
    """A protected feature or proxy moved this decision. against: it did so against the person;
    rank: of its reason among those given, if it is one of them."""

    feature: str
    standing: Standing
    contribution: float
    against: bool
    rank: int | None


@dataclass(frozen=True)
class PrincipalReasons:
    """reasons: those to be given, first the weightiest: `limit` of them, and further ones that tie with
    the last of these, up to twice as many. left_out: the others that spoke against the
    person, in order, for examiners. tolerance: the gap below which two reasons count as tied.
    warnings: sentences for whoever answers for the reasons."""

    reasons: tuple[PrincipalReason, ...]
    left_out: tuple[PrincipalReason, ...]
    near_ties: tuple[NearTie, ...]
    alarms: tuple[Alarm, ...]
    warnings: tuple[str, ...]
    tolerance: float


def principal_reasons(
    *,
    features: Sequence[str],
    contributions: Sequence[float],
    values: Mapping[str, Any],
    catalogue: Catalogue,
    adverse: Literal[1, -1],
    limit: int = LIMIT,
    explainer_error: float = 0.0,
    errors: Sequence[float] | None = None,
) -> PrincipalReasons:
    """Return the principal reasons of one decision.

    features, contributions: the attribution, in the same order.
    values:          the person's value of each feature.
    adverse:         1 where a positive attribution pushes towards the unfavourable outcome (the
                     explained class is the unfavourable one), -1 where it pushes away from it.
    explainer_error: the attribution's own error, in its unit; contributions up to this are taken
                     for nothing.
    errors:          standard errors of the contributions, where the method estimates them; two
                     reasons tie within 1.96 of their difference's, those of members taken together.
    The order is by contribution, then by code, then by feature: the same input gives the same
    reasons.
    """
    against = {
        feature: adverse * float(contribution)
        for feature, contribution in zip(features, contributions, strict=True)
    }
    tolerance = max(explainer_error, NEAR * fsum(map(abs, against.values())))
    unsure = dict(zip(features, errors or (), strict=True)) if errors else {}
    ranked = _ranked(_grouped(against, values, catalogue, unsure), explainer_error)
    number = _how_many(ranked, limit, tolerance)
    given, left_out = ranked[:number], ranked[number:]
    return PrincipalReasons(
        reasons=given,
        left_out=left_out,
        near_ties=_near_ties(ranked, number, limit, tolerance),
        alarms=_alarms(against, given, catalogue, tolerance),
        warnings=_warnings(given, left_out, limit),
        tolerance=tolerance,
    )


def key_factors(found: PrincipalReasons) -> tuple[PrincipalReason, ...]:
    """What most lowered a credit score: up to four, and inquiries beside them when they did too
    (15 USC 1681g(f)(1)(C) and (9)). They do not stand for principal reasons (comment 9(b)(2)-9)."""
    ranked = (*found.reasons, *found.left_out)
    four = [reason for reason in ranked if not reason.inquiries][:KEY_FACTORS]
    inquiries = [reason for reason in ranked if reason.inquiries][:1]
    return tuple(sorted((*four, *inquiries), key=lambda reason: reason.rank))


def _how_many(ranked: Sequence[PrincipalReason], limit: int, tolerance: float) -> int:
    """The limit, and those that tie with its last reason: none of them is the less principal."""
    if len(ranked) <= limit:
        return len(ranked)
    last, number = ranked[limit - 1], limit
    while number < min(len(ranked), 2 * limit) and _tie(last, ranked[number], tolerance):
        number += 1
    return number


def _tie(one: PrincipalReason, two: PrincipalReason, tolerance: float) -> bool:
    margin = max(tolerance, Z * hypot(one.error, two.error))
    return one.contribution - two.contribution < margin


def _grouped(
    against: Mapping[str, float],
    values: Mapping[str, Any],
    catalogue: Catalogue,
    errors: Mapping[str, float],
) -> list[PrincipalReason]:
    """Return every reason that has a feature in the attribution, unranked."""
    known = {feature for reason in catalogue.reasons for feature in reason.features}
    unknown = [
        Reason(OTHER, (feature,), _name_other(catalogue, feature))
        for feature in against
        if feature not in known
    ]
    groups = []
    for reason in (*catalogue.reasons, *unknown):
        members = [
            Member(feature, values.get(feature), against[feature])
            for feature in reason.features
            if feature in against
        ]
        if members:
            groups.append(_group(reason, members, catalogue, errors))
    return groups


def _name_other(catalogue: Catalogue, feature: str) -> dict[str, str]:
    return {
        language: text.replace("{feature}", feature) for language, text in catalogue.other.items()
    }


def _group(
    reason: Reason, members: list[Member], catalogue: Catalogue, errors: Mapping[str, float]
) -> PrincipalReason:
    standings = [catalogue.standing.get(member.feature) for member in members]
    # "protected" stands above "proxy".
    standing = min((one for one in standings if one is not None), key=_severity, default=None)
    heaviest_first = sorted(members, key=lambda member: (-member.contribution, member.feature))
    return PrincipalReason(
        rank=0,
        code=reason.code,
        text=dict(reason.text),
        detail=detail(reason, {member.feature: member.value for member in members}, catalogue),
        contribution=fsum(member.contribution for member in members),
        share=0.0,
        members=tuple(heaviest_first),
        mapped=reason.code != OTHER,
        standing=standing,
        # Members' errors go together: what they share is not known, and the sum bounds it.
        error=fsum(errors.get(member.feature, 0.0) for member in members),
        inquiries=reason.inquiries,
    )


def _severity(standing: Standing) -> int:
    return 0 if standing == "protected" else 1


def _ranked(groups: Sequence[PrincipalReason], error: float) -> tuple[PrincipalReason, ...]:
    adverse = [group for group in groups if group.contribution > error]
    adverse.sort(key=lambda group: (-group.contribution, group.code, group.members[0].feature))
    total = fsum(group.contribution for group in adverse)
    return tuple(
        replace(group, rank=rank, share=group.contribution / total)
        for rank, group in enumerate(adverse, start=1)
    )


def _near_ties(
    ranked: Sequence[PrincipalReason], number: int, limit: int, tolerance: float
) -> tuple[NearTie, ...]:
    return tuple(
        NearTie(label(one), label(two), one.contribution - two.contribution, two.rank > limit)
        for one, two in pairwise(ranked[: number + 1])
        if _tie(one, two, tolerance)
    )


def label(reason: PrincipalReason) -> str:
    """Its code; of one without a reason in the catalogue, its feature too."""
    return reason.code if reason.mapped else f"{OTHER}: {reason.members[0].feature}"


def _alarms(
    against: Mapping[str, float],
    given: Sequence[PrincipalReason],
    catalogue: Catalogue,
    tolerance: float,
) -> tuple[Alarm, ...]:
    """Return an alarm for each protected feature or proxy that is part of a reason given, or that
    moved the decision, either way, by more than what counts as a tie."""
    ranks = {member.feature: reason.rank for reason in given for member in reason.members}
    return tuple(
        Alarm(feature, standing, against[feature], against[feature] > 0, ranks.get(feature))
        for feature, standing in sorted(catalogue.standing.items())
        if feature in against
        and against[feature] != 0
        and (feature in ranks or abs(against[feature]) > tolerance)
    )


def _warnings(
    given: Sequence[PrincipalReason], left_out: Sequence[PrincipalReason], limit: int
) -> tuple[str, ...]:
    if not given:
        return ("No feature spoke against the person by more than the explanation's own error.",)
    found = [
        f"'{reason.members[0].feature}' is a principal reason and has no entry in the catalogue."
        for reason in given
        if not reason.mapped
    ]
    found += [
        f"Whether {label(reason)} spoke against the person at all is not settled by the estimate."
        for reason in given
        if reason.contribution < Z * reason.error
    ]
    if len(given) > limit:
        found.append(
            f"{len(given)} reasons are given instead of {limit}: the last of them tie, and none may be left out."
        )
    if left_out and left_out[0].share >= WEIGHTY:
        found.append(
            f"{label(left_out[0])} is left out with {left_out[0].share:.0%} of what spoke against the person."
        )
    return tuple(found)
