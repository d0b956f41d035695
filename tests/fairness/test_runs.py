"""Runs: asked for, computed by Fairlearn on the cells, stored once with a line, read whole or restricted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pytest
from django.db import connection
from fairlearn.metrics import MetricFrame, demographic_parity_difference, selection_rate
from pytest_django import Settings
from sklearn.metrics import roc_auc_score

from audit import subjects
from audit.door import Conflict, Invalid, NotFound
from audit.log import Appended
from fairness import policies, runs
from fairness.assessing import scores_of, slice_of
from fairness.figures import Basis, Figures, Scores
from fairness.tables import Window
from tests.audit.ledger import CASE, START, decide, decision_body, rows
from tests.fairness.speaking import POLICY, VOICE, follow, outcome, outcome_of_each, reviewed

SINCE, UNTIL = START.date(), START.date() + timedelta(days=1)
WINDOW = Window(CASE, SINCE, UNTIL)
REF = "credit-risk@1.0.0"
DRAWN = np.random.default_rng(7)
SEX = np.where(DRAWN.random(120) < 0.4, "f", "m").tolist()
AGE = np.where(DRAWN.random(120) < 0.5, "old", "young").tolist()
SCORE = DRAWN.random(120).round(6).tolist()
CHOSEN = ["approve" if score > 0.4 else "deny" for score in SCORE]
REPAID = (DRAWN.random(120) < np.array(SCORE)).tolist()


def world(**policy: Any) -> list[Appended]:
    """120 decisions; what turned out true is known of two in three."""
    content = {**POLICY, "intersections": [["sex", "age"]], **policy}
    policies.set_policy(actor="user:o", use_case=CASE, content=content)
    lines = decide(
        (
            decision_body(
                at,
                segments={"sex": SEX[at], "age": AGE[at]},
                output={"label": CHOSEN[at], "score": SCORE[at]},
            )
            for at in range(120)
        ),
        VOICE,
    )
    known = [at for at in range(120) if at % 3]
    outcome_of_each(
        [lines[at] for at in known],
        "o",
        *({"label": "repaid" if REPAID[at] else "lost"} for at in known),
        observed_at=(START + timedelta(hours=5)).isoformat(),
    )
    follow()
    return lines


def order(**asked: Any) -> runs.RunView:
    return runs.order(actor="user:o", use_case=CASE, **{"since": SINCE, "until": UNTIL, **asked})


def ready(restricted: bool = False, **asked: Any) -> runs.RunView:
    made = order(**asked)
    assert runs.perform_all() == 1
    found = runs.run(made.id, restricted=restricted)
    assert found is not None
    return found


def sliced(basis: Basis = "machine", **asked: Any) -> Figures:
    known = policies.policy(CASE)
    assert known is not None
    return slice_of(WINDOW, known.content, basis=basis, **{"restricted": False, **asked})


def scored() -> Scores:
    known = policies.policy(CASE)
    assert known is not None
    found = scores_of(WINDOW, known.content, restricted=False)
    assert found is not None
    return found


def value(figures: Figures, axis: tuple[str, ...], group: tuple[str, ...], metric: str) -> Any:
    return next(
        figure
        for one in figures.axes
        if one.attributes == axis
        for each in one.groups
        if each.name == group
        for figure in each.figures
        if figure.metric == metric
    )


def test_a_run_says_what_fairlearn_says_of_the_rows(db: None) -> None:
    world()
    found = ready()
    assert (found.state, found.detail, found.policy) == ("ready", "", 1)
    assert found.library.startswith("fairlearn 0.")
    assert found.agreement == 0.0
    said = found.said
    assert said is not None
    assert (said.machine.decisions, said.machine.labelled, said.unlabelled) == (120, 80, 0)
    chosen = np.array([label == "approve" for label in CHOSEN], dtype=int)
    frame = MetricFrame(
        metrics=selection_rate, y_true=chosen, y_pred=chosen, sensitive_features=np.array(SEX)
    )
    for sex in ("f", "m"):
        assert value(said.machine, ("sex",), (sex,), "selection_rate").value == frame.by_group[sex]
    gap = demographic_parity_difference(chosen, chosen, sensitive_features=np.array(SEX))
    assert said.machine == sliced()
    assert runs.run(found.id, restricted=True).said.machine == sliced(restricted=True)  # type: ignore[union-attr]
    axes = {axis.attributes: axis for axis in said.machine.axes}
    assert axes["sex",].gaps[0].value == gap
    assert list(axes) == [("age",), ("sex",), ("sex", "age")]
    assert len(said.machine.axes[2].groups) == 4


def test_scores_rank_and_calibrate_as_rows_do(db: None) -> None:
    world()
    found = scored()
    (everybody,) = found.axes[0].groups
    known = [at for at in range(120) if at % 3]
    exact = roc_auc_score([REPAID[at] for at in known], [SCORE[at] for at in known])
    assert everybody.auc is not None
    assert everybody.auc_error is not None
    assert abs(everybody.auc - exact) <= everybody.auc_error + 1e-12
    brier = np.mean([(SCORE[at] - REPAID[at]) ** 2 for at in known])
    assert everybody.brier == pytest.approx(brier, abs=1e-12)
    assert everybody.mean == pytest.approx(np.mean(SCORE), abs=1e-12)
    assert found.since <= SINCE
    assert found.since.isoweekday() == 1


def test_a_lower_score_may_be_the_favourable_one(db: None) -> None:
    world()
    higher = scored().axes[0].groups[0].auc
    lower = {**POLICY, "score": {"direction": "lower_favourable"}}
    policies.set_policy(actor="user:o", use_case=CASE, content=lower)
    other = scored().axes[0].groups[0].auc
    assert higher is not None and other is not None
    assert higher + other == pytest.approx(1.0)


def test_every_metric_by_the_machines_label_and_by_the_one_after_review(db: None) -> None:
    lines = world()
    denied = [at for at in range(120) if CHOSEN[at] == "deny" and SEX[at] == "f"]
    for at in denied:
        reviewed(lines[at], "approve", "team a")
    follow()
    assert value(sliced(), ("sex",), ("f",), "selection_rate").value < 1.0
    assert value(sliced("effective"), ("sex",), ("f",), "selection_rate").value == 1.0
    by_team = sliced("effective", axes=[("review:group",)]).axes[0]
    groups = {group.name: group.decisions for group in by_team.groups}
    assert groups == {("team a",): len(denied), ("unknown",): 120 - len(denied)}


def test_a_run_and_its_line_are_one(db: None) -> None:
    world(intersections=[])
    found = ready()
    header, body = rows(
        "SELECT e.header, b.body FROM audit_entry e JOIN audit_entry_body b USING (id) WHERE id = %s",
        found.entry_id,
    )[0]
    assert orjson.loads(bytes(header))["kind"] == "assessment"
    said = orjson.loads(bytes(body))
    assert (said["run"], said["digest"], said["policy"]) == (str(found.id), found.digest, 1)
    assert not runs.perform()


def test_a_run_that_computes_for_long_is_not_cut_off(fresh_db: str) -> None:
    subjects.forget_all()
    world()
    asked = order()
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '20ms'")
    assert runs.perform()
    done = runs.run(asked.id, restricted=False)
    assert done is not None
    assert done.state == "ready"


def test_small_groups_are_left_out_for_who_may_not_see_them(db: None) -> None:
    world(limits={"shown": 40, "least": 50})
    both = {axis.attributes: axis for axis in sliced().axes}["sex", "age"]
    few = {group.name for group in both.groups if (group.decisions or 0) < 40}
    assert few
    seen = sliced(restricted=True)
    axes = {axis.attributes: axis for axis in seen.axes}
    hidden = [group for group in axes["sex", "age"].groups if group.hidden]
    assert {group.name for group in hidden} >= few
    assert axes["sex", "age"].hidden == len(hidden)
    assert all((group.decisions, group.figures) == (None, ()) for group in hidden)
    numbers = [
        figure.number
        for axis in seen.axes
        for group in axis.groups
        for figure in group.figures
        if not figure.hidden
    ]
    assert numbers
    assert all(not number or number >= 40 for number in numbers)


def test_slices_by_segment_and_of_nothing(db: None) -> None:
    world()
    women = sliced(where={"sex": "f"}, axes=[("age",)])
    assert women.decisions == SEX.count("f")
    nothing = slice_of(
        Window(CASE, date(2020, 1, 1), date(2020, 2, 1)),
        policies.policy(CASE).content,  # type: ignore[union-attr]
        basis="machine",
        restricted=True,
    )
    assert (nothing.decisions, nothing.coverage) == (0, None)
    with pytest.raises(KeyError):
        sliced(axes=[("shoe",)])


def test_a_repeat_finds_the_run_that_waits(db: None) -> None:
    policies.set_policy(actor="user:o", use_case=CASE, content=POLICY)
    assert order().id == order().id
    runs.perform_all()
    assert [one.said for one in runs.runs(CASE)] == [None]
    assert runs.runs(CASE, model_ref=REF) == []


def test_what_cannot_be_asked_for(db: None) -> None:
    with pytest.raises(Conflict):
        order()
    world()
    with pytest.raises(Invalid):
        order(until=SINCE)
    with pytest.raises(NotFound):
        order(model_ref="other@1")


def test_an_empty_window_is_a_run_too(db: None) -> None:
    policies.set_policy(actor="user:o", use_case=CASE, content=POLICY)
    found = ready()
    assert found.state == "ready"
    assert found.said is not None
    assert (found.said.machine.decisions, found.said.scores) == (0, None)


def test_versions_whose_cells_changed_are_assessed_but_not_too_often(
    db: None, settings: Settings
) -> None:
    lines = world(intersections=[], segments={"sex": {"purpose": "monitoring"}})
    assert runs.schedule() == 1
    assert runs.perform_all() == 1
    assert runs.schedule() == 0
    settings.FAIRNESS_RUN_SECONDS = 0
    assert runs.schedule() == 0
    outcome(lines[0], "late", observed_at=datetime.now(UTC).isoformat())
    follow()
    assert runs.schedule() == 1
    assert runs.latest(CASE, REF, restricted=True) is not None
