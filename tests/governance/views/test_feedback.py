"""/fairness/<slug>/feedback/: a set chosen, counted, taken, and told of afterwards."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.test import Client

from governance.demo.decisions import USE_CASE
from governance.models import Role
from governance.people.grant import grant_role
from tests.factories import VOICE, World
from tests.governance.views.alarming import follow, repaid, send, state
from tests.governance.views.conftest import cells, noted
from tests.governance.views.house import id_of, main, queries, text

PAGE = f"/fairness/{USE_CASE}/feedback/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def sets(world: World) -> None:
    state()
    send(0, 10, "female", "approve", version="2.0.0")
    repaid(0, 4)
    follow()


def asked(client: Client, **given: str) -> Any:
    return client.get(PAGE, {"version": "", **given}, headers=HTMX).context["set"]


@pytest.mark.usefixtures("sets")
def test_a_set_is_counted_as_one_chooses(world: World) -> None:
    client = world.client("olu")
    usual, every = asked(client), asked(client, labelled="no")
    known = int(usual.many.split()[0])
    assert usual.said == f"{known} of them with a true label, 0 that a review overrode."
    assert int(every.many.split()[0]) > known
    card = {fact.label: fact.value for fact in every.card}
    assert (card["True label"], card["Segments"]) == ("where it is known", "left out")
    none = asked(client, since="2020-01-01", last="2020-01-31")
    assert (none.many, none.said[:11]) == ("0 decisions", "No decision")


@pytest.mark.usefixtures("sets")
def test_a_choice_that_cannot_be_read_is_said_at_its_field(world: World) -> None:
    for given, sentence in (
        ({"since": "yesterday"}, "A date, such as"),
        ({"since": "2026-02-01", "last": "2026-01-31"}, "Not before the first day."),
        ({"version": "other@1"}, "other@1 is not one of the available choices."),
        ({"segments": "yes"}, "yes is not one of the available choices."),
    ):
        answer = world.client("olu").get(PAGE, given)
        assert sentence in text(answer)
        assert answer.context["set"].fields == ()
        assert sentence in asked(world.client("olu"), **given).said


@pytest.mark.usefixtures("sets")
def test_a_set_is_taken_and_told_of(world: World) -> None:
    client = world.client("olu")
    fields = dict(asked(client).fields)
    answer = client.post(f"{PAGE}set/", fields)
    whole = b"".join(answer.streaming_content)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert pq.read_table(BytesIO(whole)).num_rows == int(asked(client).many.split()[0])
    assert {purpose for _, purpose, _ in noted()} == {"export:feedback"}
    follow()
    page = client.get(PAGE).context["page"]
    (row,) = cells(page.exports)
    assert (row[0], row[2], row[4]) == ("Olu Adeyemi", "every version", sha256(whole).hexdigest())
    broken = client.post(f"{PAGE}set/", fields)
    next(iter(broken.streaming_content))
    broken.close()
    follow()
    newest = cells(client.get(PAGE).context["page"].exports)[0]
    assert newest[4] == "Broken off"


@pytest.mark.usefixtures("sets")
def test_segments_are_for_those_who_may_see_them(world: World) -> None:
    olu = world.client("olu")
    assert (
        olu.post(f"{PAGE}set/", {**dict(asked(olu).fields), "segments": "yes"}).status_code == 302
    )
    grant_role(voice=VOICE, user=id_of("olu"), role=Role.VALIDATOR, use_case=USE_CASE)
    fields = dict(asked(olu, segments="yes").fields)
    whole = b"".join(olu.post(f"{PAGE}set/", fields).streaming_content)
    assert "segments" in pq.read_table(BytesIO(whole)).column_names


def test_who_may_take_one(world: World) -> None:
    assert world.client("carla").get(PAGE).status_code == 403
    assert world.client("carla").post(f"{PAGE}set/").status_code == 403
    assert world.client("hal").get(PAGE).status_code == 404
    assert world.client("hal").post(f"{PAGE}set/").status_code == 404
    assert world.client("olu").get(f"{PAGE}set/").status_code == 405
    assert "No feedback set of this use case" in text(world.client("olu").get(PAGE))


@pytest.mark.usefixtures("sets")
def test_queries_do_not_grow_with_exports(world: World) -> None:
    client = world.client("olu")
    fields = dict(asked(client).fields)

    def take() -> None:
        b"".join(client.post(f"{PAGE}set/", fields).streaming_content)
        follow()

    take()
    before = queries(lambda: client.get(PAGE))
    take()
    take()
    assert queries(lambda: client.get(PAGE)) == before <= 24
    assert main(client.get(PAGE)).count("<tr") == 4
