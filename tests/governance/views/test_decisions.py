"""/decisions/: the list."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import decisions as log
from governance.models import User
from governance.registry.versions import add_version, retire_version
from governance.views import decisions as view
from tests.factories import HIRING, VOICE, World, candidate, catch_up, odd
from tests.governance.views.conftest import cells, noted, said

LIST = "/decisions/"
QUERIES = 20
HTMX = {"HX-Request": "true"}


def ids(page: object) -> list[str]:
    return [row[0] for row in cells(page.table)]


def test_somebody_unknown_is_sent_to_sign_in(world: World) -> None:
    answer = Client().get(f"{LIST}?q=x")
    assert answer["Location"] == "/accounts/login/?next=/decisions/%3Fq%3Dx"


def test_a_fragment_for_somebody_unknown_sends_the_whole_page_to_sign_in(world: World) -> None:
    answer = Client().get(LIST, headers=HTMX)
    assert answer["HX-Redirect"] == "/accounts/login/?next=/decisions/"


def test_a_developer_may_not(world: World) -> None:
    answer = world.client("dana").get(LIST)
    assert answer.status_code == 403
    assert "app-0004" not in answer.content.decode()


def test_the_row_says_what_was_decided(world: World) -> None:
    row = next(
        row for row in said(world, "carla", LIST).table.rows if row.cells[0].text == world.denied
    )
    _, person, outcome, score, version, decided, explained = row.cells
    assert row.cells[0].url == f"/decisions/{world.entry(world.denied)}"
    assert person.text == f"applicant-{world.denied[4:]}"
    assert (outcome.text, outcome.tone) == ("Deny", "bad")
    assert (score.kind, score.meter.mark) == ("meter", 40.0)
    assert version.text == "credit-risk@1.0.0"
    assert decided.title.endswith(" UTC")
    assert (explained.text, explained.icon) == ("Explained", "check")


def test_each_state_has_its_word(world: World) -> None:
    page = said(world, "bea", LIST)
    assert [column.label for column in page.table.columns][2] == "Use case"
    words = {(row[0], row[2]): row[-1] for row in cells(page.table)}
    case = "Consumer credit"
    assert words[world.refused, case] == "Refused"
    assert words[world.pending, case] == "Being computed"
    assert words[world.unregistered, case] == "No profile"
    assert words[world.unprofiled, "Hiring shortlist"] == "No profile"


def test_a_version_nobody_registered_is_marked(world: World) -> None:
    rows = said(world, "carla", LIST).table.rows
    marks = {row.cells[0].text: row.cells[4].detail for row in rows}
    assert {name for name, mark in marks.items() if mark} == {world.unregistered}
    assert marks[world.unregistered] == "Version not registered"


def test_the_mark_is_of_then_and_stays(world: World) -> None:
    add_version(voice=VOICE, model="credit-risk", number="9.9.9")
    retire_version(voice=VOICE, model="credit-risk", number="1.0.0")
    rows = said(world, "carla", LIST).table.rows
    marks = {row.cells[0].text: row.cells[4].detail for row in rows}
    assert {name for name, mark in marks.items() if mark} == {world.unregistered}


def test_a_score_on_another_scale_stays_a_figure(world: World) -> None:
    rows = said(world, "hal", LIST).table.rows
    assert {(row.cells[3].kind, row.cells[3].text) for row in rows} == {("text", "17.5")}


def test_one_sees_only_the_rows_one_may_read(world: World) -> None:
    assert set(ids(said(world, "hal", LIST))) == {world.unprofiled, world.shared}
    assert world.unprofiled not in ids(said(world, "carla", LIST))
    assert ids(said(world, "hal", f"{LIST}?use_case=consumer-credit")) == []
    assert ids(said(world, "hal", f"{LIST}?q=app-")) == []


def test_the_erased_are_not_listed(world: World) -> None:
    assert world.erased not in ids(said(world, "carla", LIST))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=app-000", {"app-0003", "app-0004", "app-0008", "app-0009"}),
        ("q=applicant-0004", {"app-0004"}),
        ("q=trace-0001", {"app-0004"}),
        ("q=%20app-000%20&label=deny", {"app-0004", "app-0008"}),
        ("q=zzz", set()),
        ("q=%00", set()),
        ("model=credit-risk@9.9.9", {"odd-unregistered"}),
        ("since=2999-01-01", set()),
        ("until=2000-01-01", set()),
        ("until=9999-12-31&q=app-0003&label=approve", {"app-0003"}),
    ],
)
def test_search_and_filters(world: World, query: str, expected: set[str]) -> None:
    assert set(ids(said(world, "carla", f"{LIST}?{query}"))) == expected


def test_days_are_whole_days_both_included(world: World) -> None:
    today = datetime.now(UTC).date()
    yesterday = today - timedelta(days=1)
    both = said(world, "carla", f"{LIST}?since={yesterday}&until={today}")
    one = said(world, "carla", f"{LIST}?since={yesterday}&until={yesterday}")
    other = said(world, "carla", f"{LIST}?since={today}&until={today}")
    assert sorted(ids(one) + ids(other)) == sorted(ids(both))
    assert len(ids(one)) > 0


def test_a_date_that_is_none_is_left_out_and_said(world: World) -> None:
    page = said(world, "carla", f"{LIST}?since=soon")
    assert page.banner.text == "“soon” is not a date; it was left out."
    assert len(ids(page)) == 34


@pytest.mark.parametrize("kind", ["denied", "erased", "pending", "refused"])
def test_an_id_leads_straight_to_its_decision(world: World, kind: str) -> None:
    named = getattr(world, kind)
    answer = world.client("carla").get(f"{LIST}?q={named}")
    assert (answer.status_code, answer["Location"]) == (302, f"/decisions/{named}")


def test_so_does_an_entry_id_and_an_id_of_several_use_cases(world: World) -> None:
    entry = world.entry(world.denied)
    assert world.client("carla").get(f"{LIST}?q={entry}")["Location"] == f"/decisions/{entry}"
    # Two rows: nobody knows which is meant, so the list stays.
    assert ids(said(world, "bea", f"{LIST}?q={world.shared}")) == [world.shared] * 2


def test_a_decision_recorded_a_moment_ago_is_found(world: World) -> None:
    log.record(voice=VOICE, raw=json.dumps(candidate("just-now")).encode())
    answer = world.client("hal").get(f"{LIST}?q=just-now")
    assert answer["Location"] == "/decisions/just-now"
    # Not by those who may not read it.
    assert ids(said(world, "carla", f"{LIST}?q=just-now")) == []


def test_htmx_gets_the_results_alone(world: World) -> None:
    client = world.client("carla")
    part = client.get(f"{LIST}?q=app-000", headers=HTMX)
    assert "decisions/page.html" not in [one.name for one in part.templates]
    assert (
        part.content.decode().strip().partition("\n")[0].endswith('id="results" class="htmx-fade">')
    )
    whole = client.get(LIST, headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert whole.content.startswith(b"<!doctype html>")
    assert "HX-Request" in whole["Vary"]
    assert "no-store" in whole["Cache-Control"]


def test_pages_walk_through_every_row_once_and_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "PER_PAGE", 10)
    path, seen, pages = f"{LIST}?label=approve", [], []
    while path:
        page = said(world, "carla", path)
        seen += ids(page)
        pages.append(page)
        path = page.pager.next_url
    assert all("label=approve" in page.pager.next_url for page in pages[:-1])
    assert len(seen) == len(set(seen)) > 20
    assert ids(said(world, "carla", pages[-1].pager.previous_url)) == ids(pages[-2])


def test_a_cursor_of_nowhere_leads_to_the_first_page(world: World) -> None:
    answer = world.client("carla").get(f"{LIST}?cursor=nonsense")
    assert (answer.status_code, answer["Location"]) == (302, LIST)


def test_who_was_listed_is_noted(world: World) -> None:
    page = said(world, "carla", f"{LIST}?q=app-000")
    entries = sorted(row.cells[0].url.rpartition("/")[2] for row in page.table.rows)
    carla = User.objects.get(email="carla@demo.example").pk
    assert noted() == [(f"user:{carla}", "decisions:list", entry) for entry in entries]


@pytest.mark.parametrize(("query", "rows"), [("q=app-0003&label=approve", 1), ("", 34)])
def test_queries_do_not_grow_with_rows(world: World, query: str, rows: int) -> None:
    client = world.client("carla")
    client.get(LIST)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(f"{LIST}?{query}")
    assert len(ids(answer.context["page"])) == rows
    assert len(asked) <= QUERIES


def test_nothing_found_and_nothing_there_are_told_apart(world: World) -> None:
    assert said(world, "carla", f"{LIST}?q=zzz").table.empty.title == "No decision matches"
    assert said(world, "carla", LIST).table.empty.title == "No decisions yet"


def test_what_a_caller_sent_is_shown_as_text(world: World) -> None:
    hostile = odd(candidate("x"), "tag-1", subject="<script>alert(1)</script>", use_case=HIRING)
    hostile["output"]["label"] = "<b>no</b>"
    log.record(voice=VOICE, raw=json.dumps(hostile).encode())
    catch_up(explain=False)
    text = world.client("hal").get(LIST).content.decode()
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert "<b>no" not in text.lower()
