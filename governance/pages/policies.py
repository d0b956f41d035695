"""What a version's policy lets a person change, as a table on its page."""

from collections.abc import Sequence
from dataclasses import dataclass

from explain.queries import ProfileView
from explain.recourse.policy import Policy, Rule
from explain.specification import Feature
from governance.pages import formats


@dataclass(frozen=True, slots=True)
class RuleLine:
    label: str
    change: str
    limits: str
    cost: str
    takes: str


@dataclass(frozen=True, slots=True)
class PolicyPart:
    """``knots``: what binds features together, a sentence each; ``rest``: what never changes."""

    rules: tuple[RuleLine, ...]
    knots: tuple[str, ...]
    rest: str
    note: str


def policy_part(profile: ProfileView) -> PolicyPart | None:
    """None where no policy is registered with the version."""
    policy = profile.specification.recourse
    if policy is None:
        return None
    features = profile.specification.features
    labels = {feature.name: feature.label for feature in features}
    fixed = [one.label for one in features if policy.rule(one.name) is None]
    return PolicyPart(
        rules=tuple(
            _line(feature, rule) for feature in features if (rule := policy.rule(feature.name))
        ),
        knots=tuple(_knots(policy, labels)),
        rest=f"Never changed: {', '.join(fixed)}." if fixed else "",
        note=policy.note,
    )


def _line(feature: Feature, rule: Rule) -> RuleLine:
    words = {"increase": "may rise", "decrease": "may fall", "any": "may change"}
    follows = " as a consequence only" if rule.follows else ""
    return RuleLine(
        label=feature.label,
        change=f"{words[rule.direction or 'any']}{follows}",
        limits=_limits(feature, rule),
        cost=_cost(rule),
        takes=formats.plural(round(rule.lag_days), "day") if rule.lag_days else formats.NONE,
    )


def _limits(feature: Feature, rule: Rule) -> str:
    if rule.step is None:
        return ", ".join(str(value) for value in rule.allowed)
    lower, upper = formats.value(rule.lower), formats.value(rule.upper, feature.unit)
    return f"{lower} to {upper}, in steps of {formats.value(rule.step)}"


def _cost(rule: Rule) -> str:
    told = [formats.value(rule.cost_per_change)]
    if rule.cost_per_unit:
        told.append(
            f"{rule.cost_per_unit:.3g} a unit" if rule.step else f"{rule.cost_per_unit:.3g} a place"
        )
    return " + ".join(told)


def _term(by: float, label: str) -> str:
    if abs(by) == 1:
        return label if by > 0 else f"−{label}"
    return f"{formats.value(by)} × {label}"


def _knots(policy: Policy, labels: dict[str, str]) -> Sequence[str]:
    told = [
        f"{' and '.join(labels[name] for name in group.features)} change together or not at all."
        for group in policy.together
    ]
    told += [
        f"Raising {labels[one.cause]} takes {labels[one.effect]} up by {formats.value(one.by)} at least."
        for one in policy.raises
    ]
    for one in policy.linear:
        terms = " + ".join(_term(by, labels[name]) for name, by in one.terms.items())
        told.append(f"It must hold that {terms} ≤ {one.at_most:g}.".replace("+ −", "− "))
    return [*told, f"At most {formats.plural(policy.max_changes, 'change')} at once."]
