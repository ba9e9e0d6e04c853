"""What is around every view: languages, colours, keys, small windows, keyboards."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.server.browser import Visit, choose, expect
from fakes.server.serving import KEYS, Served
from fakes.server.uploads import pdf_saying

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

UNSAID = re.compile(r"\b(shell|read|figures|compress|memory|about)\.[a-z]")  # a name that has no text
VIEWS = ("read", "figures", "compress", "memory", "about", "api")
LOOKS = {
    "wide and light": {"locale": "en-US"},
    "narrow and dark": {"viewport": {"width": 390, "height": 844}, "locale": "ko-KR", "color_scheme": "dark"},
}
MOVING = """() => [...document.querySelectorAll("*")].filter((each) => {
    const style = getComputedStyle(each);
    return style.transitionDuration !== "0s" || style.animationName !== "none";
}).map((each) => each.className)"""
SETTLED = "!document.querySelector('main [aria-busy]') && document.getAnimations().every((a) => !a.transitionProperty)"
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


def background(page: Page) -> int:
    """How light the page is, 0 to 765."""
    return sum(map(int, re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[:3]))


def test_the_browsers_language_or_the_chosen_one(visit: Visit) -> None:
    page = visit(locale="ko-KR")
    expect(page.get_by_role("heading", name="문서를 여기에 놓으세요")).to_be_visible()
    assert page.get_attribute("html", "lang") == "ko" and page.title() == "읽기 · sokdok"
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Drop documents here")).to_be_visible()
    page.reload()
    expect(page.get_by_role("navigation", name="Views")).to_contain_text("ReadFiguresCompressMemoryAbout")
    other = visit(locale="fr-FR")
    expect(other.get_by_role("heading", name="Drop documents here")).to_be_visible()


def test_light_and_dark_by_the_system_and_by_the_switch_and_less_motion(visit: Visit) -> None:
    page = visit(color_scheme="dark", reduced_motion="reduce")
    assert page.locator("#choose").evaluate("each => getComputedStyle(each).transitionDuration") == "0s"
    assert background(page) < 150
    page.get_by_role("button", name="Colours: as the system").click()
    assert background(page) > 650
    page.reload()
    assert background(page) > 650
    page.get_by_role("button", name="Colours: light").click()
    assert background(page) < 150


def test_a_small_window_has_everything_and_no_sideways_scrolling(visit: Visit) -> None:
    page = visit(viewport={"width": 390, "height": 844}, locale="ko-KR")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    choose(page, pdf_saying("pages=30 rich=1", 30))
    expect(page.locator(".text .block").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.locator(".paper")).to_be_hidden()
    page.get_by_role("tab", name="원본").click()
    expect(page.locator(".box-title")).to_be_visible()
    expect(page.locator(".text")).to_be_hidden()
    page.set_viewport_size({"width": 1200, "height": 800})
    expect(page.get_by_role("tab", name="원본")).to_be_hidden()
    expect(page.locator(".text")).to_be_visible()
    expect(page.locator(".box-title")).to_be_visible()


def test_by_keyboard_alone(visit: Visit) -> None:
    page = visit()
    page.on("filechooser", lambda chooser: None)  # said early: it takes a moment until choosers are caught
    page.keyboard.press("Tab")
    expect(page.locator("#skip")).to_be_focused()
    expect(page.locator("#skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#choose")).to_be_focused()
    assert "none" not in page.locator("#choose").evaluate("each => getComputedStyle(each).outlineStyle")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": pdf_saying("pages=2 rich=1", 2)})
    expect(page.locator(".box-title")).to_be_visible()
    page.locator("#tab-read").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Markdown")).to_be_focused()
    expect(page.locator(".source-md")).to_contain_text("page 1")
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="All pages")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    page.locator(".box-title").focus()
    expect(page.locator(".block-title")).to_have_class(re.compile(r"\blit\b"))
    page.keyboard.press("ArrowDown")
    expect(page.locator(".block-text").first).to_have_class(re.compile(r"\blit\b"))
    page.keyboard.press("Enter")
    expect(page.locator(".block-text").first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(".block-text").nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".text")).to_contain_text("page 2 of a.pdf")
    page.keyboard.press("+")
    expect(page.locator(".paper")).to_have_attribute("style", re.compile("width: 150%"))
    page.keyboard.press("/")
    page.keyboard.type("doubtful")
    page.keyboard.press("Enter")
    expect(page.locator(".find").get_by_role("status")).to_have_text(re.compile("^1/"))
    expect(page.locator(".text")).to_contain_text("page 1 of a.pdf")
    page.get_by_text("Download").press("Enter")
    page.keyboard.press("Tab")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert "page 2 of a.pdf" in Path(download.value.path()).read_text("utf-8")


def test_a_server_with_keys_asks_for_one_and_never_puts_it_into_an_address(visit: Visit, locked: Served) -> None:
    page = visit(address=locked.address, expect="401")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    dialog = page.get_by_role("dialog", name="This server wants a key")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Key").fill("wrong-key-of-nobody")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("That key was not accepted.")
    dialog.get_by_label("Key").fill(KEYS[0])
    dialog.get_by_role("button", name="Use it").click()
    expect(dialog).to_have_count(0)
    choose(page, b"pages=1", "secret.txt")
    expect(page.locator(".text .block").first).to_be_visible()
    page.reload()
    expect(page.locator(".text")).to_contain_text("page 1 of secret.txt")
    assert asked and not [url for url in asked if KEYS[0] in url]
    page.get_by_role("button", name="Change the key").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0 and page.evaluate("document.cookie") == ""


def press(control: Locator) -> None:
    control.focus()
    control.press("Enter")


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_any_view_and_every_view_fits(visit: Visit, task: str, look: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit(bypass_csp=True, **LOOKS[look])

    def require_right(place: str) -> None:
        page.wait_for_function(SETTLED)  # what is being worked on is pale
        found = axe.run(page).response["violations"]
        assert not [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found], place
        assert not UNSAID.search(page.locator("main").inner_text()), place
        assert page.locator("html, .find").evaluate_all("all => all.every(e => e.scrollWidth <= e.clientWidth)"), place

    for place in (f"read/{task}", *VIEWS):
        page.evaluate("(hash) => { location.hash = hash; }", f"#/{place}")
        expect(page.locator(f".view-{place.partition('/')[0]} > :visible").first).to_be_visible()
        if place.startswith("read/"):
            page.locator("#next-unsure").click()
            expect(page.locator("#mend")).to_be_visible()
            require_right(place)
            page.locator("#tab-whole").click()
            expect(page.locator(".results iframe")).to_be_visible()
            require_right("all pages")
            page.locator(".viewer-title").press("?")
            expect(page.get_by_role("dialog")).to_be_visible()
            require_right("keys")
            page.keyboard.press("Escape")
        else:
            require_right(place)


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
