"""A real browser against a real server on the world of tests/factories.py: fixtures to import."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as configured
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from pytest_django import Settings

from tests.factories import World

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
SignIn = Callable[..., Page]


# For a module, not the session: several modules bring these fixtures in, and two drivers cannot run in one thread.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started, pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop in this thread; Django would take our calls for asynchronous.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium. Without it the test is skipped, except in CI, where it must be there."""
    if not os.path.exists(CHROMIUM):
        reason = f"there is no browser at {CHROMIUM} (apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield launched
    launched.close()


@pytest.fixture
def site(world: World, settings: Settings) -> Iterator[str]:
    """The address of a server of this test's world, in a thread of its own."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    # Static files are served from where they lie; nothing was collected.
    settings.WHITENOISE_AUTOREFRESH = True
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


@pytest.fixture
def sign_in(browser: Browser, site: str, world: World) -> Iterator[SignIn]:
    """``sign_in("rita", width=…)``: a page of a browser in which this person is signed in."""
    opened = []

    def open_page(name: str, *, width: int = 1440, height: int = 1000, dark: bool = False) -> Page:
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
        )
        session = world.client(name).cookies[configured.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": configured.SESSION_COOKIE_NAME, "value": session, "url": site}]
        )
        opened.append(context)
        return context.new_page()

    yield open_page
    for context in opened:
        context.close()
