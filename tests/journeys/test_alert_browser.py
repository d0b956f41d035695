"""From groups that are treated differently to a batch for blind review: API, monitor, Chromium."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fairness.behind import batches
from governance.demo.decisions import USE_CASE
from governance.keys.issue import issue_key
from governance.voices import SystemVoice
from tests.browsing import SignIn, browser, playwright, sign_in, site
from tests.factories import World, world
from tests.governance.views.alarming import follow

__all__ = ["browser", "playwright", "sign_in", "site", "world"]
pytestmark = pytest.mark.browser

POLICY = {
    "favourable": ["approve"],
    "segments": {"sex": {"purpose": "detecting discrimination"}},
    "monitors": [{"metric": "selection_rate", "segment": "sex", "alpha": 0.01}],
    "retrain_on_breach": True,
}
Say = Callable[[str, str, bytes], Any]


@pytest.fixture
def say(world: World, site: str) -> Say:
    """What an application says over HTTP, with a key of its own."""
    acts = ["decisions:write", "fairness:read", "fairness:write", "registry:read"]
    key = issue_key(voice=SystemVoice("tests"), name="t", use_cases=[USE_CASE], acts=acts).text

    def said(method: str, path: str, body: bytes) -> Any:
        kind = "application/x-ndjson" if path.endswith("bulk") else "application/json"
        headers = {"Authorization": f"Bearer {key}", "Content-Type": kind}
        host, port = site.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        connection.request(method, f"/api/v1/{path}", body, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        assert answer.status in {200, 201}, told
        connection.close()
        return told

    return said


@pytest.fixture
def breach(say: Say) -> None:
    """One woman in four is approved, and three men in four, until the monitor alarms."""
    say("PUT", f"use-cases/{USE_CASE}/fairness/policy", json.dumps(POLICY).encode())
    follow()
    for day in range(5, 0, -1):
        lines = [json.dumps(decision(day, at)).encode() for at in range(80)]
        say("POST", "decisions/bulk", b"\n".join(lines))
        follow()


def decision(day: int, at: int) -> dict[str, Any]:
    sex = ("female", "male")[at % 2]
    approved = at % 8 in ({0} if sex == "female" else {1, 3, 5})
    decided = datetime.now(UTC) - timedelta(days=day, minutes=at)
    return {
        "id": f"j-{day}-{at}",
        "use_case": USE_CASE,
        "model": "credit-risk",
        "version": "1.0.0",
        "decided_at": decided.isoformat(timespec="milliseconds"),
        "subject": f"j-person-{day}-{at}",
        "inputs": {"amount": at},
        "output": {"label": "approve" if approved else "deny", "score": 0.1 if approved else 0.8},
        "segments": {"sex": sex},
    }


def complaints(page: Page) -> list[str]:
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


@pytest.mark.usefixtures("breach")
def test_from_a_breach_to_a_named_review_batch(sign_in: SignIn) -> None:
    page = sign_in("carla")
    said = complaints(page)
    page.goto("/fairness/")
    tile = page.get_by_role("listitem").filter(has_text="Breach").filter(has_text="female").first
    tile.get_by_role("link", name="Open alert").click()
    expect(page.get_by_role("heading", name="Selection rate is lower: sex, female")).to_be_visible()
    chart = page.get_by_role("group", name="Capital against equal rates")
    chart.locator(".spot").last.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("400 decisions so far")
    page.get_by_role("link", name="See the decisions").click()
    decisions = page.get_by_role("group", name="Decisions behind the alert").get_by_role("row")
    expect(decisions).to_have_count(51)
    page.get_by_label("Name of the batch").fill("Women refused in November")
    page.get_by_role("button", name="Name these as a batch for blind review").click()
    expect(page.locator(".banner")).to_contain_text("Named: Women refused in November")
    (batch,) = batches(USE_CASE)
    listed = page.locator("#batches")
    expect(listed).to_contain_text(f"{batch.many} decisions")
    expect(listed).to_contain_text("Named by Carla Mendes")
    page.get_by_role("link", name=f"{str(batch.entry_id)[:6]}…{str(batch.entry_id)[-4:]}").click()
    expect(page).to_have_url(f"/log/verify/{batch.entry_id}/")
    assert said == []


@pytest.mark.usefixtures("breach")
def test_an_alert_is_handled_by_keyboard_alone(sign_in: SignIn) -> None:
    page = sign_in("olu", width=768, dark=True)
    said = complaints(page)
    page.goto("/monitoring/alerts/?state=open")
    reach(page, "Selection rate is lower: sex, female")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What to do")).to_be_visible()
    reach(page, "Acknowledge")
    page.keyboard.press("Enter")
    facts = page.locator(".facts")
    expect(facts).to_contain_text("Acknowledged")
    reach(page, "Take it myself")
    page.keyboard.press("Enter")
    expect(facts).to_contain_text("Olu Adeyemi")
    # Nothing said yet: the field says so, and is where one goes on.
    reach(page, "Close it")
    page.keyboard.press("Enter")
    expect(page.locator("#id_text_error")).to_contain_text("Say what was found")
    reach(page, "What was found")
    page.keyboard.type("Income was missing for one channel.")
    reach(page, "Explain")
    page.keyboard.press("Enter")
    expect(facts).to_contain_text("Explained")
    expect(page.locator(".timeline")).to_contain_text("“Income was missing for one channel.”")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert said == []


FOCUSED = """() => {
  const el = document.activeElement;
  return [(el.labels?.[0]?.textContent ?? el.textContent).trim(), getComputedStyle(el).outlineStyle];
}"""


def reach(page: Page, name: str) -> None:
    """Tab along until what has this name has the focus, and shows that it has it."""
    for _ in range(80):
        page.keyboard.press("Tab")
        named, outline = page.evaluate(FOCUSED)
        if named == name:
            assert outline != "none", f"{name} does not show its focus"
            return
    pytest.fail(f"the keyboard does not reach {name}")
