"""Recourse, replay and replays of a version, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from explain import answering
from explain.replay.stepping import step_sweeps
from governance.why import asking
from tests.browsing import SignIn, browser, playwright, sign_in, site
from tests.factories import World, world

__all__ = ["browser", "playwright", "sign_in", "site", "world"]
pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that answers at once, in this process: no broker runs here."""

    def answered(question: Any, seconds: float) -> bool:
        answering.answer_one(question)
        return True

    monkeypatch.setattr(asking, "wait_until_answered", answered)


def complaints(page: Page) -> list[str]:
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (768, True)])
def test_constraints_answer_as_they_change(
    sign_in: SignIn, world: World, width: int, dark: bool
) -> None:
    page = sign_in("rita", width=width, dark=dark)
    said = complaints(page)
    page.goto(f"/decisions/{world.denied}")
    page.get_by_text("Constraints of your own").click()
    # By keyboard alone, and without the button: a change asks by itself.
    keep = page.get_by_role("group", name="Savings").get_by_role("checkbox")
    keep.focus()
    page.keyboard.press("Space")
    answers = page.locator("#recourse-answers")
    expect(answers.locator(".answers > li, .state")).not_to_have_count(0)
    expect(answers.get_by_text("Not computed yet")).to_have_count(0)
    expect(answers.get_by_role("rowheader", name="Savings")).to_have_count(0)
    expect(keep).to_be_focused()
    # What the policy does not allow is said, and the answers go.
    page.get_by_label("Loan amount, DM: at most").fill("99999")
    page.keyboard.press("Tab")
    expect(answers).to_contain_text("The policy's upper bound is 20000.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert said == []


def test_the_replay_button(sign_in: SignIn, world: World) -> None:
    page = sign_in("rita")
    said = complaints(page)
    page.goto(f"/decisions/{world.denied}")
    page.get_by_role("button", name="Replay this decision").click()
    expect(page.locator("#replay-result")).to_contain_text("It comes out the same")
    assert said == []


def test_replays_of_a_version_show_their_progress(sign_in: SignIn, world: World) -> None:
    page = sign_in("olu")
    said = complaints(page)
    page.goto("/models/credit-risk/1.0.0/")
    page.get_by_role("button", name="Replay all decisions").click()
    section = page.locator("#replays")
    expect(section).to_contain_text("Running")
    step_sweeps()
    expect(section).to_contain_text("Finished")
    expect(section.get_by_role("button", name="Replay all decisions")).to_be_visible()
    assert said == []
