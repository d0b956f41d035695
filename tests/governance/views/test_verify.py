"""/log/verify/: what the server hands to the browser that checks, and to whom."""

from __future__ import annotations

import html
import re
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from django.db import connection

from audit import proofs
from audit.header import parse
from audit.queries import entries
from audit.queries.content import stored_bodies
from tests.factories import USE_CASE, World, candidate, record
from tests.governance.views.house import main, queries


def page(entry_id: UUID | str) -> str:
    return f"/log/verify/{entry_id}/"


def given(body: str, name: str) -> str:
    """A value the script starts from."""
    found = re.search(rf'data-{name}="([^"]*)"', body)
    assert found
    return html.unescape(found[1])


def line(kind: str, use_case: str = USE_CASE) -> UUID:
    """The newest entry of this kind."""
    cursor = None
    while True:
        found = entries(cursor, 200)
        for row in found.results:
            if row.header and (row.header.kind, row.header.use_case) == (kind, use_case):
                return row.header.id
        assert found.next
        cursor = found.next


def test_the_page_starts_from_the_entry_and_shows_nothing_as_checked(world: World) -> None:
    entry = UUID(world.entry(world.denied))
    place = proofs.place_of(entry)
    assert place is not None
    body = main(world.client("carla").get(page(entry)))
    assert given(body, "header") == place.header.decode()
    assert given(body, "leaf") == place.leaf_hash.hex()
    assert given(body, "proof") == f"/api/v1/log/proofs/inclusion?entry={entry}"
    assert set(re.findall(r'data-state="(\w+)"', body)) == {"idle"}
    assert re.findall(r'data-step="(\w+)"', body) == [
        "fetch", "leaf", "path", "root", "signature", "body", "held",
    ]  # fmt: skip


def test_what_the_script_fetches_is_open_to_the_session(world: World) -> None:
    client = world.client("carla")
    entry = world.entry(world.denied)
    body = main(client.get(page(entry)))
    proof = client.get(given(body, "proof"))
    assert proof.status_code == 200
    assert proof.json()["header"] == given(body, "header")
    assert client.get(given(body, "keys")).status_code == 200


def test_an_entry_of_others_and_one_that_is_not_look_alike(world: World) -> None:
    hal = world.client("hal")
    theirs, nowhere = hal.get(page(world.entry(world.denied))), hal.get(page(uuid4()))
    assert (theirs.status_code, nowhere.status_code) == (404, 404)
    assert main(theirs) == main(nowhere)


def test_lines_of_the_installation_are_for_who_reads_everywhere(world: World) -> None:
    entry = line("policy", use_case="")
    statuses = [
        world.client(name).get(page(entry)).status_code for name in ("carla", "alex", "bea")
    ]
    assert statuses == [404, 200, 200]


def test_who_may_read_decisions_may_hash_the_stored_bytes(world: World) -> None:
    entry = UUID(world.entry(world.denied))
    client = world.client("carla")
    body = main(client.get(page(entry)))
    stored = client.get(given(body, "body"))
    place = proofs.place_of(entry)
    assert place is not None
    assert sha256(stored.content).hexdigest() == parse(place.header).body_sha256
    assert stored.content == stored_bodies([entry])[entry]
    assert "no-store" in stored.headers["Cache-Control"]
    assert stored.headers["Content-Disposition"].startswith("attachment")


def test_others_are_offered_no_body(world: World) -> None:
    entry = world.entry(world.denied)
    dana = world.client("dana")
    assert given(main(dana.get(page(entry))), "body") == ""
    assert dana.get(f"{page(entry)}body/").status_code == 404
    assert world.client("hal").get(f"{page(entry)}body/").status_code == 404


def test_a_line_that_is_not_sealed_is_for_every_reader_of_it(world: World) -> None:
    entry = line("registry")
    answer = world.client("dana").get(f"{page(entry)}body/")
    assert b"version_added" in answer.content


def test_a_body_that_is_gone_is_410(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = world.entry(world.denied)
    monkeypatch.setattr("governance.views.house.verify.stored_bodies", lambda ids: {})
    assert world.client("carla").get(f"{page(entry)}body/").status_code == 410


def test_an_erased_persons_entry_still_has_its_bytes(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT about FROM audit_mention JOIN audit_entry_leaf USING (leaf_index)"
                       " WHERE kind = 'erasure' LIMIT 1")  # fmt: skip
        subject = str(cursor.fetchone()[0])
    found = [
        row
        for row in entries(None, 200).results
        if row.header and str(row.header.subject) == subject
    ]
    entry = next(row.header.id for row in found if row.header and row.header.kind == "decision")
    answer = world.client("carla").get(f"{page(entry)}body/")
    assert answer.status_code == 200


def test_an_entry_without_a_place_says_so(world: World) -> None:
    record([candidate("candidate-fresh")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM audit_entry ORDER BY id DESC LIMIT 1")
        (entry,) = cursor.fetchone()
    client = world.client("bea")
    assert "Not yet placed" in main(client.get(page(entry)))
    answer = client.get(f"/api/v1/log/proofs/inclusion?entry={entry}")
    assert answer.json()["type"] == "/problems/not-yet-included"


def test_the_page_costs_few_queries(world: World) -> None:
    client = world.client("carla")
    assert queries(lambda: client.get(page(world.entry(world.denied)))) <= 12
