"""A browser for the tests of the page: Debian's Chromium, one for each file.

While playwright runs, this thread has a running event loop: with a browser for all files later tests could start none.

Every test fails whose page says anything on the console, or asks another host for anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from fakes.server.browser import ARGUMENTS, CHROMIUM, Visit
from fakes.server.serving import Served
from fakes.server.tasks import done
from fakes.server.uploads import pdf_saying

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="the page is tried by playwright, which is not here")
    if CHROMIUM is None:
        pytest.skip("the page is tried in Debian's chromium, which is not installed")
    playwright.expect.set_options(timeout=90_000)
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def task(server: Served) -> str:
    """Of a PDF of two pages with something of everything."""
    return done(server, pdf_saying("pages=2 rich=1", 2), "report.pdf").rpartition("/")[2]


@pytest.fixture
def visit(browser: Browser, server: Served) -> Iterator[Visit]:
    """Open the page; options are those of a browser context, `at` a place within it."""
    contexts = []
    said: list[str] = []
    expected: list[str] = []

    def visiting(at: str = "", address: str = server.address, expect: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "en-US", **options})
        contexts.append(context)
        expected.extend([expect] if expect else [])
        page = context.new_page()
        page.set_default_timeout(90_000)
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        own = f"{address}/", f"blob:{address}/", "data:", "about:"
        page.on("request", lambda request: None if request.url.startswith(own) else said.append(request.url))
        page.goto(f"{address}/{at}")
        page.wait_for_selector(".view > *")
        return page

    yield visiting
    for context in contexts:
        context.close()
    unexpected = [line for line in said if not any(word in line for word in expected)]
    assert not unexpected, unexpected


@pytest.fixture
def rich(visit: Visit, task: str) -> Page:
    """The page with that task, read and drawn."""
    from playwright.sync_api import expect

    page = visit(f"#/read/{task}")
    expect(page.locator(".text .block").first).to_be_visible()
    expect(page.locator(".paper")).not_to_have_class(re.compile("loading"))
    return page
