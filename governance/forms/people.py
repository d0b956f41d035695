"""The forms people are brought in and given roles with."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django import forms

from governance.models import Role

EVERYWHERE: Final = "*"


class InviteForm(forms.Form):
    name = forms.CharField(
        max_length=120,
        label="Name",
        error_messages={"required": "Give a name."},
        help_text="As colleagues know them.",
    )
    email = forms.CharField(
        max_length=254,
        label="Email address",
        error_messages={"required": "Give an email address."},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="They sign in with it. Nothing is sent there.",
    )


class RoleForm(forms.Form):
    """``use_cases`` are those in which the asker may give roles; EVERYWHERE stands for all of them."""

    role = forms.ChoiceField(choices=Role.choices, label="Role")
    use_case = forms.ChoiceField(label="In", error_messages={"required": "Say where."})
    until = forms.DateField(
        required=False,
        label="Last day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Give a date, such as 2027-01-31."},
        help_text="In UTC. Empty: until it is taken away. An examiner's role always ends.",
    )

    def __init__(self, *args: Any, use_cases: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["use_case"]
        if isinstance(field, forms.ChoiceField):
            field.choices = use_cases

    def clean_use_case(self) -> str:
        """As the verb takes it: empty for all of them. What was left out never comes to mean that."""
        chosen: str = self.cleaned_data["use_case"]
        return "" if chosen == EVERYWHERE else chosen

    def clean_until(self) -> datetime | None:
        """The midnight that ends the last day."""
        day: date | None = self.cleaned_data["until"]
        return datetime.combine(day + timedelta(days=1), time(), UTC) if day else None
