"""Parts of the form of a fairness policy: texts by line, numbers, rows of segments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator

from fairness.policy import Content, Limits


def lines(value: Any) -> list[str]:
    """Those that are not empty. Raises ValidationError for text that the database cannot hold."""
    text = str(value or "")
    # Here, since the field's own validator would look for it in the printed form of the list.
    ProhibitNullCharactersValidator()(text)
    return [line.strip() for line in text.splitlines() if line.strip()]


class Lines(forms.CharField):
    """Texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 2})

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return lines(value)


def number(label: str, text: str = "") -> forms.FloatField:
    return forms.FloatField(
        label=label,
        help_text=text,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": "A number.", "invalid": "A number, such as 0.8."},
    )


def whole(label: str, text: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=text,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": "A whole number.", "invalid": "A whole number."},
    )


class MainForm(forms.Form):
    """All but the rows."""

    favourable = Lines(
        label="Favourable labels",
        help_text="Those that are good for the person, one a line.",
        error_messages={"required": "At least one label that is favourable to the person."},
    )
    positive = Lines(
        required=False,
        label="Positive true labels",
        help_text="What turned out true when the favourable decision was right, one a line.",
    )
    sources = Lines(
        required=False,
        label="Sources of true labels",
        help_text="In order: the first one's word stands before others'.",
    )
    intersections = Lines(
        required=False,
        label="Intersections",
        help_text="Segments compared together, such as “sex, age_band”; one a line.",
    )
    low = number("Scores begin at")
    high = number("Scores end at")
    direction = forms.ChoiceField(
        label="Favourable are",
        choices=(
            ("higher_favourable", "Higher scores"),
            ("lower_favourable", "Lower scores"),
        ),
    )
    ratio = number(
        "Least ratio of selection rates", "To the most selected group's; 0.8 is four fifths."
    )
    ratio_margin = number("Margin of the ratio", "The smallest departure that must not be missed.")
    difference = number("Largest difference of other rates", "To everybody else's.")
    difference_margin = number("Margin of the difference")
    least = whole("Fewest decisions that are judged", "Below it there is no evidence.")
    shown = whole("Fewest decisions shown to everybody", "Smaller groups are for few eyes.")
    confidence = number("Confidence of intervals")
    adjustment = forms.ChoiceField(
        label="Adjustment of p-values",
        choices=(
            ("holm", "Holm"),
            ("benjamini-hochberg", "Benjamini and Hochberg"),
        ),
    )
    window_days = whole("Days of a window", "What a run and the board look back at.")
    retrain_on_breach = forms.BooleanField(
        required=False,
        label="An alert asks for training anew",
        help_text="The request names the window and the reason, and stands in the log.",
    )

    @classmethod
    def initial_of(cls, content: Content) -> dict[str, Any]:
        lines = ("favourable", "positive", "sources")
        limits = {name: plain(getattr(content.limits, name)) for name in Limits.__struct_fields__}
        return {
            **{name: "\n".join(getattr(content, name)) for name in lines},
            "intersections": "\n".join(", ".join(one) for one in content.intersections),
            "low": plain(content.score.low),
            "high": plain(content.score.high),
            "direction": content.score.direction,
            **limits,
            "confidence": plain(content.confidence),
            "adjustment": content.adjustment,
            "window_days": content.window_days,
            "retrain_on_breach": content.retrain_on_breach,
        }

    def said(self) -> dict[str, Any]:
        given = self.cleaned_data
        named = ("favourable", "positive", "sources", "confidence", "adjustment", "window_days")
        return {
            **{name: given[name] for name in (*named, "retrain_on_breach")},
            "intersections": [
                [name.strip() for name in line.split(",") if name.strip()]
                for line in given["intersections"]
            ],
            "score": {name: given[name] for name in ("low", "high", "direction")},
            "limits": {name: given[name] for name in Limits.__struct_fields__},
        }


class SegmentForm(forms.Form):
    """A row; one without a name counts for nothing."""

    name = forms.CharField(required=False, max_length=100, label="Segment")
    purpose = forms.CharField(required=False, max_length=200, label="Purpose")
    protected = forms.BooleanField(required=False, label="Protected")


def plain(value: Any) -> Any:
    """A number as it is typed: every digit it has, and no trailing ``.0``."""
    return repr(value).removesuffix(".0") if isinstance(value, float) else value
