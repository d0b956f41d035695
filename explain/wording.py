"""A reason's sentence with the person's own values: coded classes, numbers and what is missing. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any, Final

from explain.catalogue import Catalogue, Reason

YES_NO: Final = {
    "en": ("yes", "no"),
    "de": ("ja", "nein"),
    "fr": ("oui", "non"),
    "es": ("sí", "no"),
}
# Languages that write 0,5 and 10 000 or 10.000: their decimal sign and what parts thousands.
SIGNS: Final = {
    "de": (",", "."),
    "es": (",", "."),
    "it": (",", "."),
    "nl": (",", "."),
    "pt": (",", "."),
    "fr": (",", "\u202f"),
    "pl": (",", "\u00a0"),
}


def detail(reason: Reason, values: Mapping[str, Any], catalogue: Catalogue) -> dict[str, str]:
    """Per language, the reason's detail with these values in it.

    Where a value it needs is missing, the wording for that stands instead; a language without one
    has no sentence.
    """
    said = {}
    for language, template in reason.detail.items():
        needed = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
        if any(absent(values.get(name)) for name in needed):
            if language in reason.missing:
                said[language] = reason.missing[language]
            continue
        said[language] = template.format_map(
            {name: word(values[name], name, language, catalogue) for name in needed}
        )
    return said


def absent(value: Any) -> bool:
    """None, NaN, and an empty text: what forms and data frames leave where nothing was given."""
    return value is None or value != value or value == ""


def word(value: Any, feature: str, language: str, catalogue: Catalogue) -> str:
    """One value as a reader of this language knows it: the class behind a code, else the value."""
    classes = catalogue.classes.get(feature, {})
    meaning = classes.get(code(value), {})
    main = language.partition("-")[0]
    for wanted in (language, main, "en"):
        if wanted in meaning:
            return meaning[wanted]
    if isinstance(value, bool):
        yes, no = YES_NO.get(main, YES_NO["en"])
        return yes if value else no
    if isinstance(value, int | float):
        return number(value, main)
    return str(value)


def code(value: Any) -> str:
    """A class's key in the catalogue: 2 and 2.0 are the same class, True is ``true``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def number(value: float, language: str) -> str:
    """Six digits at most, thousands parted from 10,000 on, so that a year stays a year."""
    whole = value == int(value) if abs(value) < 1e15 else False
    parted = f"{int(value):,}" if whole and abs(value) >= 10_000 else ""
    text = parted or (str(int(value)) if whole else f"{value:.6g}")
    decimal, thousands = SIGNS.get(language, (".", ","))
    return text.replace(",", "\0").replace(".", decimal).replace("\0", thousands)
