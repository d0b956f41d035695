"""Monitoring: who sees which version, its worst feature first, a week's values, and what quality is worse."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from governance.pages.pieces import Badge
from governance.registry import admission
from tests.governance.conftest import Cast
from tests.governance.views.house import main, queries, text
from tests.governance.views.watching import (
    EACH,
    REF,
    VERSION,
    WEEKS,
    follow,
    further,
    monday,
    refer,
    retire,
    send,
    staged_watch,
    watched,
)

__all__ = ["staged_watch", "watched"]

DRIFT, QUALITY = f"{VERSION}/drift/", f"{VERSION}/quality/"
INCOME = f"{DRIFT}income/"


def page(cast: Cast, who: str, path: str) -> Any:
    answer = cast.client(who).get(path)
    assert answer.status_code == 200, (answer.status_code, path)
    return answer.context["page"]


def lines(answer: Any) -> list[list[str]]:
    assert answer["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.content.count(b"\r\n") == len(answer.content.splitlines())
    return list(csv.reader(io.StringIO(answer.content.decode(), newline="")))


def test_who_may_not_see_finds_nothing_or_is_told_so(watched: Cast) -> None:
    for path in (DRIFT, INCOME, QUALITY):
        assert watched.client("rita").get(path).status_code == 403
        assert watched.client("hal").get(path).status_code == 404
        elsewhere = path.replace("/credit/", "/hiring/")
        assert watched.client("carl").get(elsewhere).status_code == 404
        assert watched.client("carl").get(path.replace("1.0.0", "9")).status_code == 404


def test_the_overview_names_the_worst_feature_and_leads_on(watched: Cast) -> None:
    shown = page(watched, "carl", "/monitoring/")
    ((line,),) = [case.lines for case in shown.cases]
    assert (line.drift.badge.text, line.drift.badge.tone) == ("Large drift", "bad")
    assert line.drift.url.startswith(f"{DRIFT}income/?week=") or "job" in line.drift.url
    assert line.quality.badge.text == "Worse than reference"
    assert line.quality.url == QUALITY
    assert (line.truth.text, line.truth_text) == ("0.0\u202f%", f"of {WEEKS * EACH} decisions")
    assert {one.label: one.value for one in shown.stats}["Features drifting"] == "1"
    body = text(watched.client("carl").get("/monitoring/"))
    assert "Monitoring" in body and "Credit risk 1.0.0" in body
    other = page(watched, "hal", "/monitoring/")
    assert (other.cases, other.instead.title) == ((), "Nothing to monitor yet")


def test_the_heat_map_has_the_worst_feature_first_and_outputs_apart(watched: Cast) -> None:
    shown = page(watched, "carl", DRIFT)
    assert [row.head for row in shown.heat.rows][-1] == "region"
    assert [row.head for row in shown.outputs.rows] == ["Label said", "Score said"]
    # Weeks from the first decision to this one, which has none yet.
    assert len(shown.columns) == len(shown.marks) == WEEKS + 1
    income = next(row for row in shown.heat.rows if row.head == "income")
    assert [cell.text for cell in income.cells][-1] == "–"
    drifting = income.cells[WEEKS - 3]
    assert "▲" in drifting.detail and "◆" in drifting.detail
    assert drifting.href == f"{INCOME}?weeks=12&statistic=psi&week={monday(3).isoformat()}"
    assert shown.marks[0].icon == "cube"
    assert f"{REF} first decided on" in shown.marks[0].text
    changed = [[cell.text for cell in row.cells] for row in shown.changes.rows]
    assert "income" in [row[0] for row in changed]
    facts = {fact.label: fact.value for fact in shown.facts}
    assert facts["Features"] == "Large drift"
    # Outputs have four weeks of reference: three are compared.
    assert [cell.text == "–" for cell in shown.outputs.rows[0].cells] == [True] * 4 + [
        False
    ] * 3 + [True]


def test_every_statistic_has_its_own_map_and_what_is_none_is_left_out(watched: Cast) -> None:
    for name in ("jensen_shannon", "wasserstein", "ks", "missing"):
        answer = watched.client("carl").get(f"{DRIFT}?statistic={name}&weeks=26")
        assert 'class="heat"' in main(answer)
        assert len(answer.context["page"].columns) == WEEKS + 1
    numbers = page(watched, "carl", f"{DRIFT}?statistic=ks")
    assert [row.head for row in (*numbers.heat.rows, *numbers.outputs.rows)] == [
        "income",
        "Score said",
    ]
    gone = page(watched, "carl", f"{DRIFT}?statistic=mood&weeks=3&week=yesterday")
    assert [banner.text for banner in gone.banners] == [
        "“3” is no number of weeks; it was left out. “mood” is no statistic; it was left out. "
        "“yesterday” is no day such as 2026-01-31; it was left out."
    ]
    told = lines(watched.client("carl").get(f"{DRIFT}?format=csv"))
    assert told[0][:4] == ["Feature", "Week of", "Decisions", "PSI"]
    assert len(told) == 1 + 3 * WEEKS + 2 * (WEEKS - 4)
    assert [row[:3] for row in told[1:] if row[0] == "income"][-1] == [
        "income", monday(1).isoformat(), str(EACH),
    ]  # fmt: skip


def test_a_feature_shows_its_newest_week_beside_the_reference(watched: Cast) -> None:
    shown = page(watched, "carl", INCOME)
    assert {fact.label: fact.value for fact in shown.facts} == {
        "This week": "Large drift",
        "PSI": shown.facts[1].value,
        "Decisions": "40",
        "Missing": "25.0\u202f%",
        "Out of the reference's range": shown.facts[4].value,
    }
    assert shown.chart.rows[-1].label == "Missing"
    assert (
        shown.chart.rows[-1].tip
        == "Missing\nReference: 0.0\u202f%, 0 of 300\nWeek: 25.0\u202f%, 10 of 40"
    )
    assert [line.label for line in shown.lines] == [
        "PSI", "Chi-square", "Jensen–Shannon", "Kolmogorov–Smirnov", "Wasserstein", "Missing", "Out of range",
    ]  # fmt: skip
    assert sum(column.current for column in shown.trend.columns) == 1
    assert shown.changes and "adjusted p" in shown.changes[0]
    told = lines(watched.client("carl").get(f"{INCOME}?format=csv"))
    assert told[-1] == ["Missing", "0", "0", "10", "0.25"]


def test_another_week_a_week_without_decisions_and_a_feature_there_is_not(watched: Cast) -> None:
    calm = page(watched, "carl", f"{INCOME}?week={monday(WEEKS).isoformat()}")
    assert calm.facts[0].value == "No drift seen"
    empty = page(watched, "carl", f"{INCOME}?week=2020-01-01")
    assert (empty.chart, empty.lines) == (None, ())
    assert "Nothing to show of this week" in text(
        watched.client("carl").get(f"{INCOME}?week=2020-01-01")
    )
    assert page(watched, "carl", f"{DRIFT}output.score/").chart is not None
    assert watched.client("carl").get(f"{DRIFT}shoe/").status_code == 404
    assert watched.client("carl").get(f"{DRIFT}%00/").status_code == 404


def test_quality_names_what_is_worse_and_what_is_new(watched: Cast) -> None:
    shown = page(watched, "carl", QUALITY)
    assert [(row.name, row.badge.text) for row in shown.rows] == [
        ("job", "Worse"),
        ("income", "Worse"),
        ("region", "As in reference"),
    ]
    job, income, _ = shown.rows
    assert job.named == "pilot (12), =HYPERLINK(1) (2)"
    assert (income.missing.value, income.missing.worse) == ("25.0\u202f%", True)
    assert income.missing.reference == "reference 0.0\u202f%"
    assert income.missing.spark is not None
    assert income.unseen.value == "–"
    told = lines(watched.client("carl").get(f"{QUALITY}?format=csv"))
    (last,) = [row for row in told if row[:2] == ["job", monday(1).isoformat()]]
    assert last[-1] == "pilot (12), =HYPERLINK(1) (2)"
    earlier = page(watched, "carl", f"{QUALITY}?week={monday(WEEKS).isoformat()}")
    assert {row.badge.text for row in earlier.rows} == {"As in reference"}


def test_a_rule_broken_at_the_door_is_counted(watched: Cast) -> None:
    assert page(watched, "carl", QUALITY).rules == ()
    retire()
    admission._known.clear()
    send(suffix="-late")
    follow()
    (rule,) = page(watched, "carl", QUALITY).rules
    assert (rule.label, rule.total) == ("Version retired", str(WEEKS * EACH))


def test_few_people_are_not_told_of_to_who_may_not_see_them(watched: Cast) -> None:
    job = f"{DRIFT}job/"
    whole = [row.label for row in page(watched, "carl", job).chart.rows]
    assert whole[-2:] == ["pilot (unseen)", "=HYPERLINK(1) (unseen)"]
    shown = page(watched, "olu", job)
    labels = [row.label for row in shown.chart.rows]
    assert labels[-2:] == ["not shown (unseen)", "not shown (unseen)"]
    assert page(watched, "olu", QUALITY).rows[0].named == ""
    assert "are not shown to you" in shown.chart_note
    for path in (QUALITY, job, f"{QUALITY}?format=csv", f"{job}?format=csv", f"{DRIFT}?format=csv"):
        assert "HYPERLINK" not in watched.client("olu").get(path).content.decode()
    # One sheet, one formula: for those who may see it, it is a text.
    told = watched.client("carl").get(f"{job}?format=csv").content.decode()
    assert "\r\n'=HYPERLINK(1) (unseen)," in told


def test_a_version_without_reference_or_decisions_says_what_is_missing(
    cast: Cast, credit_model: str
) -> None:
    assert page(cast, "carl", DRIFT).instead.title == "No reference to compare with"
    assert page(cast, "carl", QUALITY).instead.title == "No reference to compare with"
    ((line,),) = [case.lines for case in page(cast, "carl", "/monitoring/").cases]
    assert line.drift.badge == Badge("No reference", "neutral", "circle-dashed")
    refer()
    send_nothing = page(cast, "carl", DRIFT)
    assert send_nothing.instead.title == "No weeks to compare yet"
    assert cast.client("carl").get(INCOME).status_code == 200
    ((line,),) = [case.lines for case in page(cast, "carl", "/monitoring/").cases]
    assert (line.drift.badge.text, line.truth) == ("No decisions", None)


def test_outputs_alone_are_shown_where_there_is_no_reference(cast: Cast, credit_model: str) -> None:
    send()
    follow()
    shown = page(cast, "carl", DRIFT)
    assert (shown.instead, shown.heat, len(shown.outputs.rows)) == (None, None, 2)
    assert "No reference to compare with" in [banner.title for banner in shown.banners]
    assert page(cast, "carl", f"{DRIFT}output.label/").chart is not None


def test_a_feature_that_is_not_sent_any_more_is_said_to_be_so(
    cast: Cast, credit_model: str
) -> None:
    refer()
    send(without="income")
    follow()
    assert page(cast, "carl", QUALITY).rows[0].badge.text == "Not sent"
    assert [banner.title for banner in page(cast, "carl", INCOME).banners] == ["Not sent any more"]


def test_pages_cost_the_same_however_many_weeks_and_versions(
    watched: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the frame looks for now and then must not fall between the two counts.
    monkeypatch.setattr("governance.frame.LOOK_SECONDS", 3600.0)
    client = watched.client("carl")
    one = {path: queries(lambda path=path: client.get(path)) for path in (DRIFT, INCOME, QUALITY)}
    overview = queries(lambda: client.get("/monitoring/"))
    assert max(one.values()) <= 45 and overview <= 25
    further(2)
    assert queries(lambda: client.get("/monitoring/")) == overview
    assert queries(lambda: client.get(DRIFT)) == one[DRIFT]
