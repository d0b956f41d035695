"""Segments: strictly formed, sealed for their person, of a person or of one decision, told once."""

from typing import Any

import orjson
import pytest

from audit import header, subjects
from audit.decisions import record as decide
from audit.door import Conflict, Forbidden, Gone, Invalid, NotFound
from audit.erasure import erase
from audit.queries import payloads, timeline
from audit.segment_values import plain
from audit.segments import record, record_many
from tests.audit.ledger import settle
from tests.audit.statements import decision, now, raw
from tests.audit.test_decisions import stored
from tests.audit.test_ingest_api import post, problem, speaking
from tests.audit.voices import EVERY_ACT, PlainVoice

VOICE = PlainVoice(acts=EVERY_ACT | {"segments:write"})
INFERRED = {"value": "f", "source": "inferred", "method": "first name", "probability": 0.9}
SPREAD = {"distribution": {"a": 0.5, "b": 0.4}, "source": "inferred", "method": "BISG"}


def said(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": "s-1",
        "use_case": "consumer-credit",
        "subject": "cust-1234",
        "purpose": "detecting discrimination",
        "stated_at": now(),
        "segments": {"sex": {"value": "female", "source": "self_reported"}},
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def errors(body: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        record(voice=VOICE, raw=raw(body))
    return [(error["pointer"], error["code"]) for error in refused.value.errors]


@pytest.mark.django_db
def test_segments_of_a_person_are_sealed_for_them_and_stand_in_their_story() -> None:
    about = header.parse(decide(voice=VOICE, raw=raw(decision())).entry.header)
    body = raw(said())
    done = record(voice=VOICE, raw=body)
    line = header.parse(done.entry.header)
    assert (line.kind, line.ref, line.subject) == ("segments", None, about.subject)
    assert (line.model_ref, line.body_alg) == (None, "A256GCM")
    assert stored(done.entry.id) == body
    settle()
    assert [one.kind for one in timeline(about.id)] == ["segments"]


@pytest.mark.django_db
def test_a_person_nobody_named_before_is_made_known() -> None:
    done = record(voice=VOICE, raw=raw(said(subject="new")))
    assert subjects.find("consumer-credit", "new") == header.parse(done.entry.header).subject


@pytest.mark.django_db
def test_segments_of_one_decision_name_it() -> None:
    about = header.parse(decide(voice=VOICE, raw=raw(decision())).entry.header)
    done = record(voice=VOICE, raw=raw(said(subject=None, decision="app-1")))
    line = header.parse(done.entry.header)
    assert (line.ref, line.subject, line.model_ref) == (about.id, about.subject, about.model_ref)
    with pytest.raises(NotFound):
        record(voice=VOICE, raw=raw(said(id="s-2", subject=None, decision="app-9")))


@pytest.mark.django_db
def test_a_repeat_and_a_conflict() -> None:
    body = said()
    first, again = record(voice=VOICE, raw=raw(body)), record(voice=VOICE, raw=raw(body))
    assert (first.repeated, again.repeated) == (False, True)
    assert again.receipt == first.receipt
    with pytest.raises(Conflict):
        record(voice=VOICE, raw=raw({**body, "purpose": "marketing"}))


@pytest.mark.django_db
def test_nothing_more_is_stated_of_an_erased_person() -> None:
    about = header.parse(decide(voice=VOICE, raw=raw(decision())).entry.header)
    first = said(subject=None, decision="app-1")
    record(voice=VOICE, raw=raw(first))
    assert about.subject is not None
    erase(actor="user:p", subject=about.subject, use_case=about.use_case, reason="asked")
    with pytest.raises(Gone):
        record(voice=VOICE, raw=raw({**first, "id": "s-2"}))
    assert record(voice=VOICE, raw=raw(first)).repeated
    many = record_many(
        voice=VOICE,
        lines=[raw(said(id="s-3", subject="other")), raw({**first, "id": "s-4"})],
        on_error="skip",
    )
    assert [(one["line"], one["code"]) for one in many.problems] == [(2, "erased")]


@pytest.mark.django_db
def test_many_at_once_of_people_and_decisions() -> None:
    decide(voice=VOICE, raw=raw(decision()))
    lines = [
        raw(said()),
        raw(said(id="s-2", subject=None, decision="app-1")),
        raw(said(id="s-3", subject=None, decision="app-7")),
        raw(said(id="s-4", subject="fresh")),
    ]
    done = record_many(voice=VOICE, lines=lines, on_error="skip")
    assert [receipt.id for receipt in done.receipts] == ["s-1", "s-2", "s-4"]
    assert [(one["line"], one["pointer"]) for one in done.problems] == [(3, "/decision")]
    again = record_many(voice=VOICE, lines=lines[:2], on_error="fail")
    assert [receipt.repeated for receipt in again.receipts] == [True, True]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("segment", "flaw"),
    [
        ({"value": "f"}, ("/segments/sex/source", "required")),
        ({"value": "f", "source": "guess"}, ("/segments/sex/source", "form")),
        (
            {"value": "f", "source": "observed", "weight": 1},
            ("/segments/sex/weight", "unknown_field"),
        ),
        ({"value": "f", "source": "inferred"}, ("/segments/sex/method", "required")),
        (
            {"value": "f", "source": "inferred", "method": "m"},
            ("/segments/sex/probability", "required"),
        ),
        ({**INFERRED, "probability": 1.5}, ("/segments/sex/probability", "form")),
        ({**INFERRED, "value": None}, ("/segments/sex/value", "required")),
        ({**SPREAD, "value": "a"}, ("/segments/sex/distribution", "ambiguous")),
        ({**SPREAD, "distribution": {"a": 0.7, "b": 0.7}}, ("/segments/sex/distribution", "range")),
        ({**SPREAD, "distribution": {}}, ("/segments/sex/distribution", "form")),
        ({**SPREAD, "source": "observed"}, ("/segments/sex/distribution", "not_inferred")),
        ({**INFERRED, "source": "observed"}, ("/segments/sex/probability", "not_inferred")),
        ([1], ("/segments/sex", "type")),
    ],
)
def test_a_segment_out_of_form_is_named(segment: Any, flaw: tuple[str, str]) -> None:
    assert errors(said(segments={"sex": segment})) == [flaw]
    with pytest.raises(Invalid) as refused:
        decide(voice=VOICE, raw=raw(decision(segments={"sex": segment})))
    assert (refused.value.errors[0]["pointer"], refused.value.errors[0]["code"]) == flaw


@pytest.mark.django_db
def test_a_statement_is_about_one_thing_and_says_something() -> None:
    assert errors(said(subject=None)) == [("/subject", "required")]
    assert errors(said(decision="app-1")) == [("/subject", "required")]
    assert errors(said(segments={})) == [("/segments", "required")]


@pytest.mark.django_db
def test_who_may_state_segments() -> None:
    with pytest.raises(Forbidden):
        record(voice=PlainVoice(), raw=raw(said()))
    everywhere = PlainVoice(where=None, acts=frozenset({"segments:write"}))
    with pytest.raises(Invalid) as refused:
        record(voice=everywhere, raw=raw(said(use_case="nowhere")))
    assert [one["code"] for one in refused.value.errors] == ["unknown"]


@pytest.mark.django_db
def test_explanations_see_what_is_known_and_nothing_that_is_inferred() -> None:
    stated = {"a": "x", "b": 3, "c": None, "d": {"value": "y", "source": "observed"}, "e": INFERRED}
    done = decide(voice=VOICE, raw=raw(decision(segments=stated)))
    (payload,) = payloads([done.entry.id])
    assert payload.segments == {"a": "x", "b": 3, "c": None, "d": "y", "e": None}
    assert plain(SPREAD) is None


@pytest.mark.django_db
@pytest.mark.urls("tests.audit.api_urls")
def test_over_http() -> None:
    body = said()
    made = post(body, "/api/v1/segments", VOICE)
    assert (made.status_code, orjson.loads(made.content)["id"]) == (201, "s-1")
    assert post(body, "/api/v1/segments", VOICE).status_code == 200
    problem(post(body, "/api/v1/segments"), 403)
    lines = raw(said(id="s-8")) + b"\n" + raw(said(id="s-9"))
    bulk = speaking(VOICE).post("/api/v1/segments/bulk", lines, content_type="application/x-ndjson")
    assert orjson.loads(bulk.content)["counts"]["recorded"] == 2
