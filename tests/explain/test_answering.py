"""Questions about a decision are answered once, sealed under the person's key, whatever happens to the worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pandas as pd
import pytest

from audit import erasure, sequencer
from audit.door import Invalid
from audit.queries import payloads
from explain import answering, artefacts, engines, explanations, leases, questions
from explain.answering import claims
from explain.models import Question
from explain.queries import profile
from explain.questions import RECOURSE, REPLAY, About, Asked, ask, asked
from explain.recourse.policy import Bounds, Wishes
from explain.recourses import ask_recourse, standing_recourse
from governance.demo.applications import FEATURES
from governance.demo.catalogue import specification
from governance.demo.decisions import MODEL_REF, USE_CASE
from tests.explain.conftest import VOICE, Credit
from tests.explain.test_explanations import lines_about

Record = Callable[[dict[str, Any]], UUID]


def about(entry_id: UUID) -> About:
    (one,) = payloads([entry_id])
    return About(entry_id, one.use_case, one.model_ref, one.subject_id)


def recourse_of(entry_id: UUID, wishes: Wishes | None = None) -> UUID:
    known = profile(MODEL_REF)
    assert known is not None
    return ask_recourse(
        actor=VOICE.actor, about=about(entry_id), profile=known, wishes=wishes or Wishes()
    )


def told(question: UUID, entry_id: UUID, kind: str = RECOURSE) -> Asked:
    found = asked(question, kind=kind, entry_id=entry_id)
    assert found is not None
    return found


def denied(credit: Credit) -> dict[str, Any]:
    return next(body for at in range(40) if (body := credit.body(at))["output"]["label"] == "deny")


def erase(entry_id: UUID) -> None:
    erasure.erase(
        actor=VOICE.actor,
        subject=about(entry_id).subject_id,
        use_case=USE_CASE,
        reason="asked",
        request_id="r-1",
        legal_basis="GDPR 17",
    )


def test_recourse_is_bound_to_artefact_policy_and_seed(credit: Credit, record: Record) -> None:
    credit.register()
    body = denied(credit)
    entry_id = record(body)
    question = recourse_of(entry_id)
    assert told(question, entry_id).state == "pending"

    answering.answer_one(question)

    found = told(question, entry_id)
    assert found.state == "ready" and found.content is not None
    content = found.content
    assert content["outcome"] == "found"
    assert content["artefact_digest"] == artefacts.store(credit.artefact).digest
    assert content["seed"] == specification().seed
    assert len(content["policy_digest"]) == 64
    assert content["probability"] == pytest.approx(body["output"]["score"], abs=1e-9)
    first = content["answers"][0]
    for change in first["changes"]:
        assert change["from"] == body["features"][change["feature"]] != change["to"]
    # Re-scored by the model itself.
    after = {**body["features"], **{one["feature"]: one["to"] for one in first["changes"]}}
    again = credit.model.predict_proba(pd.DataFrame([after], columns=list(FEATURES)))[0, 1]
    assert again == pytest.approx(first["probability"], abs=1e-12)
    assert again < body["output"]["threshold"]
    assert lines_about(entry_id) == ["explanation"]


def test_the_same_question_is_asked_once_and_another_is_another(
    credit: Credit, record: Record
) -> None:
    credit.register()
    entry_id = record(denied(credit))
    first = recourse_of(entry_id)
    assert recourse_of(entry_id) == first
    answering.answer_one(first)
    assert recourse_of(entry_id) == first
    other = recourse_of(entry_id, Wishes(freeze=("amount",)))
    assert other != first
    assert recourse_of(entry_id, Wishes(freeze=("amount", "amount"))) == other
    while answering.follow():
        continue
    assert lines_about(entry_id) == ["explanation"] * 2
    found = standing_recourse(entry_id)
    assert found is not None and found.id == first
    assert all(
        change["feature"] != "amount"
        for answer in (told(other, entry_id).content or {})["answers"]
        for change in answer["changes"]
    )


def test_wishes_beyond_the_policy_are_refused_with_pointers(credit: Credit, record: Record) -> None:
    credit.register()
    entry_id = record(denied(credit))
    with pytest.raises(Invalid) as refused:
        recourse_of(entry_id, Wishes(freeze=("age",), bounds={"amount": Bounds(upper=90_000)}))
    assert [error["pointer"] for error in refused.value.errors] == [
        "/freeze/0",
        "/bounds/amount/upper",
    ]
    assert Question.objects.count() == 0


def test_a_favourable_outcome_needs_no_recourse(credit: Credit, record: Record) -> None:
    credit.register()
    body = next(b for at in range(40) if (b := credit.body(at))["output"]["label"] == "approve")
    entry_id = record(body)
    question = recourse_of(entry_id)
    answering.follow()
    assert (told(question, entry_id).content or {})["outcome"] == "favourable"


def test_what_the_artefact_does_not_reproduce_has_no_recourse(
    credit: Credit, record: Record
) -> None:
    credit.register()
    body = denied(credit)
    body["output"]["score"] += 0.01
    entry_id = record(body)
    question = recourse_of(entry_id)
    answering.follow()
    found = told(question, entry_id)
    assert found.state == "refused"
    assert found.detail.startswith("Output not reproduced")


def test_one_decision_of_another_shape_costs_the_others_nothing(
    credit: Credit, record: Record
) -> None:
    credit.register()
    bad = denied(credit)
    good_id = record(denied(credit) | {"id": "good"})
    bad["features"] = {**bad["features"], "amount": "much"}
    bad_id = record(bad)
    asked_both = recourse_of(good_id), recourse_of(bad_id)
    assert answering.follow() == 2
    assert told(asked_both[0], good_id).state == "ready"
    refused = told(asked_both[1], bad_id)
    assert refused.state == "refused"
    assert "'amount' should be a number" in refused.detail


def test_a_killed_worker_costs_nothing_and_nothing_is_answered_twice(
    credit: Credit, record: Record
) -> None:
    credit.register()
    entry_id = record(denied(credit))
    question = recourse_of(entry_id)
    killed = claims.claim(10)  # and never settled
    assert killed.due == (question,)
    assert answering.follow() == 0

    Question.objects.update(lease_until="2020-01-01T00:00:00Z")  # its lease runs out
    assert answering.follow() == 1
    # The dead worker wakes and tries to store its answer: the lease is no longer its own.
    claims._store(killed.lease, claims.given(list(Question.objects.filter(id__in=killed.due))))

    assert lines_about(entry_id) == ["explanation"]


def test_gives_up_on_a_question_that_keeps_ending_the_worker(
    credit: Credit, record: Record
) -> None:
    credit.register()
    entry_id = record(denied(credit))
    question = recourse_of(entry_id)
    for _ in range(leases.ATTEMPTS):
        assert len(claims.claim(1).due) == 1
        Question.objects.update(lease_until="2020-01-01T00:00:00Z")
    answering.follow()
    assert told(question, entry_id).state == "failed"
    # A failure may be asked about again; it is a new question.
    assert recourse_of(entry_id) != question


def test_nothing_is_left_of_an_erased_person(credit: Credit, record: Record) -> None:
    credit.register()
    entry_id = record(denied(credit))
    question = recourse_of(entry_id)
    answering.follow()
    erase(entry_id)
    # With the key the answer is gone at once, before any follower.
    assert (told(question, entry_id).state, told(question, entry_id).content) == ("erased", None)
    sequencer.sequence_once()
    while explanations.feed():
        continue
    assert Question.objects.count() == 0


def test_a_person_erased_before_their_turn_gets_no_line(credit: Credit, record: Record) -> None:
    credit.register()
    entry_id = record(denied(credit))
    recourse_of(entry_id)
    erase(entry_id)
    answering.follow()
    assert Question.objects.count() == 0
    assert lines_about(entry_id) == []


@pytest.mark.parametrize(
    ("changed", "state", "cause"),
    [
        ({}, "match", ""),
        ({"score": 0.123}, "drift", ""),
        ({"amount": None}, "cannot", "features_refused"),
        ({"artefact": b"?"}, "cannot", "digest_mismatch"),
        ({"artefact": None}, "cannot", "artefact_missing"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_replays(
    credit: Credit, record: Record, changed: dict[str, Any], state: str, cause: str
) -> None:
    credit.register()
    body = credit.body(0)
    if "score" in changed:
        body["output"]["score"] = changed["score"]
    if "amount" in changed:
        del body["features"]["amount"]
    entry_id = record(body)
    place = artefacts.path_of(artefacts.store(credit.artefact).digest)
    if changed.get("artefact"):
        place.write_bytes(place.read_bytes()[:-1] + changed["artefact"])
    elif "artefact" in changed:
        place.unlink()

    question = ask(actor=VOICE.actor, kind=REPLAY, about=about(entry_id), said={}, again=True)
    answering.answer_one(question)

    found = told(question, entry_id, REPLAY)
    assert found.state == "ready" and found.content is not None
    verdict = found.content["verdict"]
    assert (verdict["state"], verdict["cause"]) == (state, cause)
    assert lines_about(entry_id) == ["explanation"]
    if state == "drift":
        assert verdict["difference"] == pytest.approx(verdict["computed"] - 0.123)
        assert verdict["flipped"] == (body["output"]["label"] != verdict["label_now"])


def test_the_artefact_is_hashed_again_though_its_model_is_in_memory(
    credit: Credit, record: Record
) -> None:
    credit.register()
    entry_id = record(credit.body(0))
    explanations.feed()
    explanations.follow()
    assert engines._ready
    place = artefacts.path_of(artefacts.store(credit.artefact).digest)
    place.write_bytes(b"another model")
    question = ask(actor=VOICE.actor, kind=REPLAY, about=about(entry_id), said={}, again=True)
    answering.follow()
    content = told(question, entry_id, REPLAY).content
    assert content is not None and content["verdict"]["cause"] == "digest_mismatch"


def test_a_replay_can_be_repeated_and_is_shared_while_it_runs(
    credit: Credit, record: Record
) -> None:
    credit.register()
    entry_id = record(credit.body(0))

    def again() -> UUID:
        return ask(actor=VOICE.actor, kind=REPLAY, about=about(entry_id), said={}, again=True)

    first = again()
    assert again() == first
    answering.follow()
    assert again() != first
    assert questions.pending() == 1


def test_a_question_is_of_its_decision_alone(credit: Credit, record: Record) -> None:
    credit.register()
    entry_id = record(denied(credit))
    question = recourse_of(entry_id)
    assert asked(question, kind=RECOURSE, entry_id=uuid4()) is None
    assert asked(question, kind=REPLAY, entry_id=entry_id) is None
