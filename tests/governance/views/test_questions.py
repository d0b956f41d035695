"""Recourse and replay on the why-page: with htmx and without, and for whom."""

from __future__ import annotations

from typing import Any

import pytest

from explain import answering
from explain.models import Question
from governance.forms.recourse import wishes_given
from governance.why import asking
from governance.why.parts import Actionable
from tests.factories import World

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that answers at once, in this process: no broker runs here."""

    def answered(question: Any, seconds: float) -> bool:
        answering.answer_one(question)
        return True

    monkeypatch.setattr(asking, "wait_until_answered", answered)


def test_before_it_is_asked_for(world: World) -> None:
    page = world.client("rita").get(f"/decisions/{world.denied}").context["page"]
    assert (page.recourse.state.title, page.recourse.answers) == ("Not computed yet", ())
    assert [wish.label for wish in page.recourse.wishes][-1] == "Loan amount, DM"
    approved = world.client("rita").get(f"/decisions/{world.approved}").context["page"]
    assert approved.recourse.state.text == "Not applicable: the outcome is favourable already."
    assert approved.recourse.action == ""
    erased = world.client("rita").get(f"/decisions/{world.erased}").context["page"]
    assert erased.recourse.state.kind == "erased"
    assert erased.replay.action == ""


def test_with_htmx_the_answers_replace_their_part(world: World) -> None:
    client = world.client("rita")
    page = client.get(f"/decisions/{world.denied}").context["page"]
    answer = client.post(page.recourse.action, {"changes": "2"}, headers=HTMX)
    text = answer.content.decode()
    assert text.lstrip().startswith('<div id="recourse-answers"')
    assert "Not advice, and not a guarantee" in text
    assert "<html" not in text
    shown = answer.context["recourse"]
    assert shown.answers[0].title.endswith("the cheapest within the policy")
    assert "score" in shown.answers[0].foot


def test_without_scripts_the_form_leads_back_to_the_page(world: World) -> None:
    client = world.client("rita")
    page = client.get(f"/decisions/{world.denied}").context["page"]
    places = {wish.label: wish.place for wish in page.recourse.wishes}
    posted = {f"keep-{places['Loan duration, months']}": "on", "days": "200"}
    back = client.post(page.recourse.action, posted)
    assert back.status_code == 302
    assert back["Location"].endswith("#recourse")
    shown = client.get(back["Location"].partition("#")[0]).context["page"].recourse
    assert shown.open
    assert shown.days == "200"
    assert [wish.label for wish in shown.wishes if wish.kept] == ["Loan duration, months"]
    labels = {line.label for card in shown.answers for line in card.changes}
    assert "Loan duration" not in labels


def test_the_person_concerned_is_shown_no_score(world: World) -> None:
    client = world.client("rita")
    page = client.get(f"/decisions/{world.denied}?audience=subject").context["page"]
    answer = client.post(page.recourse.action, headers=HTMX)
    shown = answer.context["recourse"]
    assert shown.answers and shown.note == ""
    assert "score" not in shown.answers[0].foot
    assert "candidates" not in shown.foot


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_constraints_that_cannot_be_taken_are_named(world: World, headers: dict[str, str]) -> None:
    client = world.client("rita")
    page = client.get(f"/decisions/{world.denied}").context["page"]
    place = next(w.place for w in page.recourse.wishes if w.label == "Loan amount, DM")
    for value, said in (("many", "“many” is not a number"), ("99999", "upper bound is 20000")):
        answer = client.post(page.recourse.action, {f"upper-{place}": value}, headers=headers)
        assert answer.status_code == 200
        assert said in answer.content.decode()
    assert Question.objects.count() == 0


def test_a_pending_part_asks_until_it_is_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "wait_until_answered", lambda question, seconds: False)
    client = world.client("rita")
    page = client.get(f"/decisions/{world.denied}").context["page"]
    waiting = client.post(page.recourse.action, headers=HTMX).context["recourse"]
    assert waiting.state.kind == "pending"
    assert "every 1s" in client.get(waiting.poll_url, headers=HTMX).content.decode()
    answering.follow()
    found = client.get(waiting.poll_url, headers=HTMX)
    assert found.context["recourse"].answers
    assert "hx-trigger" not in found.content.decode()


def test_replay(world: World) -> None:
    client = world.client("rita")
    for key, title in (
        (world.denied, "It comes out the same"),
        (world.refused, "It comes out differently"),
        (world.unregistered, "It cannot be replayed: the version has no profile"),
    ):
        page = client.get(f"/decisions/{key}").context["page"]
        shown = client.post(page.replay.action, headers=HTMX).context["replay"]
        assert shown.banner.title == title
        back = client.post(page.replay.action)
        again = client.get(back["Location"].partition("#")[0]).context["page"].replay
        assert again.banner.title == title
    hidden = client.post(f"{page.replay.action.partition('?')[0]}?audience=subject", headers=HTMX)
    assert not [row for row in hidden.context["replay"].rows if "score" in row.label]


@pytest.mark.parametrize("act", ["recourse", "replay"])
def test_nobody_else_may_ask(world: World, act: str) -> None:
    path = f"/decisions/{world.entry(world.denied)}/{act}"
    assert world.client("hal").post(path, headers=HTMX).status_code == 404
    assert world.client("rita").get(path).status_code == 405
    examiner = world.client("rita").post(f"{path}?audience=examiner", headers=HTMX)
    assert examiner.status_code == 404
    assert Question.objects.count() == 0


def test_an_address_of_an_erased_person_is_still_a_page(world: World) -> None:
    client = world.client("rita")
    question = "0190a8a0-0000-7000-8000-000000000000"
    path = f"/decisions/{world.entry(world.denied)}?recourse={question}"
    assert client.get(path).status_code == 404


def test_fields_left_empty_wish_for_nothing() -> None:
    one = Actionable("a", "A", "", "any", 0, 9, 1, (), 0, "")
    given = wishes_given({"lower-0": " ", "changes": "", "days": ""}, (one,))
    assert given.problems == ()
    assert not any(given.wishes.to_json().values())
    assert wishes_given({"lower-0": "1,000.5"}, (one,)).wishes.bounds["a"].lower == 1000.5
