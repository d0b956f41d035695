"""Every decision of a version with a profile is explained, exactly once, whatever happens to the worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
import skops.io
from django.db import connection
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline

from audit import erasure, log, queries, sequencer
from audit.log import append_held
from explain import artefacts, engines, explanations, leases, settling, storing, warming
from explain.findings import Thresholds
from explain.models import Explanation, Profile
from explain.policies import ask_again
from explain.queries import coverage, explanation
from governance.demo.applications import FEATURES
from governance.demo.catalogue import specification
from governance.demo.decisions import MODEL_REF, USE_CASE
from tests.explain.conftest import VOICE, Credit

Record = Callable[[dict[str, Any]], UUID]


def settle() -> None:
    while explanations.feed() or explanations.follow():
        continue


def lines_about(entry_id: UUID) -> list[str]:
    """Kinds of the entries about a decision, straight from the leaves; alerts (its version is unknown) left out."""
    sequencer.sequence_once()
    with connection.cursor() as cursor:
        cursor.execute("SELECT header FROM audit_entry ORDER BY id")
        headers = [log.parse(bytes(row[0])) for row in cursor]
    return [h.kind for h in headers if h.ref == entry_id and h.kind != "alert"]


def test_explains_a_decision_with_the_artefact_that_decided(credit: Credit, record: Record) -> None:
    credit.register()
    body = credit.body(0)
    entry_id = record(body)

    settle()

    found = explanation(entry_id, MODEL_REF, content=body)
    assert found is not None
    assert found.state == "ready"
    assert found.artefact_digest == artefacts.store(credit.artefact).digest
    assert {row.feature for row in found.attributions} == set(FEATURES)
    assert found.base is not None and found.output is not None
    assert found.base + sum(row.phi for row in found.attributions) == pytest.approx(
        found.output, abs=1e-9
    )
    assert 1 / (1 + np.exp(-found.output)) == pytest.approx(body["output"]["score"], abs=1e-9)
    assert found.lime is not None
    assert lines_about(entry_id) == ["explanation"]


def test_values_shown_are_those_of_the_decision(credit: Credit, record: Record) -> None:
    credit.register()
    body = credit.body(1)
    entry_id = record(body)
    settle()

    found = explanation(entry_id, MODEL_REF, content=body)

    assert found is not None
    assert {row.feature: row.value for row in found.attributions} == body["features"]


def test_refuses_what_the_artefact_does_not_reproduce(credit: Credit, record: Record) -> None:
    credit.register()
    body = credit.body(0)
    body["output"]["score"] += 0.01
    entry_id = record(body)

    settle()

    found = explanation(entry_id, MODEL_REF, content=body)
    assert found is not None
    assert (found.state, found.cause) == ("refused", "output_not_reproduced")
    assert found.detail.startswith("Output not reproduced: the artefact gives")
    assert found.attributions == ()
    assert lines_about(entry_id) == ["explanation"]


def test_refuses_features_of_another_shape_and_explains_the_others(
    credit: Credit, record: Record
) -> None:
    credit.register()
    bad = credit.body(0)
    del bad["features"]["amount"]
    bad_id, good_id = record(bad), record(credit.body(1))

    settle()

    states = set(Explanation.objects.values_list("entry_id", "state", "cause"))
    assert states == {(bad_id, "refused", "features_refused"), (good_id, "ready", "")}


def test_refuses_a_changed_artefact(credit: Credit, record: Record) -> None:
    credit.register()
    place = artefacts.path_of(artefacts.store(credit.artefact).digest)
    place.write_bytes(place.read_bytes()[:-1] + b"?")
    engines._ready.clear()  # as in a worker just started: it must load the artefact
    body = credit.body(0)
    entry_id = record(body)

    settle()

    found = explanation(entry_id, MODEL_REF, content=body)
    assert found is not None
    assert (found.state, found.cause) == ("refused", "digest_mismatch")
    assert "was changed and is not used" in found.detail


def test_a_missing_artefact_refuses_until_it_is_back(credit: Credit, record: Record) -> None:
    credit.register()
    place = artefacts.path_of(artefacts.store(credit.artefact).digest)
    content = place.read_bytes()
    place.unlink()
    engines._ready.clear()
    entry_id = record(credit.body(0))
    settle()
    row = Explanation.objects.get(entry_id=entry_id)
    assert (row.state, row.cause) == ("refused", "artefact_missing")

    place.write_bytes(content)
    assert ask_again(entry_id)
    settle()

    row.refresh_from_db()
    assert (row.state, row.cause, row.detail) == ("ready", "", "")
    assert not ask_again(entry_id)
    # The refusal stays in the log; what came of the second try stands after it.
    assert lines_about(entry_id) == ["explanation", "explanation"]


def test_a_killed_worker_costs_nothing_and_nothing_is_done_twice(
    credit: Credit, record: Record
) -> None:
    credit.register()
    ids = [record(credit.body(at)) for at in range(3)]
    explanations.feed()
    killed = explanations.claim(10)  # and never settled
    assert len(killed.due) == 3
    assert explanations.follow() == 0

    Explanation.objects.update(lease_until="2020-01-01T00:00:00Z")  # its lease runs out
    settle()

    assert [lines_about(entry_id) for entry_id in ids] == [["explanation"]] * 3
    # The dead worker wakes and tries to store its results: the lease is no longer its own.
    profile = Profile.objects.get(model_ref=MODEL_REF)
    results = explanations._results(profile, queries.payloads(killed.due))
    settling.store(killed.lease, list(zip(killed.due, results, strict=True)))
    assert [lines_about(entry_id) for entry_id in ids] == [["explanation"]] * 3


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying_after(real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given, **named: (real(*given, **named), die())[0]


# Where in a batch the worker is killed, and how many are settled by then.
POINTS: dict[str, tuple[Any, str, Callable[..., Any], int]] = {
    "claimed": (explanations, "_settle", die, 0),
    "computed": (explanations, "store", die, 0),
    "lines appended, nothing committed": (settling, "append_held", dying_after(append_held), 0),
    "rows settled, nothing committed": (settling, "write", dying_after(storing.write), 0),
    "committed": (explanations, "store", dying_after(settling.store), 4),
}


@pytest.mark.parametrize("point", POINTS)
def test_killed_with_signal_nine_in_mid_batch_each_is_explained_once(
    credit: Credit, record: Record, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    credit.register()
    ids = [record(credit.body(at)) for at in range(4)]
    explanations.feed()
    explanations.engine(Profile.objects.get(model_ref=MODEL_REF))  # the child has it from us
    warming._let_go()
    child = os.fork()
    if child == 0:
        where, name, hook, _ = POINTS[point]
        monkeypatch.setattr(where, name, hook)
        try:
            explanations.follow()
        finally:
            os._exit(1)  # it was to be killed before
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL

    settled = Explanation.objects.exclude(state="pending").count()
    assert settled == POINTS[point][3]
    assert explanations.follow() == 0  # its lease still keeps others off
    Explanation.objects.update(lease_until="2020-01-01T00:00:00Z")
    settle()

    assert [lines_about(entry_id) for entry_id in ids] == [["explanation"]] * 4
    assert set(Explanation.objects.values_list("state", flat=True)) == {"ready"}


def test_gives_up_on_a_decision_that_keeps_ending_the_worker(
    credit: Credit, record: Record
) -> None:
    credit.register()
    entry_id = record(credit.body(0))
    explanations.feed()
    for _ in range(leases.ATTEMPTS):
        assert explanations.claim(1).due == (entry_id,)
        Explanation.objects.update(lease_until="2020-01-01T00:00:00Z")

    settle()

    row = Explanation.objects.get(entry_id=entry_id)
    assert (row.state, row.cause) == ("failed", "given_up")


def test_nothing_is_left_of_an_erased_person(credit: Credit, record: Record) -> None:
    credit.register()
    ids = [record(credit.body(at)) for at in range(2)]
    settle()
    subject = Explanation.objects.get(entry_id=ids[0]).subject_id

    erasure.erase(
        actor=VOICE.actor,
        subject=subject,
        use_case=USE_CASE,
        reason="asked",
        request_id="r-1",
        legal_basis="GDPR 17",
    )
    sequencer.sequence_once()
    settle()

    assert list(Explanation.objects.values_list("entry_id", flat=True)) == [ids[1]]


def test_a_person_erased_before_their_turn_is_not_explained(credit: Credit, record: Record) -> None:
    credit.register()
    entry_id = record(credit.body(0))
    explanations.feed()
    subject = Explanation.objects.get(entry_id=entry_id).subject_id
    erasure.erase(
        actor=VOICE.actor,
        subject=subject,
        use_case=USE_CASE,
        reason="asked",
        request_id="r-1",
        legal_basis="GDPR 17",
    )

    explanations.follow()

    assert Explanation.objects.count() == 0
    assert lines_about(entry_id) == []


def test_batches_do_not_change_figures(credit: Credit, record: Record) -> None:
    credit.register()
    ids = [record(credit.body(at)) for at in range(4)]
    explanations.feed()
    assert explanations.explain_one(ids[2])

    settle()

    alone = Explanation.objects.get(entry_id=ids[2])
    again = explanations._results(Profile.objects.get(model_ref=MODEL_REF), queries.payloads(ids))
    assert again[2].figures["phi"] == alone.phi
    assert again[2].figures["lime_weights"] == alone.lime_weights


def test_decisions_without_a_profile_are_passed_by(credit: Credit, record: Record) -> None:
    entry_id = record(credit.body(0))

    settle()

    assert explanation(entry_id, MODEL_REF, content={}) is None
    assert coverage([MODEL_REF]) == {}


def test_quality_is_stored_and_poor_figures_stand_beside_the_reasons(
    credit: Credit, record: Record
) -> None:
    strict = Thresholds(lime_r2=1.0, stability=1.01, faithfulness=9.0)
    credit.register(specification=replace(specification(), thresholds=strict))
    body = credit.body(0)
    entry_id = record(body)
    settle()

    found = explanation(entry_id, MODEL_REF, content=body)

    assert found is not None and found.quality is not None
    quality = found.quality
    assert quality.additive and quality.standard_error is None
    assert quality.stability is not None and quality.stability > 0.5
    assert quality.deletion is not None and quality.insertion is not None
    assert [words.split(" ", 3)[:3] for words in quality.warnings] == [
        ["LIME's", "linear", "picture"],
        ["Taking", "features", "away"],
        ["Putting", "features", "back"],
        ["One", "per", "cent"],
    ]


def test_estimates_are_shown_with_their_errors(credit: Credit, record: Record) -> None:
    """Seventeen features are too many to ask about all their coalitions."""
    said = replace(specification(), evaluations=60 * 100)
    model = Pipeline([credit.model.steps[0], ("decide", GaussianNB())])
    rows = pd.DataFrame([row.features for row in credit.learnt])
    model.fit(rows, [at % 2 for at in range(len(rows))])
    credit.register(artefact=skops.io.dumps(model), specification=said)
    body = credit.body(0)
    features = pd.DataFrame([credit.held_out[0].features])
    body["output"]["score"] = float(model.predict_proba(features)[0, 1])
    entry_id = record(body)
    settle()

    found = explanation(entry_id, MODEL_REF, content=body)

    assert found is not None
    assert found.state == "ready", found.detail
    assert found.method.startswith("interventional Shapley,")
    assert found.output_space == "probability"
    errors = [row.error for row in found.attributions]
    assert all(error is not None and error >= 0 for error in errors)
    assert found.quality is not None and found.quality.standard_error == max(errors)


def test_a_slow_version_is_explained_in_batches_that_fit_a_lease(
    credit: Credit, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit.register()
    ids = [record(credit.body(at)) for at in range(3)]
    explanations.feed()
    monkeypatch.setattr(engines.Engine, "batch", lambda _: 2)

    explanations.follow()

    states = dict(Explanation.objects.values_list("entry_id", "state"))
    assert [states[entry_id] for entry_id in ids] == ["ready", "ready", "pending"]
    left = Explanation.objects.get(entry_id=ids[2])
    assert (left.lease, left.attempts) == (None, 0)
    settle()
    assert [lines_about(entry_id) for entry_id in ids] == [["explanation"]] * 3
