"""The form that says what a feedback set holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from django import forms

USUAL_DAYS: Final = 90


class FeedbackForm(forms.Form):
    """Asked by address, so that it is always bound. Days are in UTC, both included."""

    since = forms.DateField(
        label="From",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "A date, such as 2026-11-01.",
            "invalid": "A date, such as 2026-11-01.",
        },
    )
    last = forms.DateField(
        label="To",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "A date, such as 2026-11-30.",
            "invalid": "A date, such as 2026-11-30.",
        },
    )
    version = forms.ChoiceField(required=False, label="Version")
    labelled = forms.ChoiceField(
        label="Decisions",
        choices=(
            ("yes", "Only those whose true label is known"),
            ("no", "All, with or without a true label"),
        ),
    )
    overrides = forms.ChoiceField(
        label="Overrides by reviewers",
        choices=(
            ("yes", "Included, with both labels"),
            ("no", "Left out: only where the machine's label held"),
        ),
    )
    segments = forms.ChoiceField(label="Segments of people")

    def __init__(
        self, asked: Mapping[str, Any], *, versions: Sequence[str], examines: bool, today: date
    ) -> None:
        usual = {
            "since": (today - timedelta(days=USUAL_DAYS - 1)).isoformat(),
            "last": today.isoformat(),
            "version": "",
            "labelled": "yes",
            "overrides": "yes",
            "segments": "no",
        }
        super().__init__({name: asked.get(name, value) for name, value in usual.items()})
        self._choose("version", [("", "Every version"), *((one, one) for one in versions)])
        both = [("no", "Left out"), ("yes", "Included")]
        self._choose("segments", both if examines else both[:1])
        if not examines:
            self.fields[
                "segments"
            ].help_text = "With them it is for those who may see protected attributes."

    def _choose(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(choices)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        since, last = found.get("since"), found.get("last")
        if since and last and last < since:
            self.add_error("last", "Not before the first day.")
        return found
