"""Marks of charts by keyboard, and the toggle between labels, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from fairness import facts, redoing
from governance.comparing.policies import set_fairness_policy
from governance.demo.comparing import POLICY
from governance.demo.decisions import USE_CASE
from tests.browsing import SignIn, browser, playwright, sign_in, site
from tests.factories import VOICE, World, world

__all__ = ["browser", "playwright", "sign_in", "site", "world"]
pytestmark = pytest.mark.browser


def assessed() -> None:
    set_fairness_policy(voice=VOICE, use_case=USE_CASE, content=POLICY)
    while facts.follow():
        continue
    redoing.walk()


def in_tab_order(page: Page) -> int:
    return page.locator("#selection_rate [data-tip][tabindex='0']").count()


def test_marks_speak_on_focus_and_arrows_go_between_them(sign_in: SignIn, world: World) -> None:
    assessed()
    page, said = sign_in("carla"), []
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"/fairness/{USE_CASE}/segments/sex/?basis=both")
    marks, tip = page.locator("#selection_rate [data-tip]"), page.get_by_role("tooltip")
    assert (marks.count(), in_tab_order(page)) == (4, 1)
    marks.first.focus()
    expect(tip).to_contain_text("female, machine’s label")
    expect(tip.locator("span").first).to_contain_text("Selection rate")
    page.keyboard.press("ArrowDown")
    expect(tip).to_contain_text("female, after review")
    page.keyboard.press("End")
    expect(marks.last).to_be_focused()
    expect(tip).to_contain_text("male, after review")
    # Nothing lies beyond the last; the chart stays one stop of the Tab key.
    page.keyboard.press("ArrowRight")
    expect(marks.last).to_be_focused()
    assert in_tab_order(page) == 1
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    marks.first.hover()
    expect(tip).to_contain_text("female, machine’s label")
    # The other label, without leaving the page, and with the focus where it was.
    toggle = page.get_by_role("link", name="After review", exact=True)
    toggle.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".toggle a[aria-current]").first).to_have_text("After review")
    expect(toggle).to_be_focused()
    assert page.url.endswith("/segments/sex/?basis=effective")
    assert (marks.count(), in_tab_order(page)) == (2, 1)
    assert page.evaluate("document.querySelectorAll('[style]:not(.tip)').length") == 0
    assert said == []
