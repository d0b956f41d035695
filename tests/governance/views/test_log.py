"""/log/: the facts apart, the lines one may see, and the gaps told."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from audit import publisher, sequencer
from audit.checkpoints import checkpoint_store
from audit.queries import entries, log_state
from governance.registry.model import add_model
from tests.factories import HIRING, USE_CASE, VOICE, World, candidate, record
from tests.governance.views.house import main, queries, text

LOG = "/log/"


def leaves(answer: object) -> list[int]:
    """The leaf indexes of the lines shown."""
    found = re.findall(r'data-label="Leaf">\s*<span[^>]*>([\d,]+)</span>', main(answer))
    return [int(number.replace(",", "")) for number in found]


def everything() -> dict[int, tuple[str, str]]:
    """Use case and kind by leaf."""
    found, cursor = {}, None
    while True:
        page = entries(cursor, 200)
        for row in page.results:
            assert row.header is not None
            found[row.leaf_index] = (row.header.use_case, row.header.kind)
        cursor = page.next
        if cursor is None:
            return found


def walked(world: World, name: str, **asked: str) -> tuple[list[int], list[object]]:
    """All leaves somebody sees by going on to older pages, and the pages."""
    client, url, seen, pages = world.client(name), LOG, [], []
    while url:
        answer = client.get(url, asked if url == LOG else None)
        assert answer.status_code == 200
        seen += leaves(answer)
        pages.append(answer)
        found = re.search(r'rel="next" href="([^"]+)"', main(answer))
        url = found[1].replace("&amp;", "&") if found else ""
    return seen, pages


def test_who_sees_everywhere_sees_each_leaf_once(world: World) -> None:
    seen, _ = walked(world, "alex")
    assert seen == sorted(everything(), reverse=True)


def test_others_see_their_use_cases_and_the_installation(world: World) -> None:
    seen, pages = walked(world, "hal")
    mine = [leaf for leaf, (home, _) in everything().items() if home in {HIRING, ""}]
    assert seen == sorted(mine, reverse=True)
    assert all(USE_CASE not in main(page) for page in pages)


def test_what_is_left_out_is_told(world: World) -> None:
    _, pages = walked(world, "hal")
    said = [text(page) for page in pages]
    hidden = sum(
        int(number.replace(",", ""))
        for page in said
        for number in re.findall(r"([\d,]+) left out: of use cases you may not see", page)
    )
    assert hidden == sum(home == USE_CASE for home, _ in everything().values())


@pytest.mark.parametrize("kind", ["decision", "registry", "erasure"])
def test_one_kind_of_line(world: World, kind: str) -> None:
    seen, _ = walked(world, "alex", kind=kind)
    wanted = [leaf for leaf, (_, found) in everything().items() if found == kind]
    assert seen == sorted(wanted, reverse=True)
    assert wanted


def test_the_way_back_leads_over_the_same_lines(world: World) -> None:
    client = world.client("alex")
    _, pages = walked(world, "alex")
    back = re.search(r'rel="prev" href="([^"]+)"', main(pages[1]))
    assert back
    assert leaves(client.get(back[1].replace("&amp;", "&"))) == leaves(pages[0])


def test_a_cursor_nobody_gave_out_leads_to_the_beginning(world: World) -> None:
    assert world.client("alex").get(LOG, {"older": "WzFd"}).headers["Location"] == LOG


def test_htmx_gets_the_list_alone(world: World) -> None:
    answer = world.client("alex").get(LOG, headers={"HX-Request": "true"})
    body = answer.content.decode()
    assert body.lstrip().startswith("<section")
    assert "<html" not in body
    assert 'id="entries"' in body


def test_lines_of_the_installation_have_no_link_for_who_may_not_check_them(world: World) -> None:
    place = next(leaf for leaf, (home, _) in everything().items() if not home)
    rows = {
        name: re.findall(r"<tr>.*?</tr>", main(page), re.S)
        for name in ("hal", "alex")
        for page in walked(world, name)[1]
        if place in leaves(page)
    }
    linked = {
        name: any("/log/verify/" in row and f">{place}<" in row for row in found)
        for name, found in rows.items()
    }
    assert linked == {"hal": False, "alex": True}


def test_the_facts_stand_apart_and_content_is_never_claimed(world: World) -> None:
    said = text(world.client("alex").get(LOG))
    size = log_state().size
    assert f"Content of every entry Not read by this page Only a full run reads all {size}" in said
    assert "python3 manage.py verifylog" in said
    assert "Tree and checkpoint Holds" in said
    assert (
        f"Checkpoint outside the database Holds The signed checkpoint kept outside, over {size}"
        in said
    )
    assert "Witnesses None configured" in said


def test_a_log_never_verified_says_so(world: World) -> None:
    said = text(world.client("alex").get(LOG))
    assert "Last full verification Never No run over the whole log has ended here" in said


def test_the_last_full_verification_is_told_as_it_was_run(world: World) -> None:
    size = log_state().size
    call_command("verifylog", jobs=1, stdout=StringIO())
    record([candidate("candidate-late")])
    sequencer.catch_up()
    said = text(world.client("alex").get(LOG))
    assert re.search(r"Last full verification Intact, \d+\ss ago On", said)
    assert "UTC, python3 manage.py verifylog ended after" in said
    found = said.partition("The log is intact: ")[2][:60]
    assert found.startswith(f"{size} leaves. 1 leaf came since. This is")


def test_a_later_run_in_part_that_found_something_is_told(world: World) -> None:
    call_command("verifylog", jobs=1, stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_verification "
            "(command, size, checked, resumed_at, intact, findings, seconds, verdict) "
            "VALUES ('verifylog --limit 3', 9, 3, 0, false, 2, 0.1, 'The log is NOT intact.')"
        )
    said = text(world.client("alex").get(LOG))
    assert "A run over 3 of 9 leaves had 2 findings on" in said


def test_checkpoints_can_be_copied_and_lead_to_their_proof(world: World) -> None:
    record([candidate("candidate-2")])
    sequencer.catch_up()
    publisher.publish()
    note = checkpoint_store().latest()
    assert note is not None
    answer = world.client("alex").get(LOG)
    assert f'data-copy="{note}"' in answer.content.decode().replace("&#x27;", "'")
    proof = re.search(r'href="(/api/v1/log/proofs/consistency[^"]+)"', main(answer))
    assert proof
    proven = world.client("alex").get(proof[1].replace("&amp;", "&"))
    assert proven.status_code == 200
    assert proven.json()["to"] == log_state().size


def test_a_refusing_publisher_is_the_first_thing_said(world: World) -> None:
    (settings.AUDIT_PUBLIC / "checkpoint").unlink()
    said = text(world.client("alex").get(LOG))
    assert "Nothing is signed until a person has looked" in said
    assert "Checkpoint outside the database Does not hold The checkpoint store is empty" in said
    assert "docs/drills.md#lost-store" in said


def test_followers_and_what_they_stepped_over(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT entry_id FROM audit_entry_leaf WHERE leaf_index = 3")
        (entry_id,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO audit_poison (place, leaf_index, entry_id, error) VALUES (%s, 3, %s, %s)",
            ["project", entry_id, "The entry of this leaf is gone from the database."],
        )
    answer = world.client("alex").get(LOG)
    assert "Read models The entry of this leaf is gone" in text(answer)
    assert f"/log/verify/{entry_id}/" in main(answer)


def test_the_page_costs_the_same_for_a_longer_log(world: World) -> None:
    client = world.client("alex")
    few = queries(lambda: client.get(LOG))
    for number in range(5):
        add_model(voice=VOICE, use_case=HIRING, slug=f"more-{number}", name="More")
    sequencer.catch_up()
    publisher.publish()
    assert queries(lambda: client.get(LOG)) == few


def test_an_empty_log_says_so(db: None) -> None:
    """Pages are drawn from what the queries say of a database nobody wrote to."""
    from audit.publisher import PublisherState
    from governance.pages.integrity import facts

    held = facts(log_state(), PublisherState("published", 0, None))
    assert [(line.name, line.state, line.word) for line in held] == [
        ("Content of every entry", "open", "Not read by this page"),
        ("Tree and checkpoint", "open", "Nothing yet"),
        ("Checkpoint outside the database", "open", "Nothing yet"),
        ("Witnesses", "open", "None configured"),
    ]
