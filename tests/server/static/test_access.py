"""The page for people who hear it, who have no pointer, who enlarge it, and for whom nothing should move."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from fakes.server.browser import Visit, choose

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


pytest.importorskip("playwright.sync_api", reason="the page is tried by playwright, which is not here")
from playwright.sync_api import expect

CONTROLS = "button|link|textbox|searchbox|combobox|slider|checkbox|tab|progressbar|img|dialog|region|navigation"
NAMELESS = re.compile(rf"^\s*- (?:{CONTROLS})(?: \[.*\])?:?$", re.MULTILINE)
"""a line of an accessibility tree (playwright's `aria_snapshot`) without a name"""
VIEWS = ("read", "figures", "compress", "memory", "about")
WIDTHS_PX = (360, 640)  # a phone, and a window of 1,280 at 200 %
MOVING = """() => [...document.querySelectorAll("*")].filter((each) => {
    const style = getComputedStyle(each);
    return style.transitionDuration !== "0s" || style.animationName !== "none";
}).map((each) => each.className)"""
SAYING = """async () => {
    const { announce } = await import(document.querySelector("script[type=module]").src.replace("main", "announce"));
    const region = document.getElementById("polite");
    const heard = [];
    new MutationObserver(() => heard.push(region.textContent)).observe(region, { childList: true });
    for (let time = 0; time < 2; time += 1) {
        announce("Copied");
        await new Promise((resolve) => setTimeout(resolve, 400));
    }
    return heard.join("|");
}"""


def press(control: Locator) -> None:
    control.focus()
    control.press("Enter")


@pytest.fixture
def rich(visit: Visit, task: str) -> Page:
    page = visit(f"#/read/{task}")
    expect(page.locator(".text .block").first).to_be_visible()
    return page


def test_every_control_has_a_name_and_every_view_fits_a_narrow_window(visit: Visit, task: str) -> None:
    page = visit(f"#/read/{task}")
    for place in (f"read/{task}", *VIEWS):
        page.evaluate("(hash) => { location.hash = hash; }", f"#/{place}")
        expect(page.locator(f".view-{place.partition('/')[0]} > *").first).to_be_visible()
        assert not NAMELESS.findall(page.locator("body").aria_snapshot()), place
        for width in WIDTHS_PX:
            page.set_viewport_size({"width": width, "height": 740})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (place, width)


def test_the_same_line_is_said_twice(visit: Visit) -> None:
    assert re.search(r"Copied\|+Copied$", heard := visit().evaluate(SAYING)) and "||" in heard, "with a pause between"


def test_a_refused_file_is_told_and_removing_it_keeps_the_place(visit: Visit) -> None:
    page = visit(expect="422")
    choose(page, b"nothing", "letter.pdf")
    expect(page.locator("#urgent")).to_have_text(re.compile(r"^letter\.pdf: .*letter\.pdf is no document"))
    press(page.get_by_role("button", name="Remove letter.pdf"))
    expect(page.get_by_role("region", name="Documents", exact=True)).to_be_focused()


def test_turning_pages_is_said_and_the_last_page_keeps_the_focus(rich: Page) -> None:
    after = rich.get_by_role("button", name="Next page")
    press(after)
    expect(rich.locator("#polite")).to_have_text("Page 2, read")
    expect(after).to_be_disabled()
    expect(after).to_be_focused()


def test_nothing_moves_for_who_wants_less_motion(visit: Visit, task: str) -> None:
    page = visit("#/compress", reduced_motion="reduce")
    page.get_by_role("button", name="example").click()
    expect(page.locator(".compress-page").first).to_be_visible()
    assert page.evaluate(MOVING) == []
    page.evaluate("(hash) => { location.hash = hash; }", f"#/read/{task}")
    expect(page.locator(".text .block").first).to_be_visible()
    assert page.evaluate(MOVING) == []
