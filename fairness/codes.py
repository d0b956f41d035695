"""Small numbers for names: versions, labels, combinations of segments. Given once, in the follower's
own transaction, and never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import orjson
from django.db import connection

from fairness.models import Stratum, Version, Word

Segments = tuple[tuple[str, str], ...]

_NEW_STRATA: Final = """
INSERT INTO fairness_stratum (segments) SELECT x::jsonb FROM unnest(%s::text[]) x
ON CONFLICT (segments) DO NOTHING"""
_STRATA: Final = """
SELECT x, s.id FROM unnest(%s::text[]) x JOIN fairness_stratum s ON s.segments = x::jsonb"""
# A combination that nobody belongs to any more may tell of somebody who was erased.
_LEFT: Final = """
DELETE FROM fairness_stratum s WHERE s.id = ANY (%s)
AND NOT EXISTS (SELECT FROM fairness_cell c WHERE c.stratum = s.id)"""

# A label may be a text that was only ever said of one person. Facts are counted in cells, all of them.
_UNSAID: Final = """
WITH said AS MATERIALIZED (SELECT DISTINCT unnest(ARRAY[label, effective, truth]) AS id FROM fairness_cell)
DELETE FROM fairness_word w WHERE NOT EXISTS (SELECT FROM said WHERE said.id = w.id)"""


def versions(names: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Codes of versions, (use case, model_ref) each; those that have none get one."""
    made = [Version(use_case=use_case, model_ref=ref) for use_case, ref in sorted(names)]
    Version.objects.bulk_create(made, ignore_conflicts=True)
    rows = Version.objects.filter(use_case__in={use_case for use_case, _ in names})
    found = {
        (use_case, ref): code
        for code, use_case, ref in rows.values_list("id", "use_case", "model_ref")
    }
    return {name: found[name] for name in names}


def words(texts: Iterable[str]) -> dict[str, int]:
    """Codes of labels; 0 for the empty one."""
    wanted = {text for text in texts if text}
    known = dict(Word.objects.filter(text__in=wanted).values_list("text", "id"))
    if fresh := sorted(wanted - known.keys()):
        Word.objects.bulk_create([Word(text=text) for text in fresh], ignore_conflicts=True)
        known |= dict(Word.objects.filter(text__in=fresh).values_list("text", "id"))
    return {**known, "": 0}


def known_words(texts: Collection[str]) -> list[int]:
    """Codes of those of these labels that have ever occurred."""
    return list(Word.objects.filter(text__in=texts).values_list("id", flat=True))


def strata(combinations: Collection[Segments]) -> dict[Segments, int]:
    """Codes of combinations of segments."""
    by_text = {_text(segments): segments for segments in combinations}
    found = _strata(list(by_text))
    if fresh := sorted(by_text.keys() - found.keys()):
        with connection.cursor() as cursor:
            cursor.execute(_NEW_STRATA, [fresh])
        found |= _strata(fresh)
    return {by_text[text]: code for text, code in found.items()}


def forget_strata(codes: Collection[int]) -> None:
    """Take away those of these combinations that no cell has any more."""
    if codes:
        with connection.cursor() as cursor:
            cursor.execute(_LEFT, [list(codes)])


def forget_words() -> None:
    """Take away the labels that no decision has any more. Belongs under the follower's lock: a label
    that is about to be counted must not go."""
    with connection.cursor() as cursor:
        cursor.execute(_UNSAID)


def names_of_strata(codes: Collection[int]) -> dict[int, dict[str, str]]:
    return dict(Stratum.objects.filter(id__in=codes).values_list("id", "segments"))


def _strata(texts: list[str]) -> dict[str, int]:
    if not texts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_STRATA, [texts])
        return dict(cursor.fetchall())


def _text(segments: Segments) -> str:
    return orjson.dumps(dict(segments), option=orjson.OPT_SORT_KEYS).decode()
