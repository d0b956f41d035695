"""The fairness pages: what they say in every state, to whom, what they hide, and what they ask."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairness import alerts, runs
from fairness.models import Run
from governance import frame
from governance.models import Role, User
from governance.people.grant import grant_role
from governance.registry.use_cases import add_use_case
from tests.governance.views.house import main, text
from tests.governance.views.lending import (
    BASE,
    CASE,
    NOW,
    OLD,
    VOICE,
    apart,
    browser,
    decide,
    follow,
    lending,
    review,
    set_policy,
    staged_apart,
)

__all__ = ["apart", "lending", "staged_apart"]
pytestmark = pytest.mark.usefixtures("lending")
SEX = f"{BASE}segments/sex/"


def page(who: str, path: str) -> Any:
    answer = browser(who).get(path)
    assert answer.status_code == 200, text(answer)
    return answer.context["page"]


def table(who: str, path: str) -> list[list[str]]:
    answer = browser(who).get(path)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode(), newline=""), strict=True))


def officer() -> Any:
    return User.objects.get(email="officer@lending.example").pk


def asked(path: str) -> int:
    client = browser("officer")
    client.get(path)
    # What the frame looks at every ten seconds is looked at each time.
    frame.look_again()
    with CaptureQueriesContext(connection) as counted:
        assert client.get(path).status_code == 200
    return len(counted)


def test_before_there_is_a_policy_decisions_or_a_second_group() -> None:
    board = page("officer", "/fairness/")
    assert [(card.name, card.state.title) for card in board.cards] == [
        ("Lending", "No fairness policy yet")
    ]
    assert page("officer", BASE).state.title == "No fairness policy yet"
    assert browser("officer").get(SEX).headers["Location"] == BASE
    set_policy()
    assert page("officer", "/fairness/").cards[0].state.title == "No decisions in this window yet"
    empty = page("officer", BASE)
    assert (empty.state.title, empty.gaps) == ("No decisions in this window", ())
    assert page("officer", SEX).state.title == "No decisions in this window"
    decide(0, 40, sex="f", favoured=3, scored=False)
    assert page("officer", SEX).scores is None
    assert "No scores" in text(browser("officer").get(SEX))
    told = text(browser("officer").get(SEX))
    assert "No true label is known in this window yet." in told
    recall = next(part for part in page("officer", SEX).rates if part.id == "recall")
    assert recall.chart is None and recall.missing.startswith("No true label is known")


@pytest.mark.usefixtures("apart")
def test_the_board_shows_the_worst_first_and_leads_to_the_segment_and_its_alert() -> None:
    alerts.open_alert(
        use_case=CASE,
        kind="disparity",
        subject={"metric": "selection_rate", "segment": "sex", "group": "f"},
        evidence={"since": "2026-01-01", "until": "2026-02-01"},
    )
    card = page("officer", "/fairness/").cards[0]
    tiles = [*card.tiles, *card.more]
    words = [tile.badge.text for tile in tiles]
    ranks = ["Breach", "Watch", "Insufficient evidence", "OK"]
    assert words == sorted(words, key=ranks.index) and words[0] == "Breach"
    tile = next(tile for tile in tiles if tile.title == "Selection rate · Sex")
    assert (tile.value, tile.told) == ("0.33", "f: 30.0\u202f% of n 180")
    assert tile.limit == "limit 0.80"
    assert any(one.spark is not None for one in card.tiles)
    assert tile.url == f"{SEX}#selection_rate"
    answer = browser("officer").get("/fairness/")
    assert ("Open alert" in text(answer)) == bool(tile.alert_url)
    unsure = next(tile for tile in tiles if tile.badge.text == "Insufficient evidence")
    assert re.match(r"It would take n ≈ \d", unsure.note)
    assert page("officer", "/fairness/").summary.endswith("in 1 use case")
    assert browser("stranger").get("/fairness/").context["page"].cards[0].name == "Housing"


@pytest.mark.usefixtures("apart")
def test_a_segment_tells_every_group_of_every_metric_and_hides_small_ones_from_most() -> None:
    shown = page("officer", SEX)
    assert [part.title for part in shown.means] == ["Mean score"]
    rates = shown.rates[0]
    assert [row.label for row in rates.chart.rows] == ["f", "m", "x"]
    # The few of x are all selected, and yet nobody's reference: f is held against m.
    assert [side.text for side in rates.sides] == ["30.0\u202f%", "90.0\u202f%", "100.0\u202f%"]
    assert [side.badge.text for side in rates.sides] == ["Breach", "OK", "Insufficient"]
    women = rates.chart.rows[0].marks[0].tip.split("\n")
    assert women[:3] == [
        "f, machine’s label", "Selection rate 30.0\u202f% (23.8–37.1\u202f%)", "n 180",
    ]  # fmt: skip
    assert women[3].startswith("0.33 of the most selected group’s rate")
    few = page("developer", SEX)
    hidden = few.rates[0].chart.rows
    # Two are hidden: one alone would be what is left of everybody.
    gone = [row.label for row in hidden if row.gone]
    assert len(gone) == 2 and "x" in gone and all(not row.detail for row in hidden if row.gone)
    assert few.banners[0].text.startswith("Groups of fewer than 10 decisions")
    body = main(browser("developer").get(SEX))
    assert not re.search(r'aria-label="(x|f)\b', body) and 'aria-label="m,' in body
    lines = table("developer", f"{SEX}tables/selection_rate?format=csv")
    assert [line[2:5] for line in lines[1:] if line[0] in gone] == [["", "", ""]] * 2
    assert [line[0] for line in lines[1:] if line[2]] == [
        row.label for row in hidden if not row.gone
    ]
    everything = table("officer", f"{SEX}tables/selection_rate?format=csv")
    assert [line[:4] for line in everything[1:]] == [
        ["f", "Machine’s label", "180", "0.3"],
        ["m", "Machine’s label", "180", "0.9"],
        ["x", "Machine’s label", "4", "1"],
    ]
    weeks = table("developer", f"{SEX}tables/weeks")
    assert {line[3] for line in weeks[1:] if line[1] == "x"} == {""}


@pytest.mark.usefixtures("apart")
def test_two_segments_crossed_and_names_that_are_no_segments() -> None:
    shown = page("officer", f"{BASE}segments/sex,age/")
    cells = {
        (row.head, column): cell
        for row in shown.cross.chart.rows
        for column, cell in zip(shown.cross.chart.columns, row.cells, strict=True)
    }
    assert (cells["f", "young"].text, cells["m", OLD].detail) == ("40\u202f%", "n 90")
    assert cells["x", OLD].level is None and cells["m", "young"].level is not None
    assert shown.course is None and shown.title == "Sex × age"
    ratio = page("officer", f"{BASE}segments/sex,age/?heat=ratio").cross.chart
    assert ratio.rows[1].cells[1].text == "1.00"
    hidden = page("developer", f"{BASE}segments/sex,age/").cross.chart
    assert all(cell.hidden for cell in hidden.rows[2].cells) and hidden.hidden >= 4
    # A formula is no formula in the file.
    lines = table("officer", f"{BASE}segments/sex,age/tables/cross")
    assert {line[1] for line in lines[1:]} == {"young", f"'{OLD}"}
    for name in ("race", "sex,sex", "sex,age,sex", ","):
        assert browser("officer").get(f"{BASE}segments/{name}/").status_code == 404
    assert browser("officer").get(f"{BASE}segments/sex/tables/no").status_code == 404
    assert browser("officer").get(f"{BASE}?cross=sex,race").status_code == 404
    assert page("officer", f"{BASE}?cross=age,sex").cross.title == "Age × sex"


@pytest.mark.usefixtures("apart")
def test_machine_and_effective_labels_stand_side_by_side_and_reviewers_apart() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT entry_id FROM fairness_fact ORDER BY entry_id LIMIT 180")
        women = [row[0] for row in cursor.fetchall()]
    same = page("officer", f"{SEX}?basis=both")
    assert same.banners[0].text.startswith("No review changed a label")
    for at, entry in enumerate(women[:60]):
        review(entry, "yes", "north" if at % 2 else "south")
    follow()
    both = page("officer", f"{SEX}?basis=both")
    machine, after = both.rates[0].chart.rows[0].marks
    assert machine.x < after.x and (machine.second, after.second) == (False, True)
    side = both.rates[0].sides[0]
    assert (side.text, side.second.text) == ("30.0\u202f%", "53.3\u202f%")
    assert [one.by for one in both.course.charts] == ["Machine’s label", "After review"]
    assert page("officer", f"{SEX}?basis=effective").rates[0].sides[0].text == "53.3\u202f%"
    by = page("officer", SEX).reviewers.chart
    assert [row.head for row in by.rows] == ["north", "south", "not reviewed"]
    assert by.rows[0].cells[0].text == "100\u202f%"
    assert by.rows[0].cells[0].detail.startswith("n 30 · machine ")
    tabs = [tab.label for tab in page("officer", BASE).tabs]
    assert sorted(tabs) == ["Age", "All segments", "Reviewers’ group", "Sex", "Sex × age"]
    apart = page("officer", f"{BASE}segments/review:group/")
    assert apart.title == "Reviewers’ group"
    assert [row.label for row in apart.rates[0].chart.rows][-1] == "not reviewed"
    assert {row[1] for row in apart.course.sheet.rows} >= {"north", "not reviewed", "Everybody"}


@pytest.mark.usefixtures("apart")
def test_runs_are_ordered_waited_for_and_read_as_they_are_stored() -> None:
    now = page("officer", BASE)
    assert (now.facts[-1].value, now.other) == ("Computed just now", None)
    assert "No run yet" in text(browser("officer").get(BASE))
    assert browser("developer").post(f"{BASE}runs/").status_code == 403
    answer = browser("officer").post(f"{BASE}runs/")
    assert answer.headers["Location"] == f"{BASE}#runs"
    waiting = browser("officer").get(f"{BASE}runs/", headers={"HX-Request": "true"})
    assert "Waiting for a worker" in text(waiting) and "every 2s" in waiting.content.decode()
    runs.perform_all()
    stored = page("officer", BASE)
    line = stored.runs.lines[0]
    assert (line.badge.text, line.current, line.digest != "") == ("Ready", True, True)
    assert line.entry_url.startswith("/log/verify/") and stored.runs.poll_url == ""
    assert stored.facts[-1].detail.startswith("fairlearn ")
    assert [part.id for part in stored.gaps] == [part.id for part in now.gaps]
    assert [part.sides for part in stored.gaps] == [part.sides for part in now.gaps]
    assert page("officer", f"{BASE}?now=1").facts[-1].value == "Computed just now"
    assert page("officer", "/fairness/").cards[0].source.endswith("UTC")
    Run.objects.create(
        id=uuid4(), use_case=CASE, since=NOW.date(), until=NOW.date() + timedelta(days=1), policy=1,
        state="failed", detail="ValueError: no such bin", actor="user:x",
    )  # fmt: skip
    assert "ValueError: no such bin" in text(browser("officer").get(BASE))
    gap = next(part for part in stored.gaps if part.id == "demographic_parity_ratio")
    lines = table("officer", f"{BASE}tables/{gap.id}")
    values = {line[0]: float(line[2]) for line in lines[1:]}
    assert values["Sex"] == pytest.approx(0.3) and lines[1][1] == "Machine’s label"
    truth = table("officer", f"{BASE}tables/true-labels")
    assert sum(int(line[2]) for line in truth[1:]) == 120


def test_what_cannot_be_asked_is_answered_with_a_sentence() -> None:
    set_policy()
    said = {
        "since=yesterday": "“since” is a day, such as 2026-01-31.",
        "until=2026-02-30": "“until” is a day",
        "since=2026W011": "“since” is a day",
        "basis=fair": "“basis” is one of machine, effective, both.",
        "metric=auc": "“metric” is one of selection_rate",
        "heat=1": "“heat” is one of rate, ratio.",
        "run=7": "“run” is the id of a run.",
        "now=2": "“now” is 1 or absent.",
        "version=a%00b": "“version” is a text without control characters.",
        "since=2026-02-02&until=2026-02-01": "The window is empty.",
        "until=9999-12-31": "until is no such day.",
        "until=0001-01-01": "until is no such day.",
    }
    client = browser("officer")
    for query, sentence in said.items():
        answer = client.get(f"{BASE}?{query}")
        assert (answer.status_code, sentence in text(answer)) == (422, True), text(answer)
    for day in ("9999-12-31", "0001-01-01"):
        assert client.post(f"{BASE}runs/", {"until": day}).status_code == 422


def test_unseen_use_cases_runs_versions_and_formats_are_not_there() -> None:
    set_policy()
    for path in (BASE, SEX, f"{BASE}tables/true-labels", f"{BASE}runs/"):
        assert browser("stranger").get(path, headers={"HX-Request": "true"}).status_code == 404
    assert browser("stranger").post(f"{BASE}runs/").status_code == 404
    for query in (f"run={uuid4()}", "version=score@9"):
        assert browser("officer").get(f"{BASE}?{query}").status_code == 404
    assert browser("officer").get(f"{BASE}tables/true-labels?format=xls").status_code == 422


@pytest.mark.usefixtures("apart")
def test_how_much_is_asked_does_not_grow_with_decisions_nor_much_with_use_cases() -> None:
    paths = ("/fairness/", BASE, f"{SEX}?basis=both")
    first = [asked(path) for path in paths]
    assert first[0] <= 26 and first[1] <= 38 and first[2] <= 64, first
    decide(400, 60, sex="m", favoured=5)
    assert [asked(path) for path in paths] == first
    for at in range(3):
        add_use_case(voice=VOICE, slug=f"more-{at}", name=f"More {at}")
        grant_role(voice=VOICE, user=officer(), role=Role.COMPLIANCE, use_case=f"more-{at}")
    # Without a policy a use case costs its name's and its policy's look-up.
    assert asked("/fairness/") <= first[0] + 3 * 2
