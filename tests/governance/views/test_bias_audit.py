"""New York City's bias audit as a page: the rule's three tables, who sees which, and on paper and as CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from audit import decisions, sequencer, subjects
from fairness import facts, policies
from governance.pages.fairness.audit_tables import AuditTable
from tests.governance.conftest import Cast
from tests.governance.views.house import queries, text
from tests.governance.views.watching import POLICY, VOICE

PAGE = "/fairness/credit/local-law-144/"
PEOPLE = (
    ("f", "white", 30, 12), ("f", "black", 20, 5), ("m", "white", 30, 15), ("m", "black", 19, 6),
    ("m", "=islander", 1, 1), (None, "white", 7, 7),
)  # fmt: skip


def record() -> None:
    """So many of each sex and race, so many of them approved; those score 0.9, the others 0.1."""
    now, lines = datetime.now(UTC), []
    for group, (sex, race, many, approved) in enumerate(PEOPLE):
        for at in range(many):
            yes = at < approved
            body = {
                "id": f"d-{group}-{at}",
                "use_case": "credit",
                "model": "credit-risk",
                "version": "1.0.0",
                "decided_at": (now - timedelta(days=2)).isoformat(),
                "subject": f"p-{group}-{at}",
                "features": {},
                "output": {"label": "approve" if yes else "deny", "score": 0.9 if yes else 0.1},
                "segments": {
                    name: value for name, value in (("sex", sex), ("race", race)) if value
                },
            }
            lines.append(orjson.dumps(body))
    decisions.record_many(voice=VOICE, lines=lines, on_error="fail")
    sequencer.Sequencer().step()
    while facts.follow():
        continue


@pytest.fixture
def audited(cast: Cast, credit_model: str) -> Cast:
    subjects.forget_all()
    policies.set_policy(actor="system:t", use_case="credit", content=POLICY)
    record()
    return cast


def page(cast: Cast, who: str, query: str = "") -> Any:
    answer = cast.client(who).get(PAGE + query)
    assert answer.status_code == 200, answer.status_code
    return answer.context["page"]


def rows(table: AuditTable) -> list[tuple[str, str, str, str, str, str]]:
    return [
        (line.group, line.label, line.applicants, line.favoured, line.rate, line.ratio)
        for line in table.lines
    ]


def test_the_three_tables_of_a_tool_that_selects(audited: Cast) -> None:
    shown = page(audited, "carl")
    sex, race, both = shown.tables
    assert rows(sex) == [
        ("", "F", "50", "17", "34.0\u202f%", "0.77"),
        ("", "M", "50", "22", "44.0\u202f%", "1.00"),
    ]
    # One of a hundred is under 2 %: listed, without a ratio, and nobody is compared with it.
    assert rows(race) == [
        ("", "=islander", "1", "1", "100.0\u202f%", "–"),
        ("", "Black", "39", "11", "28.2\u202f%", "0.63"),
        ("", "White", "60", "27", "45.0\u202f%", "1.00"),
    ]
    assert [row[:2] for row in rows(both)] == [
        ("F", "Black"), ("", "White"), ("M", "=islander"), ("", "Black"), ("", "White"),
    ]  # fmt: skip
    assert [line.reference for line in both.lines] == [False, False, False, False, True]
    assert race.note == (
        "Compared with the highest rate: White. Under 2 % of the data, left out of impact ratios, as "
        "6 RCNY 5-301(d) allows: =islander."
    )
    facts_ = {fact.label: fact.value for fact in shown.facts}
    assert (facts_["Applicants"], facts_["Unknown category"]) == ("107", "7")
    assert "The data of 7 people were not included" in text(audited.client("carl").get(PAGE))


def test_small_categories_may_be_compared_but_nobody_with_them(audited: Cast) -> None:
    _, race, _ = page(audited, "carl", "?small=included").tables
    assert [(line.label, line.ratio) for line in race.lines] == [
        ("=islander", "2.22"), ("Black", "0.63"), ("White", "1.00"),
    ]  # fmt: skip


def test_a_tool_that_scores_is_held_against_the_median_of_all(audited: Cast) -> None:
    shown = page(audited, "carl", "?tool=scores")
    assert {fact.label: fact.value for fact in shown.facts}["Median score"] == "0.100"
    assert (shown.favoured, shown.rate) == ("Scored above the median", "Scoring rate")
    assert [line.favoured for line in shown.tables[0].lines] == ["17", "22"]


def test_as_csv_with_all_tables_and_no_formula(audited: Cast) -> None:
    answer = audited.client("carl").get(f"{PAGE}?format=csv")
    assert answer["Content-Disposition"].startswith('attachment; filename="local-law-144-credit-')
    told = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))
    assert told[0] == [
        "Comparison", "Sex", "Race or ethnicity", "Applicants", "Selected", "Selection rate", "Impact ratio",
        "Under 2 %",
    ]  # fmt: skip
    assert told[2] == ["sex", "m", "", "50", "22", "0.44", "1", "no"]
    assert told[3] == ["race or ethnicity", "", "'=islander", "1", "1", "1", "", "yes"]
    assert told[-1] == ["unknown category", "", "", "7", "", "", "", ""]


def test_few_people_are_left_out_for_who_may_not_see_them(audited: Cast) -> None:
    shown = page(audited, "olu")
    assert "Not the whole audit" in [banner.title for banner in shown.banners]
    assert "=islander" not in audited.client("olu").get(PAGE).content.decode()
    assert "=islander" not in audited.client("olu").get(f"{PAGE}?format=csv").content.decode()
    assert [line.label for line in shown.tables[0].lines] == ["F", "M"]


def test_who_may_not_see_and_what_is_no_choice(audited: Cast) -> None:
    assert audited.client("rita").get(PAGE).status_code == 403
    assert audited.client("hal").get(PAGE).status_code == 404
    wrong = page(audited, "carl", "?since=soon&sex=shoe&tool=guesses")
    assert wrong.banners[0].text == (
        "“soon” is not a date; it was left out. “shoe” is none of the choices; it was left out. "
        "“guesses” is none of the choices; it was left out."
    )
    assert len(wrong.tables) == 3
    turned = page(audited, "carl", "?since=2026-02-01&until=2026-01-01")
    assert "The first day is after the last" in turned.banners[0].text
    assert turned.instead.title == "No decisions in these days"


def test_without_a_policy_or_segments_it_says_what_is_missing(
    cast: Cast, credit_model: str
) -> None:
    assert page(cast, "carl").instead.title == "No fairness policy"
    said = {**POLICY, "segments": {}}
    policies.set_policy(actor="system:t", use_case="credit", content=said)
    assert page(cast, "carl").instead.title == "No segments are compared"
    said = {**POLICY, "segments": {"gender": {"purpose": "x"}, "age": {"purpose": "x"}}}
    policies.set_policy(actor="system:t", use_case="credit", content=said)
    assert page(cast, "carl").instead.title == "Which segment holds race or ethnicity?"
    assert page(cast, "carl", "?race=age").instead.title == "No decisions in these days"


def test_it_costs_few_queries(audited: Cast) -> None:
    client = audited.client("carl")
    assert queries(lambda: client.get(PAGE)) <= 25
