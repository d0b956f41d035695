"""Alerts about performance and about drift: inbox, page, decisions behind them, batches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fairness.alerts import AlertView
from fairness.behind import many_behind
from governance.demo.decisions import USE_CASE
from tests.factories import World
from tests.governance.views.alarming import alarmed, drifted, fallen, follow, last_week, state
from tests.governance.views.conftest import cells, noted, said
from tests.governance.views.house import text

INBOX = "/monitoring/alerts/"


def path(alert: AlertView, rest: str = "") -> str:
    return f"{INBOX}{alert.id}/{rest}"


def facts(page: Any) -> dict[str, tuple[str, str]]:
    return {fact.label: (fact.value, fact.detail) for fact in page.facts}


@pytest.fixture
def performance(world: World) -> AlertView:
    return fallen()


@pytest.fixture
def drift(world: World) -> AlertView:
    return drifted()


def test_the_inbox_has_all_three_kinds_and_filters_by_each(world: World) -> None:
    alarmed(), fallen(), drifted()
    page = said(world, "carla", INBOX)
    lines = {row.cells[0].text: row.cells[2] for row in page.table.rows}
    assert set(lines) == {
        "Selection rate is lower: sex, female",
        "Selection rate is higher: sex, male",
        "Accuracy is below its floor of 80.0\u202f%",
        "Drift of income net: score@1",
    }
    floor = lines["Accuracy is below its floor of 80.0\u202f%"]
    assert floor.text.startswith("Capital ") and floor.text.endswith(" against 20 needed")
    assert floor.detail == "in the last step 20.0\u202f% of 50"
    moved = lines["Drift of income net: score@1"]
    assert moved.text.startswith("PSI ") and moved.text.endswith("against a limit of 0.2")
    assert moved.detail.startswith("p ") and "×10⁻" in moved.detail and "week of" in moved.detail
    for kind, many in (("disparity", 2), ("performance", 1), ("drift", 1)):
        found = said(world, "carla", f"{INBOX}?kind={kind}").table.rows
        assert [kind in row.cells[0].detail for row in found] == [True] * many
    names = [option.label for option in page.filters[2].options]
    assert names == ["Every kind", "Disparity", "Performance", "Drift"]


def test_an_empty_inbox_says_that_floors_and_drift_are_listened_for(world: World) -> None:
    state(monitors=[], drift={})
    follow()
    empty = said(world, "carla", INBOX).table.empty
    assert (empty.title, empty.text.startswith("Drift is judged week by week in 1 use case")) == (
        "No alert so far",
        True,
    )
    state(monitors=[], floors=[{"metric": "recall", "least": 0.5}])
    follow()
    empty = said(world, "carla", INBOX).table.empty
    assert empty.text.startswith("1 monitor goes along the log.") and "Drift" not in empty.text


# ------------------------------------------------------------------------------- performance


def test_the_evidence_of_a_floor(world: World, performance: AlertView) -> None:
    page = said(world, "carla", path(performance))
    assert facts(page)["Floor"] == ("80.0\u202f%", "accuracy of everybody")
    assert facts(page)["False-alarm rate"] == ("5.00\u202f%", "ever, for this floor")
    assert facts(page)["Evidence"][1] == "20 needed"
    assert page.sentence.startswith(
        "Tested: that the accuracy of everybody is at its floor of 80.0\u202f% or above."
    )
    assert (page.chart.title, page.axis) == (
        "Capital against a rate at its floor: accuracy of everybody",
        "Decisions bet on",
    )
    assert (
        page.chart.spots[0].text
        == f"alert at {facts(page)['Evidence'][0].removeprefix('Capital ')}"
    )
    # Everybody stands alone: there is no other group, and no row of nobody.
    assert cells(page.counts) == [["Everybody", "50", "10", "20.0\u202f% (11.2–33.0\u202f%)"]]
    assert [column.label for column in page.steps.columns][-1] == "Everybody"
    assert cells(page.steps)[-1][-1] == "10 of 50"
    assert page.events[0].title == "Raised by the monitor of the floor"
    body = text(world.client("carla").get(path(performance)))
    assert "both groups" not in body and "Everybody else" not in body


def test_behind_a_floor_are_the_wrong_ones(world: World, performance: AlertView) -> None:
    # The world around may have others of these days.
    many = f"{many_behind(performance)} decisions"
    page = said(world, "carla", path(performance))
    assert page.decisions.startswith(f"{many} that turned out wrong, made on the days")
    listed = said(world, "carla", path(performance, "decisions/"))
    labels = [(row[2], row[4]) for row in cells(listed.table)]
    assert labels.count(("approve", "lost")) == 40
    assert ("approve", "repaid") not in labels
    assert listed.sub == f"{many} that turned out wrong."
    assert listed.noted.startswith("It shows what was decided")
    seen = {entry for _, purpose, entry in noted() if purpose == "alert:decisions"}
    assert len(seen) == len(labels)
    client = world.client("olu")
    assert "protected attributes too" in text(client.get(path(performance)))
    assert client.get(path(performance, "decisions/")).status_code == 403
    client.post(path(performance, "batch/"), {"name": "Lost"})
    (line,) = client.get(path(performance)).context["page"].batches
    assert (line.name, line.many) == ("Lost", many)
    (row,) = cells(said(world, "olu", "/monitoring/batches/").table)
    assert row[5] == "Accuracy is below its floor of 80.0\u202f%"


@pytest.mark.parametrize(
    ("metric", "label", "truth", "words"),
    [
        (
            "precision",
            "approve",
            "lost",
            "were favourable, of people who did not turn out positive",
        ),
        ("recall", "deny", "repaid", "were not favourable, of people who turned out positive"),
    ],
)
def test_behind_other_floors_are_those_that_lower_them(
    world: World, metric: str, label: str, truth: str, words: str
) -> None:
    fell = fallen(metric, label, truth)
    assert f"decisions that {words}, made on the days" in said(world, "carla", path(fell)).decisions
    listed = cells(said(world, "carla", path(fell, "decisions/")).table)
    found = [(row[2], row[4]) for row in listed]
    assert found.count((label, truth)) == 40
    # The world around may have others of these days, on the same side.
    assert {(one, turned == "repaid") for one, turned in found} == {(label, truth == "repaid")}


def test_a_floor_of_enough_shows_its_counts_to_everybody(
    world: World, performance: AlertView
) -> None:
    page = said(world, "olu", path(performance))
    assert [row[0] for row in cells(page.counts)] == ["Everybody"]
    assert page.counts_note.startswith("Steps are told without counts")
    assert "in the last step 20.0" in text(world.client("olu").get(INBOX))


def test_a_floor_of_few_hides_them(world: World) -> None:
    few = fallen(limits={"shown": 60, "least": 60})
    page = said(world, "olu", path(few))
    assert (page.counts, page.counts_note[:10]) == (None, "The counts")
    assert "in the last step" not in text(world.client("olu").get(INBOX))
    assert said(world, "carla", path(few)).counts is not None


# ------------------------------------------------------------------------------------- drift


def test_the_evidence_of_drift(world: World, drift: AlertView) -> None:
    page = said(world, "carla", path(drift))
    assert page.title == "Drift of income net: score@1"
    assert facts(page)["False-alarm rate"] == ("2.00\u202f%", "ever, for this version")
    assert facts(page)["PSI"][1] == "limit 0.2"
    assert (page.chart, page.counts) == (None, None)
    limit, chance, *others = cells(page.measured)
    told = {row[0]: row[1:] for row in others}
    assert limit[1:] == [facts(page)["PSI"][0], "above 0.2", "the limit of the policy"]
    # The first look has half of two per cent, and one feature was judged.
    assert told["p-value"][1:] == [
        "at most 0.01",
        "1/2 of 2.00\u202f% for the judged week no. 1",
    ]
    assert told["Decisions"][0] == "60"
    bound = f"{float(drift.evidence['psi_critical']):.3f}"
    assert chance[1:3] == [limit[1], f"above {bound}"]
    assert page.events[0].title == "Raised when the week was judged"
    week = last_week().date()
    there = f"/monitoring/{USE_CASE}/score/1/drift/"
    assert page.week_url == f"{there}income_net/?weeks=12&week={week}"
    shown = said(world, "carla", page.week_url)
    assert (shown.name, shown.chart is not None) == ("income_net", True)
    assert said(world, "carla", page.version_url).title == "Score 1"


def test_behind_drift_are_all_of_the_week(world: World, drift: AlertView) -> None:
    page = said(world, "carla", path(drift))
    assert page.decisions.startswith("60 decisions of score@1, all that it made in that week")
    listed = said(world, "carla", path(drift, "decisions/"))
    assert (len(listed.table.rows), listed.sub) == (
        50,
        "60 decisions of score@1, all that it made in that week.",
    )
    rest = said(world, "carla", listed.next_url)
    assert (len(rest.table.rows), rest.next_url) == (10, "")
    world.client("olu").post(path(drift, "batch/"), {"name": "The week"})
    (line,) = said(world, "olu", path(drift)).batches
    assert line.many == "60 decisions"
    (asked,) = cells(said(world, "olu", "/monitoring/retrainings/").table)
    assert asked[0] == "Drift of income net: score@1"
    assert asked[1].endswith(f"{last_week() + timedelta(days=6):%Y}")


def test_a_week_of_few_says_nothing_to_who_may_not_see_it(world: World) -> None:
    few = drifted(limits={"shown": 70, "least": 70})
    page = said(world, "olu", path(few))
    assert (page.measured, page.no_course.title) == (None, "No figures")
    assert "PSI" not in facts(page)
    (row,) = said(world, "olu", INBOX).table.rows
    assert row.cells[2].text == "PSI above its limit of 0.2" and "p " not in row.cells[2].detail
    assert said(world, "carla", path(few)).measured is not None
