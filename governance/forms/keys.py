"""The form an API key is asked for with."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django import forms

ACTS: Final = {
    "decisions:write": "Record decisions",
    "outcomes:write": "Report outcomes",
    "segments:write": "State segments of people",
    "decisions:read": "Read decisions, with personal data",
    "why:read": "Read explanations, with personal data",
    "why:examiner": "Read explanations with protected attributes",
    "registry:read": "Read use cases, models and versions",
    "registry:write": "Register models and versions",
    "explain:write": "Set what is explained, and back-fill",
    "log:read": "Read the log's headers and proofs",
    "replays:write": "Replay all decisions of a version",
    "fairness:read": "Read how groups compare",
    "fairness:small": "Read how small groups compare",
    "fairness:write": "Set fairness policies, and order runs",
    "alerts:write": "Handle alerts, and name batches for review",
    "feedback:read": "Export decisions with outcomes, with personal data",
    "erasure:write": "Erase people",
}
USUAL: Final = ("decisions:write", "outcomes:write")
USUAL_DAYS: Final = 90

Choices = Sequence[tuple[str, str]]


class KeyForm(forms.Form):
    """``use_cases``, ``acts`` and ``models`` are those the asker may choose from, with their names."""

    name = forms.CharField(
        max_length=120,
        label="Name",
        error_messages={"required": "Give the key a name."},
        help_text="Which application speaks with it, such as “Loan origination, production”.",
    )
    use_cases = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="In which use cases",
        error_messages={"required": "Choose at least one use case."},
    )
    acts = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="What it may do",
        error_messages={"required": "Choose at least one act."},
    )
    models = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="Only decisions of these models",
        help_text="None chosen: of every model of its use cases.",
    )
    expires_at = forms.DateField(
        required=False,
        label="Last day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Give a date, such as 2027-01-31."},
        help_text="In UTC. Empty: the key speaks until somebody revokes it.",
    )

    def __init__(
        self, *args: Any, use_cases: Choices, acts: Choices, models: Choices, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = {"use_cases": use_cases, "acts": acts, "models": models}
        for name, choices in offered.items():
            field = self.fields[name]
            if isinstance(field, forms.MultipleChoiceField):
                field.choices = choices
        self.initial.setdefault("acts", [act for act, _ in acts if act in USUAL])
        self.initial.setdefault("use_cases", [slug for slug, _ in use_cases[:1]])

    def clean_expires_at(self) -> datetime | None:
        """The midnight that ends the last day."""
        day: date | None = self.cleaned_data["expires_at"]
        return datetime.combine(day + timedelta(days=1), time(), UTC) if day else None
