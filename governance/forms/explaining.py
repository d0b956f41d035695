"""The forms that say which decisions of a use case are explained, and have old ones explained."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from django import forms

from explain.findings import Thresholds
from explain.policies import MOST_REASONS, THRESHOLDS, PolicyView

RULES: Final = (
    ("all", "Every decision"),
    ("adverse", "Those against the person"),
    ("sample", "A sample"),
    ("on_demand", "None, until somebody asks why"),
)
USUAL_PERCENT: Final = Decimal(10)
LARGEST_SEED: Final = (1 << 53) - 1
# What is asked of each quality figure, and whether it is the largest or the smallest that passes.
ASKED: Final = {
    "additivity": ("Adds up to the output", "Error of at most, as a share of the output."),
    "standard_error": ("Estimated", "Standard error of at most, as a share of the largest part."),
    "stability": ("Stable", "Rank correlation after 1 % of noise, at least."),
    "faithfulness": ("Faithful", "How far ahead of random orders, at least, as a share."),
    "lime_r2": ("LIME's fidelity", "Local R², at least."),
}


class PolicyForm(forms.Form):
    """``rate`` is given in per cent, and is of a sample alone. Beside the fields below, one for each
    threshold; an empty one leaves it to the version."""

    rule = forms.ChoiceField(
        choices=RULES,
        widget=forms.RadioSelect,
        label="Explained without being asked for",
        error_messages={"required": "Choose what is explained."},
    )
    rate = forms.DecimalField(
        required=False,
        min_value=Decimal("0.001"),
        max_value=Decimal("99.999"),
        max_digits=8,
        decimal_places=5,
        label="Share of the sample, per cent",
        help_text="Of every hundred decisions so many, drawn by entry id: anybody can draw the same again.",
        error_messages={
            "min_value": "More than 0: for none, choose “until somebody asks why”.",
            "max_value": "Less than 100: for all, choose “every decision”.",
            "invalid": "A number, such as 12.5.",
        },
    )
    seed = forms.IntegerField(
        required=False,
        min_value=-LARGEST_SEED,
        max_value=LARGEST_SEED,
        label="Seed of the sample",
        help_text="A whole number. Another one draws another sample.",
        error_messages={"invalid": "A whole number."},
    )
    most_reasons = forms.IntegerField(
        min_value=1,
        max_value=MOST_REASONS,
        label="Principal reasons, at most",
        help_text="Unless the version's profile says otherwise. What ties with the last one is told too.",
        error_messages={"required": "A whole number.", "invalid": "A whole number."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = Thresholds()
        for name in THRESHOLDS:
            label, text = ASKED[name]
            self.fields[name] = forms.FloatField(
                required=False,
                min_value=0.0,
                max_value=1.0,
                label=label,
                help_text=f"{text} Usual: {getattr(usual, name):g}.",
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
                error_messages={
                    "min_value": "A number from 0 to 1.",
                    "max_value": "A number from 0 to 1.",
                    "invalid": "A number from 0 to 1, such as 0.8.",
                },
            )

    def thresholds(self) -> list[forms.BoundField]:
        return [self[name] for name in THRESHOLDS]

    @classmethod
    def of(cls, policy: PolicyView) -> PolicyForm:
        """The form as the policy in force fills it."""
        percent = USUAL_PERCENT if policy.rate is None else Decimal(f"{100 * policy.rate:.5f}")
        return cls(
            initial={
                "rule": policy.rule,
                "rate": percent.normalize().to_eng_string(),
                "seed": policy.seed,
                "most_reasons": policy.most_reasons,
                **policy.thresholds,
            }
        )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if (
            found.get("rule") == "sample"
            and found.get("rate") is None
            and "rate" not in self.errors
        ):
            self.add_error("rate", "A sample states its share.")
        return found

    def said(self) -> dict[str, Any]:
        """What the verb takes. Only of a form that is valid."""
        given = self.cleaned_data
        sampled = given["rule"] == "sample"
        return {
            "rule": given["rule"],
            "rate": float(given["rate"] / 100) if sampled else None,
            "seed": given["seed"] or 0,
            "most_reasons": given["most_reasons"],
            "thresholds": {name: given[name] for name in THRESHOLDS if given[name] is not None},
        }


class BackfillForm(forms.Form):
    """``versions``: those of the use case. Days are of the time decided, both included, in UTC."""

    version = forms.ChoiceField(required=False, label="Version")
    since = forms.DateField(
        required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "A date, such as 2026-11-01."},
    )  # fmt: skip
    until = forms.DateField(
        required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "A date, such as 2026-11-30."},
    )  # fmt: skip
    adverse_only = forms.BooleanField(required=False, label="Only those against the person")

    def __init__(self, *args: Any, versions: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["version"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "Every version"), *((ref, ref) for ref in versions)]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until and until < since:
            self.add_error("until", "Not before the first day.")
        return found

    def said(self) -> dict[str, Any]:
        """What the verb takes. Only of a form that is valid."""
        given = self.cleaned_data
        until = given["until"]
        return {
            "version": given["version"],
            "since": _midnight(given["since"]),
            "until": _midnight(until + timedelta(days=1)) if until else None,
            "adverse_only": given["adverse_only"],
        }


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None
