"""Decisions like one, on the why-page: offered, shown when asked for, noted, and to whom."""

from __future__ import annotations

from uuid import UUID

import pytest

from explain.models import Explanation, Similar
from explain.similar import find_similar
from governance.demo.decisions import USE_CASE
from governance.privacy import erase_subject
from tests.factories import VOICE, World
from tests.governance.views.conftest import noted

HTMX = {"HX-Request": "true"}


@pytest.fixture
def entry(world: World) -> UUID:
    """The denied decision, for which a worker has searched in both ways."""
    found = UUID(world.entry(world.denied))
    assert find_similar(found, "explanation") and find_similar(found, "features")
    return found


def address(entry: UUID, space: str = "explanation", audience: str = "reviewer") -> str:
    return f"/decisions/{entry}/similar?similar={space}&audience={audience}"


def test_the_page_offers_them_and_shows_nobody(world: World, entry: UUID) -> None:
    page = world.client("rita").get(f"/decisions/{world.denied}").context["page"]
    assert [tab.label for tab in page.similar.tabs] == ["Reasoned alike", "Alike in what went in"]
    assert (page.similar.asked, page.similar.lines, page.similar.state) == (False, (), None)
    assert {purpose for _, purpose, _ in noted()} == {"why:reviewer"}


def test_with_htmx_they_replace_the_offer_and_each_is_noted(world: World, entry: UUID) -> None:
    answer = world.client("rita").get(address(entry), headers=HTMX)
    shown = answer.context["similar"]
    assert answer.content.decode().lstrip().startswith("<section")
    near = Similar.objects.get(entry_id=entry, space="explanation").neighbours[:5]
    assert [line.url for line in shown.lines] == [f"/decisions/{one}" for one in near]
    assert {one for _, purpose, one in noted() if purpose == "why:similar"} == {
        str(entry), *map(str, near)
    }  # fmt: skip
    assert shown.summary.startswith("The nearest 5 of ")
    assert [tab.current for tab in shown.tabs] == [True, False]
    assert {line.outcome.text for line in shown.lines} <= {"Deny", "Approve"}
    assert all(line.outcome.tone in {"good", "bad"} for line in shown.lines)
    distances = [float(line.distance) for line in shown.lines]
    assert distances == sorted(distances)
    first = shown.lines[0].differing[0]
    assert first[1] != first[2]


def test_without_scripts_the_page_itself_shows_them(world: World, entry: UUID) -> None:
    client = world.client("rita")
    back = client.get(address(entry, "features"))
    assert back.status_code == 302
    assert back.headers["Location"].endswith("#similar")
    page = client.get(back.headers["Location"]).context["page"]
    assert len(page.similar.lines) == 5
    assert all(0 <= float(line.distance) <= 1 for line in page.similar.lines)
    assert "0 is the same" in page.similar.meaning


def test_the_person_concerned_is_shown_nobody_else(world: World, entry: UUID) -> None:
    client = world.client("rita")
    assert client.get(address(entry, audience="subject"), headers=HTMX).status_code == 404
    page = client.get(f"/decisions/{world.denied}?audience=subject&similar=features")
    assert page.context["page"].similar is None
    assert {purpose for _, purpose, _ in noted()} == {"why:subject"}


@pytest.mark.parametrize(("who", "expected"), [("hal", 404), ("dana", 403)])
def test_others_learn_nothing(world: World, entry: UUID, who: str, expected: int) -> None:
    assert world.client(who).get(address(entry), headers=HTMX).status_code == expected
    assert noted() == []


def test_another_kind_of_likeness_is_not_there(world: World, entry: UUID) -> None:
    assert world.client("rita").get(address(entry, "names"), headers=HTMX).status_code == 404


@pytest.mark.parametrize("kind", ["refused", "pending", "erased", "unprofiled"])
def test_what_is_not_explained_is_compared_with_nothing(world: World, kind: str) -> None:
    who = "hal" if kind == "unprofiled" else "rita"
    page = world.client(who).get(f"/decisions/{getattr(world, kind)}").context["page"]
    assert page.similar is None


def test_the_only_one_of_its_kind(world: World, entry: UUID) -> None:
    Similar.objects.filter(entry_id=entry).update(neighbours=[], distances=[], among=0)
    shown = world.client("rita").get(address(entry), headers=HTMX).context["similar"]
    assert shown.state.text == "No other decision of this version has been explained."


def test_whoever_was_erased_since_is_gone(world: World, entry: UUID) -> None:
    first = Similar.objects.get(entry_id=entry, space="explanation").neighbours[0]
    row = Explanation.objects.get(entry_id=first)
    page = world.client("rita").get(f"/decisions/{first}").context["page"]
    erase_subject(voice=VOICE, use_case=USE_CASE, subject=page.subject, reason="asked for it")
    shown = world.client("rita").get(address(entry), headers=HTMX).context["similar"]
    assert row.entry_id not in {UUID(line.url.rpartition("/")[2]) for line in shown.lines}
    assert len(shown.lines) == 5


def test_while_a_worker_searches_it_asks_again(world: World, entry: UUID) -> None:
    Similar.objects.all().delete()
    shown = world.client("rita").get(address(entry), headers=HTMX).context["similar"]
    assert shown.state.kind == "pending"
    assert shown.poll_url.startswith(f"/decisions/{entry}/similar?audience=reviewer&")
    assert shown.poll_url.endswith("&similar=explanation")
