"""Conversations on the page: word for word, and as a model is shown them at a budget."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fakes.server.browser import Visit, expect
from fakes.server.serving import Served
from sokdok.memory.memory import Memory, new_turn

if TYPE_CHECKING:
    from playwright.sync_api import Page

TRIP = "여행 계획"


@pytest.fixture(scope="module", autouse=True)
def conversation(server: Served) -> None:
    """A conversation that is too long for a small budget."""
    folder: Path | None = server.app.state.parts.settings.memory
    assert folder is not None
    folder.mkdir(exist_ok=True)
    text = "the train leaves Busan early, so the hotel should be near the harbour <b>and</b> quiet "
    with Memory(folder / "memory.db", conversation=TRIP) as memory:
        turns = [new_turn("user" if at % 2 else "assistant", f"{text * 5}({at})") for at in range(120)]
        memory.extend([*turns, new_turn("user", "뒷마당 자물쇠는 4417이에요", name="민지", important=True)])


def opened(visit: Visit, at: str = "", **options: Any) -> Page:
    page = visit(f"#/memory{at}", **options)
    expect(page.locator(".conversations")).to_be_visible()
    return page


def tokens(page: Page) -> int:
    return int(
        page.locator(".figure", has_text="tokens are shown").locator("dd").inner_text().split()[0].replace(",", "")
    )


def test_what_a_model_is_shown_keeps_to_the_budget_that_is_dragged(visit: Visit) -> None:
    page = opened(visit, f"/{TRIP}")
    budget = page.get_by_role("slider", name="Budget")
    expect(budget).to_have_attribute("aria-valuetext", "8,000 tokens")
    segments = page.locator(".segment")
    expect(segments.first).to_be_visible()
    assert 0 < tokens(page) <= 8_000
    before = segments.count()
    budget.fill("60")
    expect(budget).to_have_attribute("aria-valuetext", "1,700 tokens")
    expect(page.get_by_text("of 1,700 at most")).to_be_visible()
    assert 0 < tokens(page) <= 1_700 and segments.count() < before
    expect(page.locator(".card img").first).to_be_visible()
    assert page.locator(".card img").first.evaluate("image => image.naturalWidth") > 0
    shares = segments.evaluate_all("all => all.map((each) => Number(each.style.getPropertyValue('--sharpness')))")
    assert min(shares) < 1 and max(shares) == 1
    segments.first.focus()
    page.keyboard.press("End")
    expect(segments.last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".card").last).to_be_focused()


def test_words_are_found_and_lead_to_their_turn(visit: Visit) -> None:
    page = opened(visit)
    page.get_by_role("searchbox", name="Search all conversations").fill("자물쇠")
    hit = page.locator(".hits a")
    expect(hit).to_have_count(1)
    hit.click()
    turn = page.locator(".turn.found")
    expect(turn).to_contain_text("뒷마당 자물쇠는 4417이에요")
    expect(turn).to_contain_text("민지 (user)")
    expect(page.locator(".turn").first).to_contain_text("<b>and</b>")  # as text, not as what it says
    page.get_by_role("button", name="Earlier turns").click()
    expect(page.locator("[data-turn='70']")).to_be_attached()


def test_a_conversation_begins_with_its_first_turn(visit: Visit) -> None:
    page = opened(visit, locale="ko-KR", color_scheme="dark", viewport={"width": 390, "height": 844})
    page.get_by_label("새 대화 이름").fill("장보기/주말")
    page.get_by_role("button", name="시작").click()
    expect(page.get_by_role("heading", name="장보기/주말")).to_be_visible()
    page.get_by_label("말한 내용").fill("우유 두 팩")
    page.get_by_label("중요", exact=True).check()
    page.get_by_role("button", name="더하기").click()
    expect(page.locator(".turn")).to_contain_text("우유 두 팩")
    expect(page.locator(".conversations a[aria-current]")).to_contain_text("장보기/주말")
    page.get_by_role("tab", name="모델이 보는 것").click()
    expect(page.locator(".card-text", has_text="우유 두 팩")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_conversation_is_deleted_when_that_is_said_twice(visit: Visit, server: Served) -> None:
    folder: Path | None = server.app.state.parts.settings.memory
    assert folder is not None
    with Memory(folder / "memory.db", conversation="잊을 것") as memory:
        memory.add("user", "곧 사라질 말")
    page = opened(visit, "/잊을 것")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.locator(".conversations a", has_text="잊을 것")).to_have_count(0)
    expect(page.get_by_role("heading", name="잊을 것")).to_have_count(0)


def test_a_server_without_memory_says_how_to_have_one(visit: Visit) -> None:
    page = visit()
    page.route("**/v1/capabilities", lambda route: route.fulfill(json={**route.fetch().json(), "memory": False}))
    page.locator("#views a[data-view=memory]").click()
    expect(page.get_by_text("sokdok serve --memory FOLDER")).to_be_visible()
