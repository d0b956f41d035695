"""Reasons that the maker of a decision states: automatic rules that fired, and what a person gave.

They stand in the decision's ``context``, as it was recorded: ``rules`` and ``reasons``, each a list
of codes or of objects with ``code`` and ``text`` (a sentence, or one per language); of a rule,
``denies`` false says that it fired without deciding against the person. Plain Python.

Comments to 12 CFR 1002.9(b)(2): of an automatic denial the specific factor is told (8); of a
combined system the reasons of the part that failed, of both if both did (7); of a judgmental one,
the factors that the person reviewed (6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from explain.catalogue import Rule

Kind = Literal["rule", "person"]
MOST: Final = 20
UNWORDED: Final = {
    "rule": {"en": "An automatic rule applied: {code}", "de": "Eine automatische Regel griff: {code}"},
    "person": {"en": "Given by the person who decided: {code}", "de": "Von der entscheidenden Person genannt: {code}"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stated:
    """``text`` by language; ``worded`` False when neither catalogue nor record has a sentence."""

    kind: Kind
    code: str
    text: Mapping[str, str]
    worded: bool = True


def stated(context: object, rules: Sequence[Rule] = ()) -> tuple[Stated, ...]:
    """The rules that denied, then the person's reasons, in the order recorded, each code once.

    The catalogue's wording of a rule stands before the record's: it is what was approved.
    """
    if not isinstance(context, Mapping):
        return ()
    known = {rule.code: rule.text for rule in rules}
    fired = _read("rule", context.get("rules"), known)
    given = _read("person", context.get("reasons"), {})
    return (*fired, *given)


def _read(kind: Kind, listed: object, known: Mapping[str, Mapping[str, str]]) -> list[Stated]:
    found: dict[str, Stated] = {}
    for item in listed[:MOST] if isinstance(listed, list) else ():
        one = _one(kind, item, known)
        if one is not None:
            found.setdefault(one.code, one)
    return list(found.values())


def _one(kind: Kind, item: object, known: Mapping[str, Mapping[str, str]]) -> Stated | None:
    said: Mapping[str, Any] = {"code": item} if isinstance(item, str) else {}
    if isinstance(item, Mapping):
        said = item
    code, text = said.get("code"), _texts(said.get("text"))
    if not isinstance(code, str) or not code:
        if not text:
            return None
        code = "other"
    if said.get("denies") is False:
        return None
    worded = known.get(code) or text
    if worded:
        return Stated(kind, code, dict(worded))
    named = {lang: words.replace("{code}", code) for lang, words in UNWORDED[kind].items()}
    return Stated(kind, code, named, worded=False)


def _texts(text: object) -> dict[str, str]:
    if isinstance(text, str) and text:
        return {"en": text}
    if isinstance(text, Mapping):
        return {
            str(lang): words for lang, words in text.items() if isinstance(words, str) and words
        }
    return {}


def warnings(found: Sequence[Stated]) -> tuple[str, ...]:
    """What whoever answers for the reasons must know of those stated."""
    return tuple(
        f"The {'rule' if one.kind == 'rule' else 'reason'} '{one.code}' has no wording in the catalogue or the record."
        for one in found
        if not one.worded
    )
