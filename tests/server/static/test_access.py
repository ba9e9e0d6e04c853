"""The page for people who hear it, who have no pointer, who enlarge it, and for whom nothing should move."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from fakes.server.answers import CHART
from fakes.server.browser import Visit, choose
from fakes.server.serving import Served

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


def test_the_headings_of_a_document_are_smaller_the_deeper_they_are(rich: Page) -> None:
    sizes = rich.locator(".text .block").first.evaluate(
        """(block) => ["h2", "h3", "h4"].map((tag) => {
            const heading = block.appendChild(document.createElement(tag));
            return parseFloat(getComputedStyle(heading).fontSize);
        })"""
    )
    assert sizes[0] > sizes[1] > sizes[2]


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


def test_a_control_that_goes_leaves_the_focus_near(visit: Visit) -> None:
    page = visit()
    choose(page, b"pages=200 slow=0.05", "long.txt")
    press(page.locator("#cancel"))
    expect(page.locator(".viewer-state")).to_have_text("cancelled")
    expect(page.get_by_role("heading", name="long.txt")).to_be_focused()


def test_a_download_leaves_the_focus_at_its_menu(rich: Page) -> None:
    press(rich.locator(".menu summary"))
    with rich.expect_download():
        press(rich.locator("[data-form=txt]"))
    expect(rich.locator(".menu summary")).to_be_focused()


def test_another_kind_of_figure_is_chosen_without_losing_the_field(visit: Visit) -> None:
    page = visit("#/figures")
    held: list[Any] = []
    page.route("**/v1/parse", lambda route: held.append(route))
    choose(page, b"\x89PNG", "chart.png")
    expect(page.get_by_role("progressbar", name="Reading chart.png …")).to_be_visible()
    expect(page.locator("#polite")).to_have_text("Reading chart.png …")
    held[0].fulfill(json=CHART)
    expect(page.locator(".figure-result")).to_be_visible()
    kind = page.get_by_label("What it is")
    kind.focus()
    kind.select_option("table")
    expect(kind).to_be_focused()
    held[1].fulfill(json=CHART)
    expect(page.locator(".figure-result")).to_be_visible()


def test_words_of_the_page_within_a_document_keep_the_pages_language(rich: Page) -> None:
    for words in (rich.get_by_role("button", name="Copy table"), rich.locator("mark.unsure .hidden")):
        expect(words).to_have_attribute("lang", "en")


def test_nothing_moves_for_who_wants_less_motion(visit: Visit, task: str) -> None:
    page = visit("#/compress", reduced_motion="reduce")
    page.get_by_role("button", name="example").click()
    expect(page.locator(".compress-page").first).to_be_visible()
    assert page.evaluate(MOVING) == []
    page.evaluate("(hash) => { location.hash = hash; }", f"#/read/{task}")
    expect(page.locator(".text .block").first).to_be_visible()
    assert page.evaluate(MOVING) == []


def test_the_view_is_said_and_hints_in_fields_stand_out_in_the_dark(visit: Visit) -> None:
    page = visit(color_scheme="dark")
    press(page.locator("#views a[data-view=compress]"))
    expect(page.locator("#polite")).to_have_text("Compress")
    hint = page.locator("#compress-text").evaluate(
        """(field) => {
            const hint = getComputedStyle(field, "::placeholder").color;
            field.after(Object.assign(document.createElement("p"), { className: "soft", id: "probe" }));
            return [hint, getComputedStyle(document.getElementById("probe")).color];
        }"""
    )
    assert hint[0] == hint[1], "of the softer text, whose contrast is known"


def test_the_key_is_changed_and_the_focus_comes_back(visit: Visit, locked: Served) -> None:
    page = visit(address=locked.address, expect="401")
    for key in ("the-first-key-of-all", "the-second-key-of-all"):
        page.get_by_label("Key", exact=True).fill(key)
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        change = page.get_by_role("button", name="Change the key")
        if key.startswith("the-first"):
            press(change)
    expect(change).to_be_focused()
