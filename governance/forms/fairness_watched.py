"""Parts of the form of a fairness policy that open alerts: monitors, floors, drift. Each has an owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args, get_type_hints

from django import forms
from django.core.exceptions import ValidationError

from fairness.policy import METRICS, Drift, Floor, Monitor
from governance.forms.fairness_parts import Lines, lines, number, plain, whole

FLOORS: Final[tuple[str, ...]] = get_args(get_type_hints(Floor)["metric"])


class Owned(forms.Form):
    """``people``: who may own its alerts. An owner who may not any more is kept until another is chosen."""

    # Not stripped: what was chosen out of a list is taken as it stands there.
    owner = forms.CharField(required=False, strip=False, label="Owner of its alerts")

    def __init__(self, *args: Any, people: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.add_prefix("owner")
        current = self.data.get(name, "") if self.is_bound else self.initial.get("owner", "")
        kept = [(current, current)] if current and current not in people else []
        choices = [("", "Nobody yet"), *people.items(), *kept]
        self.fields["owner"].widget = forms.Select(choices=choices)


def _decimal(label: str, example: str) -> forms.FloatField:
    return forms.FloatField(
        required=False,
        label=label,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"invalid": f"A number, such as {example}."},
    )


class MonitorForm(Owned):
    """A row; one without a segment counts for nothing."""

    metric = forms.ChoiceField(
        required=False,
        label="Rate",
        choices=[(one, one.replace("_", " ").capitalize()) for one in METRICS],
    )
    segment = forms.CharField(required=False, max_length=100, label="Segment")
    least_ratio = _decimal("Least ratio", "0.8")
    alpha = _decimal("False-alarm rate", "0.01")

    def said(self) -> dict[str, Any]:
        given, usual = self.cleaned_data, Monitor("", "")
        numbers = {
            name: getattr(usual, name) if given[name] is None else given[name]
            for name in ("least_ratio", "alpha")
        }
        return {**{name: given[name] for name in ("metric", "segment", "owner")}, **numbers}


class FloorForm(Owned):
    """A row; one with neither a rate nor a limit counts for nothing."""

    metric = forms.ChoiceField(
        required=False,
        label="Rate",
        choices=[("", "None"), *((one, one.capitalize()) for one in FLOORS)],
    )
    least = _decimal("Not below", "0.8")
    alpha = _decimal("False-alarm rate", "0.01")

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if "metric" in given and "least" in given:
            if given["metric"] and given["least"] is None:
                self.add_error("least", "A number, such as 0.8; or choose no rate.")
            elif given["least"] is not None and not given["metric"]:
                self.add_error("metric", "A rate; or leave its limit empty.")
        return given

    def said(self) -> dict[str, Any]:
        given = self.cleaned_data
        alpha = Floor("accuracy", 0.5).alpha if given["alpha"] is None else given["alpha"]
        return {**{name: given[name] for name in ("metric", "least", "owner")}, "alpha": alpha}


class LimitLines(forms.CharField):
    """Limits of single features, ``feature = 0.25``, one a line."""

    widget = forms.Textarea(attrs={"rows": 2})

    def to_python(self, value: Any) -> dict[str, float]:  # type: ignore[override]
        found: dict[str, float] = {}
        for line in lines(value):
            # The last sign of equality: a name may hold others.
            name, limit = (part.strip() for part in line.rpartition("=")[::2])
            if name in found:
                raise ValidationError(f"{name} is named twice.")
            try:
                found[name] = float(limit)
            except ValueError:
                name = ""
            if not name:
                raise ValidationError(f"“{line}” is not of the form “feature = 0.25”.")
        return found


class DriftForm(Owned):
    """Drift that opens alerts. Where it is switched off, nothing else of it counts or is judged."""

    on = forms.BooleanField(required=False, label="Drift opens alerts")
    psi = number("Limit (PSI)", "Of every feature; 0.2 is usual.")
    alpha = number("False-alarm rate", "Of all features and weeks of a version together.")
    least = whole("Least decisions a week", "A week of fewer is not judged.")
    features = Lines(
        required=False,
        label="Features",
        help_text="Those that are judged, one a line. Empty for all, <code>output.label</code> and "
        "<code>output.score</code> among them.",
    )
    limits = LimitLines(
        required=False,
        label="Limits of single features",
        help_text="In place of the limit above, such as <code>feature = 0.25</code>; one a line.",
    )

    @classmethod
    def initial_of(cls, drift: Drift | None) -> dict[str, Any]:
        held = drift or Drift()
        return {
            "on": drift is not None,
            **{name: plain(getattr(held, name)) for name in ("psi", "alpha", "least", "owner")},
            "features": "\n".join(held.features),
            "limits": "\n".join(f"{name} = {plain(one)}" for name, one in held.limits.items()),
        }

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data["on"]:
            self.errors.clear()
        return self.cleaned_data

    def said(self) -> dict[str, Any] | None:
        """The part as the policy has it; None where it is switched off."""
        given = self.cleaned_data
        return {name: given[name] for name in Drift.__struct_fields__} if given["on"] else None
