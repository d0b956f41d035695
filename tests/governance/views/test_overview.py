"""/: the overview."""

import json
import re
import shutil
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import decisions
from audit.publisher import PublisherState
from explain.standing import Unexplained
from governance import frame
from governance.demo.decisions import MODEL_REF
from governance.models import Role, User
from governance.pages.overview import actions
from governance.pages.overview.first import first_steps
from governance.people.grant import grant_role
from governance.people.join import create_user
from governance.registry.use_cases import add_use_case
from tests.factories import BACKEND, PASSWORD, VOICE, World, record
from tests.governance.views.conftest import cells, noted, said

QUERIES = 22


def test_somebody_unknown_is_sent_to_sign_in(world: World) -> None:
    answer = Client().get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/")


def test_the_tiles_count_what_is_in_the_list(world: World) -> None:
    page = said(world, "carla", "/")
    told = {tile.label: (tile.value, tile.detail) for tile in page.tiles}
    assert told["Decisions in 7 days"] == ("34", "0 in the 7 days before")
    assert told["Explained"] == ("93.9\u202f%", "31 of 33, 1 waiting, 1 refused or failed")
    with connection.cursor() as cursor:
        cursor.execute("SELECT size FROM audit_tree_state")
        assert told["Log entries"][0] == str(cursor.fetchone()[0])


def test_the_share_against_the_person_has_its_interval_and_its_n(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE label = 'deny'), count(*) FROM audit_decision "
            "WHERE use_case = 'consumer-credit'"
        )
        denied, total = cursor.fetchone()
    row = said(world, "carla", "/").use_cases.rows[0]
    share = row.cells[4]
    assert (row.cells[0].text, row.cells[3].text) == ("Consumer credit", str(total))
    assert share.meter.text == f"{100 * denied / total:.1f}\u202f%"
    assert re.fullmatch(rf"95\u202f%: \d+–\d+\u202f%, n = {total}", share.detail)


def test_few_cases_are_said_to_be_few(world: World) -> None:
    row = said(world, "hal", "/").use_cases.rows[0]
    assert row.cells[4].detail == "95\u202f%: 34–100\u202f%, n = 2, few cases"


def test_one_sees_the_use_cases_one_may_read(world: World) -> None:
    names = {
        who: [row.cells[0].text for row in said(world, who, "/").use_cases.rows]
        for who in ("hal", "carla", "bea")
    }
    assert names == {
        "hal": ["Hiring shortlist"],
        "carla": ["Consumer credit"],
        "bea": ["Consumer credit", "Hiring shortlist"],
    }


def test_the_days_add_up(world: World) -> None:
    chart = said(world, "bea", "/").days
    assert len(chart.columns) == 14
    assert sum(int(day.text or "0") for day in chart.columns) == 36
    assert chart.columns[-1].day == f"{datetime.now(UTC):%-d %B %Y}"


def test_coverage_by_version(world: World) -> None:
    (row,) = said(world, "carla", "/").coverage.rows
    assert [cell.text for cell in row.cells] == [MODEL_REF, "31", "1", "1", "0"]


def test_what_was_refused_wants_action(world: World) -> None:
    (action,) = said(world, "carla", "/").actions
    assert action.url == f"/decisions/{world.entry(world.refused)}"
    assert action.text.startswith("Output not reproduced")
    assert b"Nothing. No explanation was" not in world.client("carla").get("/").content


def test_refusals_of_one_cause_are_one_thing_to_do_and_open_alerts_are_told() -> None:
    lost = [
        Unexplained(uuid4(), "credit", MODEL_REF, state, detail, None)
        for state, detail in (("refused", "a"), ("failed", "b"), ("refused", "a"))
    ]
    calm = PublisherState("published", 1, 1)
    found = actions.actions(calm, [], lost, {}, 4)
    assert [(one.tone, one.title, one.text) for one in found] == [
        ("bad", "4 alerts nobody took up", "Each with its evidence."),
        ("warn", f"2 explanations refused alike, {MODEL_REF}", "a"),
        ("bad", f"Explanation failed, {MODEL_REF}", "b"),
    ]
    assert found[0].url == "/monitoring/alerts/?state=open"
    assert found[1].url == f"/decisions/{lost[0].entry_id}"
    assert actions.actions(calm, [], [], {}, None) == ()


def test_nothing_to_do_is_said_too(world: World) -> None:
    assert said(world, "hal", "/").actions == ()
    assert "Nothing. No explanation was" in world.client("hal").get("/").content.decode()


def test_an_entry_stepped_over_and_a_refused_publisher_want_action(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_poison (place, leaf_index, entry_id, error) "
            "SELECT 'project', 3, entry_id, 'ValueError: no' FROM audit_entry_leaf WHERE leaf_index = 3"
        )
    shutil.rmtree(settings.AUDIT_PUBLIC)
    frame.look_again()
    answer = world.client("hal").get("/")
    found = [(one.tone, one.title) for one in answer.context["page"].actions]
    assert found == [
        ("bad", "No checkpoint is signed"),
        ("bad", "The follower “project” stepped over entry 3"),
    ]
    assert answer.context["frame"].log.state == "broken"


def test_a_developer_sees_no_decision(world: World) -> None:
    answer = world.client("dana").get("/")
    text = answer.content.decode()
    assert "Your roles show no decisions" in text
    assert not [one for one in world.ids if one in text]
    assert cells(answer.context["page"].coverage) == [[MODEL_REF, "31", "1", "1", "0"]]
    # Not even the sentence of a refusal, which holds a figure of somebody's.
    assert "Output not reproduced" not in text
    assert noted() == []


def test_the_latest_decisions_are_noted_as_read(world: World) -> None:
    page = said(world, "carla", "/")
    shown = [row.cells[0].url.rpartition("/")[2] for row in page.latest.rows]
    assert len(shown) == 8
    carla = User.objects.get(email="carla@demo.example").pk
    assert noted() == [(f"user:{carla}", "overview:latest", one) for one in sorted(shown)]


@pytest.mark.parametrize("who", ["hal", "carla"])
def test_queries_do_not_grow_with_rows(world: World, who: str) -> None:
    """Hal's overview shows two decisions, Carla's dozens."""
    client = world.client(who)
    client.get("/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/").status_code == 200
    assert len(asked) <= QUERIES


def a_new_house() -> Client:
    """One compliance officer and nothing decided yet."""
    add_use_case(voice=VOICE, slug="loans", name="Loans", adverse_labels=["deny"])
    user = create_user(voice=VOICE, email="first@example.org", name="First", password=PASSWORD)
    grant_role(voice=VOICE, user=user, role=Role.COMPLIANCE, use_case="loans")
    client = Client()
    client.force_login(User.objects.get(pk=user), BACKEND)
    return client


def test_a_new_installation_is_told_how_to_begin(fresh_db: str) -> None:
    client = a_new_house()
    frame.look_again()
    answer = client.get("/")
    first = answer.context["page"].first
    assert [done for done, _, _ in first.steps] == [True, False, False, False]
    assert first.command.startswith("curl http://testserver/api/v1/decisions ")
    assert '"use_case": "loans"' in first.command
    assert "No decision has been recorded yet" in answer.content.decode()


def test_the_command_of_the_first_steps_is_one_the_log_accepts(world: World) -> None:
    now = datetime.now(UTC)
    command = first_steps("http://testserver/api/v1/decisions", (), (), now).command
    body = re.search(r"-d '(.*)'$", command, re.DOTALL)[1]
    record([json.loads(body)])
    # Its repeat records nothing.
    again = decisions.record(voice=VOICE, raw=json.dumps(json.loads(body)).encode())
    assert again.repeated
