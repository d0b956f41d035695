"""Runs: asked for, computed by Fairlearn on the cells, stored once with a line, read whole or restricted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pytest
from fairlearn.metrics import MetricFrame, demographic_parity_difference, selection_rate
from pytest_django import Settings
from sklearn.metrics import roc_auc_score

from audit.door import Conflict, Invalid, NotFound
from audit.log import Appended
from fairness import policies, runs
from fairness.assessing import slice_of
from fairness.figures import Figures, Group
from fairness.tables import Window
from tests.audit.ledger import CASE, START, decide, decision_body, rows
from tests.fairness.speaking import POLICY, VOICE, follow, outcome, reviewed

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
    for at, line in enumerate(lines):
        if at % 3:
            later = (START + timedelta(hours=5)).isoformat()
            label = "repaid" if REPAID[at] else "lost"
            outcome(line, "o", label=label, observed_at=later)
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
    axes = {axis.attributes: axis for axis in said.machine.axes}
    assert axes["sex",].gaps[0].value == gap
    assert list(axes) == [("age",), ("sex",), ("sex", "age")]
    assert len(said.machine.axes[2].groups) == 4


def test_scores_rank_and_calibrate_as_rows_do(db: None) -> None:
    world()
    said = ready().said
    assert said is not None
    assert said.scores is not None
    (everybody,) = said.scores.axes[0].groups
    known = [at for at in range(120) if at % 3]
    exact = roc_auc_score([REPAID[at] for at in known], [SCORE[at] for at in known])
    assert everybody.auc is not None
    assert everybody.auc_error is not None
    assert abs(everybody.auc - exact) <= everybody.auc_error + 1e-12
    brier = np.mean([(SCORE[at] - REPAID[at]) ** 2 for at in known])
    assert everybody.brier == pytest.approx(brier, abs=1e-12)
    assert everybody.mean == pytest.approx(np.mean(SCORE), abs=1e-12)
    assert said.scores.since <= SINCE
    assert said.scores.since.isoweekday() == 1


def test_a_lower_score_may_be_the_favourable_one(db: None) -> None:
    world()
    higher = ready().said
    policies.set_policy(
        actor="user:o",
        use_case=CASE,
        content={**POLICY, "score": {"direction": "lower_favourable"}},
    )
    lower = ready().said
    assert higher is not None and higher.scores is not None
    assert lower is not None and lower.scores is not None
    one, two = higher.scores.axes[0].groups[0].auc, lower.scores.axes[0].groups[0].auc
    assert one is not None and two is not None
    assert one + two == pytest.approx(1.0)


def test_every_metric_by_the_machines_label_and_by_the_one_after_review(db: None) -> None:
    lines = world()
    denied = [at for at in range(120) if CHOSEN[at] == "deny" and SEX[at] == "f"]
    for at in denied:
        reviewed(lines[at], "approve", "team a")
    follow()
    said = ready().said
    assert said is not None
    machine = value(said.machine, ("sex",), ("f",), "selection_rate")
    effective = value(said.effective, ("sex",), ("f",), "selection_rate")
    assert machine.value < 1.0
    assert effective.value == 1.0
    by_team = slice_of(
        WINDOW,
        policies.policy(CASE).content,  # type: ignore[union-attr]
        basis="effective",
        restricted=False,
        axes=[("review:group",)],
    )
    groups = {group.name: group.decisions for group in by_team.axes[0].groups}
    assert groups == {("team a",): len(denied), ("unknown",): 120 - len(denied)}


def test_a_run_and_its_line_are_one(db: None) -> None:
    world()
    found = ready()
    header, body = rows(
        "SELECT e.header, b.body FROM audit_entry e JOIN audit_entry_body b USING (id) WHERE id = %s",
        found.entry_id,
    )[0]
    assert orjson.loads(bytes(header))["kind"] == "assessment"
    said = orjson.loads(bytes(body))
    assert (said["run"], said["digest"], said["policy"]) == (str(found.id), found.digest, 1)
    assert not runs.perform()


def test_small_groups_are_left_out_for_who_may_not_see_them(db: None) -> None:
    world(limits={"shown": 40, "least": 50})
    whole = ready()
    seen = runs.run(whole.id, restricted=True)
    assert whole.said is not None and seen is not None and seen.said is not None
    few = [group for group in whole.said.machine.axes[2].groups if (group.decisions or 0) < 40]
    assert few
    hidden = {group.name for group in seen.said.machine.axes[2].groups if group.hidden}
    assert hidden >= {group.name for group in few}
    assert all(
        (group.decisions, group.figures) == (None, ())
        for group in seen.said.machine.axes[2].groups
        if group.hidden
    )

    def told(group: Group) -> list[float | None]:
        return [figure.number for figure in group.figures if not figure.hidden]

    for axis in seen.said.machine.axes:
        for group in axis.groups:
            assert all(not number or number >= 40 for number in told(group))


def test_a_slice_is_the_run_without_the_wait(db: None) -> None:
    world()
    known = policies.policy(CASE)
    assert known is not None
    said = ready().said
    assert said is not None
    sliced = slice_of(WINDOW, known.content, basis="machine", restricted=False)
    assert sliced == said.machine
    women = slice_of(
        WINDOW,
        known.content,
        basis="machine",
        restricted=False,
        where={"sex": "f"},
        axes=[("age",)],
    )
    assert women.decisions == SEX.count("f")
    nothing = slice_of(
        replace(WINDOW, since=date(2020, 1, 1), until=date(2020, 2, 1)),
        known.content,
        basis="machine",
        restricted=True,
    )
    assert (nothing.decisions, nothing.coverage) == (0, None)


def test_a_repeat_finds_the_run_that_waits(db: None) -> None:
    world()
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
    lines = world()
    assert runs.schedule() == 1
    assert runs.perform_all() == 1
    assert runs.schedule() == 0
    settings.FAIRNESS_RUN_SECONDS = 0
    assert runs.schedule() == 0
    outcome(lines[0], "late", observed_at=datetime.now(UTC).isoformat())
    follow()
    assert runs.schedule() == 1
    assert runs.latest(CASE, REF, restricted=True) is not None
