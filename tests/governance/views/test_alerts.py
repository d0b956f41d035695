"""/monitoring/: the inbox, an alert with its acts, the decisions behind it, batches and requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from fairness import alerts
from fairness.alerts import AlertView
from fairness.behind import batches
from governance import frame
from governance.demo.decisions import MODEL_REF, USE_CASE
from runtime.testing import TestCluster
from tests.factories import Built, World, opened, point_at
from tests.governance.views.alarming import alarmed, follow, send, state
from tests.governance.views.conftest import cells, noted, said
from tests.governance.views.house import id_of, main, queries, strict, text
from tests.staging import prepared

INBOX = "/monitoring/alerts/"


@pytest.fixture(scope="module")
def alarmed_world(
    built_world: Built,
    cluster: TestCluster,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: Any,
) -> Iterator[tuple[Built, AlertView]]:
    """The world after a monitor's alarm; it takes a second to come to that."""
    public = tmp_path_factory.mktemp("alarmed") / "public"

    def alarm() -> AlertView:
        with pytest.MonkeyPatch.context() as patch:
            point_at(patch, built_world, public)
            return alarmed()

    with prepared(cluster, built_world.database, django_db_blocker, alarm) as (name, alert):
        yield replace(built_world, database=name, public=public), alert


@pytest.fixture
def alert(
    world: World,
    alarmed_world: tuple[Built, AlertView],
    cluster: TestCluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_db_blocker: Any,
) -> Iterator[AlertView]:
    """An alert of ``alarmed``, in a clone of the world in which it was raised."""
    built, raised = alarmed_world
    with opened(built, cluster, tmp_path / "alarmed", monkeypatch, django_db_blocker):
        yield raised


def path(alert: AlertView, rest: str = "") -> str:
    return f"{INBOX}{alert.id}/{rest}"


def do(client: Client, alert: AlertView, act: str, **given: Any) -> Any:
    return client.post(path(alert, "acts/"), {"act": act, **given})


def now(alert: AlertView) -> AlertView:
    found = alerts.alert(alert.id)
    assert found is not None
    return found


# ------------------------------------------------------------------------------------- inbox


def test_no_alert_yet_is_said_and_whether_anybody_listens(world: World) -> None:
    page = said(world, "carla", INBOX)
    assert (page.table.rows, page.table.empty.title) == (
        (),
        "No alert so far, and no monitor runs",
    )
    state()
    follow()
    page = said(world, "carla", INBOX)
    assert page.table.empty.title == "No alert so far"
    assert page.table.empty.text.startswith("1 monitor goes along the log.")
    assert [tile.value for tile in page.tiles] == ["0", "0", "0", "0"]


def test_the_inbox_lists_tallies_and_filters(world: World, alert: AlertView) -> None:
    page = said(world, "carla", INBOX)
    first = cells(page.table)[1]
    assert first[:2] == ["Selection rate is lower: sex, female", "Open"]
    assert first[2].startswith("Capital ") and first[2].endswith("against 40 needed")
    assert (
        page.table.rows[1].cells[2].detail
        == "in the last step 20.0\u202f% of 25, others 76.9\u202f% of 26"
    )
    assert (first[3], page.said) == ("Nobody yet", "2 alerts, all there are.")
    assert {tile.label: tile.value for tile in page.tiles}["Open"] == "2"
    assert do(world.client("carla"), alert, "acknowledge").status_code == 302
    opened = said(world, "carla", f"{INBOX}?state=open")
    assert [row[0] for row in cells(opened.table)] == ["Selection rate is higher: sex, male"]
    for query in ("state=closed", "kind=drift", "owner=me"):
        assert said(world, "carla", f"{INBOX}?{query}").table.empty.title == "None like that"
    # What the address cannot mean is as if it were not there.
    odd = f"{INBOX}?state=odd&use_case=hiring&kind=%00&owner=you&before=x"
    assert len(said(world, "carla", odd).table.rows) == 2


def test_all_closed_is_the_best_state(world: World, alert: AlertView) -> None:
    client = world.client("carla")
    for one in alerts.alerts(USE_CASE):
        do(client, one, "close", text="A campaign, ended.")
    page = said(world, "carla", INBOX)
    assert (page.table.empty.title, page.table.empty.url) == ("All closed", f"{INBOX}?state=closed")
    assert len(said(world, "carla", f"{INBOX}?state=closed").table.rows) == 2


