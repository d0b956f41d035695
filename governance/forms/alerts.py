"""The forms that take an alert on: its owner, what was found, a batch's name, the version that came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms

from fairness.alerts import LONGEST

FOR_EVER: Final = "It stays in the log for ever, in the clear: name nobody."


class OwnerForm(forms.Form):
    """``people``: names of those who may handle the alert, by actor; an owner of another kind, such as
    one that the policy names by a word, stays among the choices."""

    owner = forms.ChoiceField(
        label="Owner",
        error_messages={
            "required": "Choose who looks into it.",
            "invalid_choice": "Choose somebody who may handle alerts here.",
        },
    )

    def __init__(self, data: Any = None, *, people: Mapping[str, str], current: str = "") -> None:
        super().__init__(data, initial={"owner": current})
        field = self.fields["owner"]
        if isinstance(field, forms.ChoiceField):
            kept = [(current, current)] if current and current not in people else []
            field.choices = [("", "Choose a person"), *people.items(), *kept]


class FindingForm(forms.Form):
    """Explains or closes: both want a text."""

    text = forms.CharField(
        max_length=LONGEST,
        strip=True,
        label="What was found",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=FOR_EVER,
        error_messages={
            "required": "Say what was found, or why it is closed.",
            "max_length": f"At most {LONGEST:,} characters.",
        },
    )


class BatchForm(forms.Form):
    name = forms.CharField(
        max_length=120,
        strip=True,
        label="Name of the batch",
        help_text=FOR_EVER,
        error_messages={
            "required": "The batch needs a name.",
            "max_length": "At most 120 characters.",
        },
    )


class ResultForm(forms.Form):
    """``versions``: of the use case, the newest first."""

    version = forms.ChoiceField(
        label="Version that came of it",
        error_messages={
            "required": "Choose a version.",
            "invalid_choice": "Choose a version of this use case.",
        },
    )

    def __init__(self, data: Any = None, *, versions: Sequence[str]) -> None:
        super().__init__(data)
        field = self.fields["version"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "Choose a version"), *((one, one) for one in versions)]
