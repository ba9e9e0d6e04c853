"""A text that becomes a page while it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fakes.server.answers import compressed
from fakes.server.browser import Visit, expect

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

MODELS = {"models": [{"name": name, "as_of": "2026-09-01", "priced": True} for name in ("nano", "gpt-4o")]}


def opened(visit: Visit, asked: list[dict[str, Any]], misread: str = "", **options: Any) -> Page:
    page = visit("", **options)

    def told(route: Route) -> None:
        body = route.request.post_data_json
        asked.append(body)
        read = body["text"].replace("e", misread) if misread else body["text"]
        answer = compressed(body["text"], model=body.get("model"), read=read if body.get("read_back") else None)
        route.fulfill(json=answer)

    page.route("**/v1/compress", told)
    page.route("**/v1/compress/models", lambda route: route.fulfill(json=MODELS))
    page.locator("#views a[data-view=compress]").click()
    return page


def test_a_page_is_drawn_when_one_pauses_with_what_both_cost(visit: Visit) -> None:
    asked: list[dict[str, Any]] = []
    page = opened(visit, asked)
    expect(page.get_by_role("button", name="Read it back")).to_be_disabled()
    page.locator("#compress-text").press_sequentially("a" * 30, delay=5)
    expect(page.locator(".compress-page img")).to_be_visible()
    assert [len(body["text"]) for body in asked] == [30], "while one types nothing is asked"
    page.locator("#compress-text").fill("가나다 " * 250)
    expect(page.get_by_text("10×")).to_be_visible()
    expect(page.get_by_text("100 times fewer")).to_be_visible()
    squares = page.locator(".squares")
    expect(squares).to_have_attribute(
        "aria-label", "A square of 1,000,000 pairs for the text, and one of 10,000 pairs for its pages"
    )
    widths = [float(squares.locator("rect").nth(at).get_attribute("width") or 0) for at in (0, 1)]
    assert widths[0] / widths[1] == pytest.approx(10)
    page.get_by_label("Price for").select_option("gpt-4o")
    expect(page.get_by_text("1,000 tokens · $0.001")).to_be_visible()
    page.get_by_role("combobox", name="Page").select_option("base")
    page.wait_for_timeout(600)
    assert asked[-1] == {"text": "가나다 " * 250, "mode": "base", "model": "gpt-4o"}
    page.reload()
    expect(page.locator("#compress-text")).to_have_value("가나다 " * 250)


def test_what_reads_back_is_marked_where_it_differs(visit: Visit) -> None:
    page = opened(visit, [], misread="o")
    page.locator("#compress-text").fill("fewer tokens")
    page.get_by_role("button", name="Read it back").click()
    expect(page.get_by_text("98.7%")).to_be_visible()
    assert page.locator(".difference del mark").all_inner_texts() == ["e", "e", "e"]
    assert page.locator(".difference ins mark").all_inner_texts() == ["o", "o", "o"]
    page.locator("#compress-text").fill("other")
    expect(page.locator(".difference")).to_have_count(0)
