"""Outcomes: sealed for the person of their decision, told once, refused where nothing can stand."""

from typing import Any
from uuid import uuid4

import pytest

from audit import header, projections, sequencer, subjects
from audit.decisions import Recorded
from audit.decisions import record as decide
from audit.door import Conflict, Forbidden, Gone, Invalid, NotFound
from audit.erasure import erase
from audit.outcomes import record, record_many
from tests.audit.statements import decision, outcome, raw
from tests.audit.test_decisions import counts, stored
from tests.audit.voices import PlainVoice

VOICE = PlainVoice()


def decided(**changes: Any) -> Recorded:
    return decide(voice=VOICE, raw=raw(decision(**changes)))


def tell(said: dict[str, Any], of: str = "app-1", **where: Any) -> Recorded:
    return record(voice=VOICE, decision=of, raw=raw(said), **where)


def erase_person_of(done: Recorded) -> None:
    said = header.parse(done.entry.header)
    assert said.subject is not None
    erase(actor="user:p", subject=said.subject, use_case=said.use_case, reason="asked")


@pytest.mark.django_db
def test_an_outcome_is_sealed_for_the_person_of_its_decision() -> None:
    about = header.parse(decided().entry.header)
    body = raw(outcome(value=0.5, note="late"))
    done = record(voice=VOICE, decision="app-1", raw=body)
    said = header.parse(done.entry.header)
    assert (said.kind, said.ref, said.subject) == ("outcome", about.id, about.subject)
    assert (said.use_case, said.model_ref) == (about.use_case, about.model_ref)
    assert stored(done.entry.id) == body
    assert done.receipt.leaf_hash == done.entry.leaf_hash


@pytest.mark.django_db
def test_a_repeat_and_a_conflict() -> None:
    decided()
    said = outcome()
    first, again = tell(said), tell(said)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.receipt == first.receipt
    with pytest.raises(Conflict):
        tell({**said, "label": "defaulted"})
    assert counts()[:3] == (2, 2, 2)


@pytest.mark.django_db
def test_outcome_ids_are_of_their_decision() -> None:
    decided(id="a")
    decided(id="b")
    assert tell(outcome(), "a").entry.id != tell(outcome(), "b").entry.id


@pytest.mark.django_db
def test_a_decision_is_named_by_either_id() -> None:
    done = decided()
    by_entry = tell(outcome(id="o2"), str(done.entry.id))
    assert header.parse(by_entry.entry.header).ref == done.entry.id


@pytest.mark.django_db
def test_an_unknown_decision_is_refused() -> None:
    decided()
    other = tell(outcome())
    for name in ("app-2", str(uuid4()), str(other.entry.id)):
        with pytest.raises(NotFound):
            tell(outcome(id="x"), name)
    assert counts()[0] == 2


@pytest.mark.django_db
def test_an_id_of_two_use_cases_needs_the_use_case() -> None:
    decided()
    there = decided(use_case="hiring")
    with pytest.raises(Invalid) as caught:
        tell(outcome())
    assert caught.value.errors[0]["code"] == "ambiguous"
    done = tell(outcome(), use_case="hiring")
    assert header.parse(done.entry.header).ref == there.entry.id


@pytest.mark.django_db
def test_who_may_not_speak() -> None:
    decided()
    body = raw(outcome())
    for voice in (
        PlainVoice(where=frozenset({"hiring"})),
        PlainVoice(acts=frozenset({"decisions:write"})),
    ):
        with pytest.raises(NotFound):
            record(voice=voice, decision="app-1", raw=body)
    with pytest.raises(Forbidden):
        record(voice=PlainVoice(models=frozenset({"other"})), decision="app-1", raw=body)


@pytest.mark.django_db
def test_after_erasure_nothing_new_is_told_but_a_repeat_has_its_receipt() -> None:
    done = decided()
    said = outcome()
    first = tell(said)
    erase_person_of(done)
    assert tell(said).receipt == first.receipt
    with pytest.raises(Gone):
        tell(outcome(id="new"))
    with pytest.raises(Conflict):
        tell({**said, "label": "other"})


@pytest.mark.django_db
def test_many_are_as_one_by_one() -> None:
    decisions = [decided(id=f"a{n}", subject=f"c{n}") for n in range(3)]
    lines = [
        raw(outcome(id="o", decision="a0")),
        raw(outcome(id="o", decision="a1", use_case="consumer-credit")),
        raw(outcome(id="o", decision=str(decisions[2].entry.id))),
        raw(outcome(id="p", decision="a0", label=None, value=3)),
    ]
    result = record_many(voice=VOICE, lines=lines, on_error="fail")
    headers = [header.parse(line.entry.header) for line in result.receipts]
    assert [one.ref for one in headers] == [decisions[n].entry.id for n in (0, 1, 2, 0)]
    assert [stored(one.id) for one in headers] == lines
    again = record_many(voice=VOICE, lines=lines[::-1], on_error="fail")
    assert [line.entry for line in again.receipts] == [line.entry for line in result.receipts[::-1]]
    assert (again.recorded, counts()[:3]) == (0, (7, 7, 7))


@pytest.mark.django_db
def test_bad_lines_of_many() -> None:
    gone = decided(id="gone", subject="g")
    before = raw(outcome(id="before", decision="gone"))
    record_many(voice=VOICE, lines=[before], on_error="fail")
    erase_person_of(gone)
    decided(id="a")
    lines = [
        raw(outcome(decision="a")),
        raw(outcome(decision="unknown")),
        raw(outcome(decision="gone")),
        before,
        raw(outcome(decision="a", label=None, id="x")),
        raw(outcome(decision="a", use_case="fraud", id="y")),
    ]
    with pytest.raises(Invalid) as caught:
        record_many(voice=VOICE, lines=lines, on_error="fail")
    told = [(e["line"], e["pointer"], e["code"]) for e in caught.value.errors]
    assert told == [
        (2, "/decision", "not_found"),
        (3, "/decision", "erased"),
        (5, "/label", "required"),
        (6, "/decision", "not_found"),
    ]
    result = record_many(voice=VOICE, lines=lines, on_error="skip")
    assert [(line.line, line.repeated) for line in result.receipts] == [(1, False), (4, True)]
    assert [e["line"] for e in result.problems] == [2, 3, 5, 6]


def test_who_may_speak_everywhere_finds_what_is_projected_or_named(fresh_db: str) -> None:
    subjects.forget_all()
    everywhere = PlainVoice(where=None)
    done = decided()
    with pytest.raises(NotFound):
        record(voice=everywhere, decision="app-1", raw=raw(outcome()))
    named = record(
        voice=everywhere, decision="app-1", raw=raw(outcome()), use_case="consumer-credit"
    )
    sequencer.sequence_once()
    projections.project()
    found = record(voice=everywhere, decision="app-1", raw=raw(outcome(id="o2")))
    by_entry = record(voice=everywhere, decision=str(done.entry.id), raw=raw(outcome(id="o3")))
    refs = {header.parse(one.entry.header).ref for one in (named, found, by_entry)}
    assert refs == {done.entry.id}


@pytest.mark.django_db
def test_a_correction_names_another_outcome_that_need_not_be_here_yet() -> None:
    decided()
    tell(outcome(id="second", corrects="first"))
    tell(outcome(id="first"))
    with pytest.raises(Invalid) as refused:
        tell(outcome(id="third", corrects="third"))
    assert [(one["pointer"], one["code"]) for one in refused.value.errors] == [
        ("/corrects", "itself")
    ]
