"""How a use case stands: by the stored run or as it is now, for whom, and with which alerts."""

from __future__ import annotations

from datetime import date

import pytest

from audit.door import Forbidden, NotFound
from fairness import alerts, runs
from governance.comparing.board import courses_of, standing
from governance.models import User
from governance.voices import PersonVoice, voice_of
from tests.governance.views.lending import CASE, groups_apart, lending

__all__ = ["lending"]
pytestmark = pytest.mark.usefixtures("lending")


def voice(name: str) -> PersonVoice:
    return voice_of(User.objects.get(email=f"{name}@lending.example"))


def alert(state: str, kind: str = "disparity") -> None:
    made = alerts.open_alert(
        use_case=CASE,
        kind=kind,
        subject={"metric": "recall", "segment": "sex", "group": "f"},
        evidence={"since": "2026-01-01", "until": "2026-02-01"},
    )
    if state == "closed":
        alerts.act(actor="user:x", use_case=CASE, alert=made, what="close", text="Seen to.")


def test_without_a_policy_nothing_is_told_and_strangers_see_no_use_case() -> None:
    assert standing(voice("officer"), CASE).policy is None
    assert courses_of(standing(voice("officer"), CASE), [("recall", "sex")]) == {}
    with pytest.raises(NotFound):
        standing(voice("stranger"), CASE)
    with pytest.raises((Forbidden, NotFound)):
        standing(voice("stranger"), "nowhere")


def test_figures_are_the_newest_runs_or_those_of_now_and_alerts_the_open_ones() -> None:
    groups_apart()
    for state, kind in (("open", "disparity"), ("closed", "disparity"), ("open", "drift")):
        alert(state, kind)
    now = standing(voice("officer"), CASE)
    assert now.run is None and now.figures is not None and now.window is not None
    assert (now.figures.decisions, now.restricted) == (364, False)
    assert [(one.metric, one.segment, one.group) for one in now.alerts] == [("recall", "sex", "f")]
    runs.order(actor="user:x", use_case=CASE, since=date(2020, 1, 1))
    runs.perform_all()
    stored = standing(voice("officer"), CASE)
    assert stored.run is not None and stored.figures is not None and stored.window is not None
    assert (stored.window.since, stored.figures.decisions) == (date(2020, 1, 1), 364)
    few = standing(voice("developer"), CASE)
    assert few.restricted and few.figures is not None
    assert all(axis.hidden for axis in few.figures.axes if "sex" in axis.attributes)
    lines = courses_of(few, [("selection_rate", "sex")])["selection_rate", "sex"]
    assert all(point.hidden for line in lines if line.group == "x" for point in line.points)
