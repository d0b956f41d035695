"""Overview, decisions and why in a real browser: scripts, policy, keyboard, paper, narrow screens."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from explain import explanations
from explain.similar import find_similar
from explain.summaries import summarise
from governance.demo.decisions import MODEL_REF
from governance.models import User
from tests.browsing import SignIn, browser, playwright, sign_in, site
from tests.factories import World, world

__all__ = ["browser", "playwright", "sign_in", "site", "world"]
pytestmark = pytest.mark.browser

PAGES = ("/", "/decisions/", "denied", "refused", "pending", "erased")


def listen(page: Page) -> list[str]:
    """What the browser complains of: errors of scripts, refusals of the content policy."""
    heard: list[str] = []
    page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def address(world: World, page: str) -> str:
    return page if page.startswith("/") else f"/decisions/{getattr(world, page)}"


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (768, True), (390, False)])
def test_no_page_complains_or_is_wider_than_the_screen(
    sign_in: SignIn, world: World, width: int, dark: bool
) -> None:
    page = sign_in("ellen", width=width, dark=dark)
    heard = listen(page)
    for one in PAGES:
        page.goto(address(world, one))
        expect(page.locator("h1")).to_be_visible()
        beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert (one, beyond) == (one, 0)
    assert heard == []


def test_filtering_replaces_the_results_and_keeps_the_address(sign_in: SignIn) -> None:
    page = sign_in("carla")
    page.goto("/decisions/")
    page.evaluate("window.stayed = true")
    page.get_by_label("Outcome").select_option("deny")
    page.wait_for_url("**/decisions/?*label=deny*")
    expect(page.locator("#results .badge").first).to_have_text("Deny")
    expect(page.locator("#results .badge", has_text="Approve")).to_have_count(0)
    assert page.evaluate("window.stayed") is True
    page.go_back()
    expect(page.locator("#results .badge", has_text="Approve").first).to_be_visible()


def test_it_works_without_scripts(browser: Browser, site: str, world: World) -> None:
    with browser.new_context(base_url=site, java_script_enabled=False) as context:
        session = world.client("carla").cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
        page = context.new_page()
        page.goto("/decisions/")
        page.get_by_label("Outcome").select_option("deny")
        page.get_by_label("Decision, person, entry or trace ID").fill("app-000")
        page.get_by_role("button", name="Filter").click()
        expect(page.locator("#results tbody tr")).to_have_count(2)
        page.get_by_role("link", name=world.denied).click()
        expect(page.locator("#waterfall-title")).to_be_attached()


def test_the_keyboard_finds_a_decision(sign_in: SignIn, world: World) -> None:
    page = sign_in("rita")
    page.goto("/")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type(world.denied)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/decisions/{world.denied}")
    expect(page.get_by_role("heading", name="Why was this decision made?")).to_be_visible()
    page.locator("main").focus()
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/decisions/")


def test_a_pending_explanation_appears_by_itself(sign_in: SignIn, world: World) -> None:
    page = sign_in("rita")
    page.goto(f"/decisions/{world.pending}")
    expect(page.get_by_text("The explanation is being computed")).to_be_visible()
    explanations.follow()
    expect(page.locator("#waterfall-title")).to_be_attached(timeout=10_000)
    expect(page.locator("#toasts")).to_contain_text("The explanation is here.")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert asked == []


def test_a_session_that_ended_while_waiting_leads_to_sign_in(sign_in: SignIn, world: World) -> None:
    page = sign_in("rita")
    page.goto(f"/decisions/{world.pending}")
    User.objects.filter(email="rita@demo.example").update(is_active=False)
    page.wait_for_url(re.compile(r"/accounts/login/\?next=/decisions/"), timeout=10_000)


def test_the_audience_and_the_language_are_switched(sign_in: SignIn, world: World) -> None:
    page = sign_in("ellen")
    page.goto(f"/decisions/{world.denied}")
    page.get_by_role("link", name="Deutsch").click()
    expect(page.locator(".reasons")).to_contain_text("Höhe und Laufzeit des Kredits")
    page.get_by_role("link", name="Examiner").click()
    expect(page.get_by_role("heading", name="Segments")).to_be_visible()
    page.get_by_role("link", name="Person concerned").click()
    expect(page.locator("#waterfall-title")).to_have_count(0)
    expect(page.locator(".reasons")).to_contain_text("Höhe und Laufzeit des Kredits")


def test_on_paper_everything_is_open_and_the_frame_is_gone(sign_in: SignIn, world: World) -> None:
    page = sign_in("ellen")
    page.goto(f"/decisions/{world.denied}")
    page.emulate_media(media="print")
    expect(page.locator(".rail")).to_be_hidden()
    expect(page.locator(".actions").first).to_be_hidden()
    expect(page.get_by_role("heading", name="What pushed the score")).to_be_visible()
    table = page.locator("#answer table", has_text="Running total")
    assert table.evaluate("one => one.getBoundingClientRect().height") > 100


def test_the_receipt_is_a_file(sign_in: SignIn, world: World) -> None:
    page = sign_in("rita")
    page.goto(f"/decisions/{world.denied}")
    with page.expect_download() as started:
        page.locator(".head").get_by_role("link", name="Receipt").click()
    assert started.value.suggested_filename == f"receipt-{world.denied}.json"


def test_the_answer_is_a_document(sign_in: SignIn, world: World) -> None:
    page = sign_in("rita")
    page.goto(f"/decisions/{world.denied}?audience=subject")
    with page.expect_download() as started:
        page.locator(".head").get_by_role("link", name="PDF").click()
    entry = world.entry(world.denied)
    assert started.value.suggested_filename == f"why-{entry}-subject.pdf"
    assert started.value.path().read_bytes().startswith(b"%PDF")


def test_on_paper_no_figure_breaks_and_directions_differ_without_colour(
    sign_in: SignIn, world: World
) -> None:
    page = sign_in("rita")
    page.goto(f"/decisions/{world.denied}")
    page.emulate_media(media="print")
    assert page.locator(".crumbs").is_hidden()
    assert page.locator(".similar").is_hidden()
    kept = page.locator("#answer .chart-body").first
    assert kept.evaluate("one => getComputedStyle(one).breakInside") == "avoid"
    fills = [
        page.locator(f"#answer .chart rect.{direction}").first.evaluate(
            "one => getComputedStyle(one).fill"
        )
        for direction in ("up", "down")
    ]
    up, down = (
        sum(
            weight * int(part) for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
        )
        for parts in (re.findall(r"\d+", fill) for fill in fills)
    )
    assert down - up > 50


def test_decisions_like_it_by_keyboard_alone(sign_in: SignIn, world: World) -> None:
    find_similar(UUID(world.entry(world.denied)), "features")
    page = sign_in("rita")
    heard = listen(page)
    page.goto(f"/decisions/{world.denied}")
    offer = page.get_by_role("link", name="Alike in what went in")
    offer.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".similar-table tbody tr")).to_have_count(5)
    # The place is replaced; the keyboard stays where it was.
    expect(page.get_by_role("link", name="Alike in what went in")).to_be_focused()
    expect(page.locator("#answer h2", has_text="In plain words")).to_be_visible()
    assert heard == []


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_what_is_explained_is_counted_while_one_chooses(
    sign_in: SignIn, world: World, width: int, dark: bool
) -> None:
    page = sign_in("olu", width=width, dark=dark)
    heard = listen(page)
    page.goto("/use-cases/consumer-credit/explanations/")
    page.get_by_label("Every decision", exact=True).focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#meaning .chosen")).to_contain_text("Those against the person")
    page.keyboard.press("ArrowDown")
    page.get_by_label("Share of the sample, per cent").fill("50")
    expect(page.locator("#meaning .chosen")).to_contain_text("The sample, 50")
    page.get_by_label("Share of the sample, per cent").fill("200")
    page.keyboard.press("Enter")
    expect(page.locator(".field-bad .error")).to_contain_text("Less than 100")
    page.get_by_label("Share of the sample, per cent").fill("25")
    page.get_by_role("button", name="Set the policy").click()
    expect(page.locator("main")).to_contain_text("It holds for decisions recorded from now on.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert heard == []


@pytest.mark.parametrize(("width", "dark"), [(1440, True), (390, False)])
def test_single_decisions_are_dots(sign_in: SignIn, world: World, width: int, dark: bool) -> None:
    summarise(MODEL_REF)
    page = sign_in("rita", width=width, dark=dark)
    heard = listen(page)
    page.goto("/models/credit-risk/1.0.0/explanations/")
    dots = page.locator("#swarm-chart-title + desc ~ svg path.dots").first
    expect(dots).to_be_attached()
    # Round, however far the plot is stretched: the stroke keeps its own measure.
    assert dots.evaluate("one => getComputedStyle(one).vectorEffect") == "non-scaling-stroke"
    page.locator("section", has=page.locator("#swarm")).get_by_text("Show as table").click()
    expect(page.get_by_role("columnheader", name="Highest fifth")).to_be_visible(
        visible=width > 640
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert heard == []
