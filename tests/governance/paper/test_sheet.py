"""The why-answer on paper: what each audience is told, and what it takes to verify it."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from pypdf import PdfReader

from governance.demo.decisions import USE_CASE
from governance.pages.why.known import Known
from governance.pages.why.reader import known_to
from governance.paper.sheet import MOST, as_json, why_pdf, why_sheet
from governance.why import for_audience, why
from tests.factories import HIRING, VOICE, World, world

__all__ = ["world"]


def known(world: World, name: str, audience: str = "reviewer", lang: str = "en") -> Known:
    answer = why(key=name, use_cases=(USE_CASE, HIRING), lang=lang)
    assert answer is not None
    return known_to(VOICE, for_audience(answer, audience))


def read(made: bytes) -> str:
    """What a reader takes out of it, white space evened; the signs that mark where a word may break are gone."""
    pages = PdfReader(io.BytesIO(made)).pages
    return " ".join("".join(page.extract_text() for page in pages).replace("\u200b", "").split())


def test_it_says_what_the_page_says(world: World) -> None:
    one = known(world, world.denied)
    said = read(why_pdf(one))
    assert "Why was this decision made?" in said
    assert f"Consumer credit · decision {world.denied} · person applicant-0004" in said
    assert "Amount and duration of the loan in relation to income" in said
    assert "Loan duration: 42 months" in said
    assert "threshold −0.405" in said
    assert "rank correlation after 1 % of noise" in said
    # Charts are pictures with text, legible without colour.
    assert "+1.287" in said and "dark, to the right: towards Deny" in said


def test_what_it_takes_to_verify_it_is_printed_whole(world: World) -> None:
    one = known(world, world.denied)
    said = read(why_pdf(one)).replace(" ", "")
    proof = one.answer.proof
    assert proof.root is not None and proof.checkpoint is not None
    whole = [
        str(one.answer.decision.entry_id), one.answer.model.artefact_digest, proof.leaf_hash, proof.root,
        *proof.inclusion, proof.header, *proof.checkpoint.split(),
    ]  # fmt: skip
    assert [part for part in whole if (part or "?").replace(" ", "") not in said] == []
    assert f"/log/verify/{one.answer.decision.entry_id}/" in said


@pytest.mark.parametrize("audience", ["subject", "reviewer", "examiner"])
def test_the_same_answer_gives_the_same_bytes(world: World, audience: str) -> None:
    first, again = (why_pdf(known(world, world.denied, audience)) for _ in range(2))
    assert first == again
    about = PdfReader(io.BytesIO(first)).metadata
    assert about is not None and about.title == f"Why decision {world.denied} was made"
    newest = max(item.at for item in known(world, world.denied).answer.timeline)
    assert about.creation_date is not None
    assert about.creation_date.date() == newest.date()


def test_the_person_concerned_is_told_no_score_weight_or_name(world: World) -> None:
    said = read(why_pdf(known(world, world.denied, "subject")))
    assert "Amount and duration of the loan" in said
    for kept in (
        "threshold −",
        "LIME",
        "of what spoke against",
        "system, tests",
        "Segments",
        "Score",
    ):
        assert kept not in said, kept


def test_segments_and_every_contribution_are_for_examiners_alone(world: World) -> None:
    reviewer, examiner = (
        read(why_pdf(known(world, world.denied, one))) for one in ("reviewer", "examiner")
    )
    assert "Segments" in examiner and "Every contribution" in examiner
    assert "Segments" not in reviewer and "Every contribution" not in reviewer
    every = known(world, world.denied, "examiner").answer.explanation.attributions
    assert [row.label for row in every if row.label not in examiner] == []


def test_the_reasons_are_in_the_language_asked_for(world: World) -> None:
    said = read(why_pdf(known(world, world.denied, "subject", lang="de")))
    assert "Höhe und Laufzeit" in said
    assert "wording in Deutsch" in said


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("refused", "What can be done: Replay the decision to see how far off the artefact is."),
        ("pending", "The explanation is being computed"),
        ("erased", "This person's data was erased"),
        ("unprofiled", "This version has no explanation"),
        ("approved", "This outcome is not against the person"),
    ],
)
def test_each_state_has_its_document(world: World, kind: str, sentence: str) -> None:
    assert sentence in read(why_pdf(known(world, getattr(world, kind))))


def test_hostile_values_are_shown_as_they_are(world: World) -> None:
    one = known(world, world.denied)
    features = {
        "purpose": '#panic("x") $a$ *b* \\ "q" <t> @x',
        "savings": "W" * 3000,
        "housing": "עברית العربية",
        "#let x = 1": "\U0001f600 漢字 \ufffe",
        **{f"extra {at}": at for at in range(MOST + 20)},
    }
    decision = replace(one.answer.decision, features=features, inputs={"deep": ["#eval()", {}]})
    reasons = one.answer.reasons
    told = replace(reasons, items=(replace(reasons.items[0], text="#pagebreak() = no"),))
    answer = replace(one.answer, decision=decision, reasons=told)
    said = read(why_pdf(replace(one, answer=answer, case_name='#import "@preview/x:1.0.0"')))
    assert '#panic("x") $a$ *b* \\ "q" <t> @x' in said
    assert "#pagebreak() = no" in said
    assert '#import "@preview/x:1.0.0"' in said
    assert "#let x = 1" in said
    assert "עברית" in said or "תירבע" in said  # readers differ in the order they give it
    assert "more lines; they stand in the answer as JSON." in said


def test_readings_do_not_change_it(world: World) -> None:
    """Each copy would else differ from the last by the note of the last."""
    one = known(world, world.denied)
    line = replace(one.answer.timeline[0], kind="access", text="Personal data read")
    more: Any = replace(one, answer=replace(one.answer, timeline=(*one.answer.timeline, line)))
    assert as_json(why_sheet(more)) == as_json(why_sheet(one))