def test_older_ones_follow_to_a_clear_end(
    world: World, alert: AlertView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("governance.views.alerts.inbox.PER_PAGE", 1)
    first = said(world, "carla", INBOX)
    assert first.said == "1 alert, the newest first; older ones follow."
    second = said(world, "carla", first.older_url)
    assert (second.said, second.older_url) == ("1 alert to the end of the list.", "")
    assert first.table.rows != second.table.rows
    fragment = world.client("carla").get(INBOX, headers={"HX-Request": "true"})
    assert fragment.content.decode().lstrip().startswith('<div id="results"')


def test_who_may_see_alerts(world: World, alert: AlertView) -> None:
    assert world.client("rita").get(INBOX).status_code == 403
    assert said(world, "hal", INBOX).table.rows == ()
    assert len(said(world, "bea", INBOX).table.rows) == 2
    for one in (path(alert), path(alert, "decisions/"), f"{INBOX}{uuid4()}/"):
        assert world.client("hal").get(one).status_code == 404
    assert world.client("rita").get(path(alert)).status_code == 403
    assert Client().get(INBOX).status_code == 302


def test_the_number_of_open_ones_stands_in_the_navigation(world: World, alert: AlertView) -> None:
    def count(who: str) -> list[int | None]:
        nav = world.client(who).get("/settings/").context["frame"].nav
        return [item.count for item in nav if item.label == "Monitoring"]

    assert (count("carla"), count("hal"), count("rita")) == ([2], [0], [])
    do(world.client("carla"), alert, "acknowledge")
    assert count("carla") == [1]


# --------------------------------------------------------------------------------- one alert


def test_the_evidence_of_an_alert(world: World, alert: AlertView) -> None:
    page = said(world, "carla", path(alert))
    facts = {fact.label: (fact.value, fact.detail) for fact in page.facts}
    assert facts["False-alarm rate"] == ("2.50\u202f%", "ever, for this group")
    assert facts["Evidence"][1] == "40 needed"
    assert "the chance that it ever reaches 40 is at most 2.50" in page.sentence
    assert page.chart.needed.text == "an alarm takes 40"
    assert page.chart.spots[0].text == f"alert at {facts['Evidence'][0].removeprefix('Capital ')}"
    assert cells(page.counts)[0] == ["female", "50", "10", "20.0\u202f% (11.2–33.0\u202f%)"]
    assert cells(page.counts)[3][:3] == ["Everybody else", "104", "80"]
    assert [row[-2:] for row in cells(page.steps)][-1] == ["20 of 100", "80 of 104"]
    assert [event.title for event in page.events] == ["Raised by the monitor"]
    assert page.record[0].url.startswith("/log/verify/")


def test_who_may_not_see_small_groups_is_told_no_counts_of_steps(
    world: World, alert: AlertView
) -> None:
    page = said(world, "olu", path(alert))
    assert len(page.steps.columns) == 4
    assert [row[0] for row in cells(page.counts)] == ["female", "Everybody else"]
    assert page.counts_note.startswith("Steps are told without counts")


def test_counts_of_few_are_hidden(world: World) -> None:
    few = alarmed(limits={"shown": 60, "least": 60})
    page = said(world, "olu", path(few))
    assert (page.counts, page.counts_note[:10]) == (None, "The counts")
    assert "in the last step" not in text(world.client("olu").get(INBOX))
    assert said(world, "carla", path(few)).counts is not None


def test_an_alert_is_taken_through_its_states(world: World, alert: AlertView) -> None:
    client = world.client("olu")
    olu = f"user:{id_of('olu')}"
    page = client.get(path(alert)).context["page"]
    assert (page.acts, page.mine) == (("acknowledge", "explain", "close"), False)
    assert do(client, alert, "assign", owner=olu, seen=page.seen).headers["Location"] == path(alert)
    assert do(client, alert, "acknowledge", seen=1).status_code == 302
    assert do(client, alert, "explain", text="A campaign.", seen=2).status_code == 302
    page = said(world, "carla", path(alert))
    assert {fact.label: fact.value for fact in page.facts}["Owner"] == "Olu Adeyemi"
    assert page.acts == ("close",)
    assert [event.title for event in page.events[1:]] == [
        "Given an owner by Olu Adeyemi",
        "Acknowledged by Olu Adeyemi",
        "Explained by Olu Adeyemi",
    ]
    assert page.events[3].detail == "“A campaign.”"
    assert [fact.label for fact in page.record][1:] == [
        "Given to another owner",
        "Acknowledged",
        "Explained",
    ]
    do(world.client("carla"), alert, "close", text="Ended.")
    assert (now(alert).state, said(world, "olu", path(alert)).acts) == ("closed", ())


def test_what_is_wrong_is_said_at_its_field(world: World, alert: AlertView) -> None:
    client = world.client("carla")
    for act, given, form, field, sentence in (
        ("explain", {"text": " "}, "finding", "text", "Say what was found"),
        ("close", {"text": "x" * 4001}, "finding", "text", "At most 4,000 characters."),
        ("assign", {"owner": ""}, "owner", "owner", "Choose who looks into it."),
        ("assign", {"owner": "user:somebody"}, "owner", "owner", "Choose somebody who may"),
    ):
        answer = do(client, alert, act, **given)
        assert answer.status_code == 200
        assert sentence in " ".join(answer.context[form].errors[field])
        assert f'id="id_{field}_error"' in main(answer)
    assert now(alert).story == ()


def test_an_act_nobody_knows_is_refused(world: World, alert: AlertView) -> None:
    answer = do(world.client("carla"), alert, "forget")
    assert (answer.status_code, "That cannot be done" in text(answer)) == (422, True)


def test_somebody_else_was_faster(world: World, alert: AlertView) -> None:
    do(world.client("carla"), alert, "assign", owner=f"user:{id_of('vera')}")
    answer = do(world.client("olu"), alert, "close", text="Nothing to it.", seen=0)
    assert answer.status_code == 409
    assert "Somebody was faster" in text(answer) and "Nothing to it." in main(answer)
    assert now(alert).state == "open"
    again = do(world.client("olu"), alert, "close", text="Nothing to it.", seen=1)
    assert (again.status_code, now(alert).state) == (302, "closed")
    assert do(world.client("olu"), alert, "acknowledge").status_code == 409


def test_only_who_may_handle_is_offered_acts_and_heard(world: World, alert: AlertView) -> None:
    answer = world.client("ellen").get(path(alert))
    assert "Acknowledge" not in text(answer).replace("Acknowledged", "")
    assert "Model owners, validators and compliance officers" in text(answer)
    assert do(world.client("ellen"), alert, "acknowledge").status_code == 403
    assert world.client("ellen").post(path(alert, "batch/"), {"name": "a"}).status_code == 403
    assert do(world.client("hal"), alert, "acknowledge").status_code == 404
    assert do(strict(world, "carla"), alert, "acknowledge").status_code == 403
    assert world.client("carla").get(path(alert, "acts/")).status_code == 405
    assert now(alert).state == "open"


# ------------------------------------------------------------- decisions, batches, requests


def test_the_decisions_behind_it_lead_to_their_why(world: World, alert: AlertView) -> None:
    page = said(world, "carla", path(alert, "decisions/"))
    assert len(page.table.rows) == 50
    assert page.said.startswith("The first 50 of 8")
    assert {row[2] for row in cells(page.table)} == {"deny"}
    url = page.table.rows[0].cells[0].url
    assert world.client("carla").get(url).status_code == 200
    # Those that were shown, and no other.
    assert len({entry for _, purpose, entry in noted() if purpose == "alert:decisions"}) == 50
    rest = said(world, "carla", page.next_url)
    assert rest.said.startswith("The last ") and rest.next_url == ""
    assert world.client("carla").get(path(alert, "decisions/?after=x")).status_code == 302


def test_others_are_told_why_they_see_no_decisions(world: World, alert: AlertView) -> None:
    answer = world.client("olu").get(path(alert))
    assert "for those who may see protected attributes" in text(answer)
    assert "You can name the decisions as a batch without seeing them" in text(answer)
    assert world.client("olu").get(path(alert, "decisions/")).status_code == 403


def test_how_many_few_are_is_for_few_eyes(world: World, alert: AlertView) -> None:
    state(limits={"shown": 500, "least": 500})
    olu, carla = world.client("olu"), world.client("carla")
    answer = olu.post(path(alert, "batch/"), {"name": "Some"}, follow=True)
    assert "Named: Some, a few decisions." in text(answer)
    page = answer.context["page"]
    assert page.decisions.startswith("A few decisions of sex, female") and page.nameable
    assert [line.many for line in page.batches] == ["a few decisions"]
    listed = f"/api/v1/use-cases/{USE_CASE}/batches"
    assert [one["many"] for one in olu.get(listed).json()["results"]] == [None]
    assert "few" in cells(said(world, "olu", "/monitoring/batches/").table)[0]
    (batch,) = batches(USE_CASE)
    assert [one["many"] for one in carla.get(listed).json()["results"]] == [batch.many]
    page = carla.get(path(alert)).context["page"]
    assert page.decisions.startswith(f"{batch.many} decisions of sex")


def test_naming_a_batch(world: World, alert: AlertView) -> None:
    client = world.client("olu")
    answer = client.post(path(alert, "batch/"), {"name": "Women refused"})
    assert answer.headers["Location"] == path(alert, "#batches")
    (batch,) = batches(USE_CASE)
    (line,) = client.get(path(alert)).context["page"].batches
    assert (line.name, line.by, line.many) == (
        "Women refused",
        "Olu Adeyemi",
        f"{batch.many} decisions",
    )
    assert line.entry_url == f"/log/verify/{batch.entry_id}/"
    for name, status, sentence in (
        ("", 200, "needs a name"),
        ("x" * 121, 200, "At most 120"),
    ):
        refused = client.post(path(alert, "batch/"), {"name": name})
        assert (refused.status_code, sentence in text(refused)) == (status, True)
    other = next(one for one in alerts.alerts(USE_CASE) if one.id != alert.id)
    taken = client.post(path(other, "batch/"), {"name": "Women refused"})
    assert (taken.status_code, "Another batch has this name" in text(taken)) == (409, True)
    listed = cells(said(world, "olu", "/monitoring/batches/").table)
    assert [row[0] for row in listed] == ["Women refused"]
    assert listed[0][5] == "Selection rate is lower: sex, female"


def test_a_request_to_train_anew_and_the_version_that_came_of_it(
    world: World, alert: AlertView
) -> None:
    client = world.client("olu")
    (line,) = client.get(path(alert)).context["page"].requests
    assert (line.model_ref, line.may_link) == ("", True)
    link = f"/monitoring/retrainings/{line.id}/version/"
    refused = client.post(link, {"version": "other@1"})
    assert "Choose a version of this use case." in text(refused)
    assert world.client("vera").post(link, {"version": MODEL_REF}).status_code == 403
    assert world.client("hal").post(link, {"version": MODEL_REF}).status_code == 404
    assert client.post(link, {"version": MODEL_REF}).headers["Location"] == path(
        alert, "#retraining"
    )
    (line,) = client.get(path(alert)).context["page"].requests
    assert (line.version_url, line.may_link) == ("/models/credit-risk/1.0.0/", False)
    rows = cells(said(world, "olu", "/monitoring/retrainings/").table)
    assert sorted(row[3] for row in rows) == [MODEL_REF, "none yet"]


def test_without_a_request_none_is_shown(world: World) -> None:
    quiet = alarmed(retrain_on_breach=False)
    assert 'id="retraining"' not in main(world.client("carla").get(path(quiet)))
    for page, title in (("batches", "No batch so far"), ("retrainings", "Nobody was asked")):
        assert title in text(world.client("carla").get(f"/monitoring/{page}/"))


def test_as_many_queries_for_many_as_for_one(world: World, alert: AlertView) -> None:
    client = world.client("carla")
    frame.look_again()
    pages = (INBOX, path(alert), "/monitoring/batches/", "/monitoring/retrainings/")

    def more(at: int) -> list[int]:
        client.post(path(alert, "batch/"), {"name": f"batch {at}"})
        do(client, alert, "assign", owner=f"user:{id_of('vera')}")
        send(5000 + at * 10, 5, f"group {at}", "approve")
        follow()
        return [queries(lambda one=one: client.get(one)) for one in pages]

    once = more(0)
    more(1)
    assert more(2) == once
    assert max(once) <= 24
