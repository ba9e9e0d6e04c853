"""Documents on the page, from dropping them to their downloads."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.server.browser import Visit, choose, expect
from fakes.server.serving import KEYS, Served
from fakes.server.uploads import pdf_saying
from sokdok.documents.write.html import mathml
from sokdok.reasons import say
from sokdok.server.api.errors import refusal_body

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

DROP = """([says, name]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([says], name));
    for (const kind of ["dragover", "drop"]) {
        document.querySelector(".drop").dispatchEvent(
            new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }
}"""
PASTE = """(says) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([says], "image.png", { type: "image/png" }));
    const event = new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
}"""


def read(page: Page, says: bytes, name: str = "report.pdf") -> None:
    choose(page, says, name)
    expect(page.locator(".text .block").first).to_be_visible()


def test_a_file_is_read_page_by_page_and_is_still_there_after_a_reload(visit: Visit) -> None:
    page = visit()
    choose(page, b"pages=5 slow=0.15", "notes.txt")
    expect(page.locator(".viewer-state")).to_have_text(re.compile("[1-4] of 5 pages"))
    expect(page.locator(".viewer > progress")).to_be_visible()
    expect(page.locator(".text")).to_contain_text("page 1 of notes.txt")
    expect(page.locator("#polite")).to_have_text(re.compile(r"notes\.txt: "))
    expect(page.locator(".strip [data-state=read]")).to_have_count(5)
    expect(page.locator(".viewer > progress")).to_be_hidden()
    page.get_by_role("button", name="Page 3, read").click()
    expect(page.locator(".text")).to_contain_text("page 3 of notes.txt")
    page.reload()
    expect(page.locator(".text")).to_contain_text("page 3 of notes.txt")
    expect(page.get_by_role("link", name="notes.txt").first).to_be_visible()


def test_files_are_dropped_anywhere_and_pictures_pasted(visit: Visit) -> None:
    page = visit(expect="404")  # the picture that is pasted is none
    page.locator("#choose").focus()
    page.evaluate(DROP, ["pages=1", "dropped.txt"])
    expect(page.locator(".text")).to_contain_text("page 1 of dropped.txt")
    expect(page.locator(".viewer-title")).to_be_focused()  # the button that had it is gone; here keys turn pages
    page.evaluate(PASTE, "pages=1")
    expect(page.locator(".text")).to_contain_text("page 1 of image.png")


def test_cancel_stops_a_task(visit: Visit) -> None:
    page = visit()
    choose(page, b"pages=200 slow=0.05", "long.txt")
    expect(page.locator(".viewer:has(.strip .busy) .viewer-state")).to_have_text(re.compile(r"of 200 pages · .*left"))
    page.locator("#cancel").click()
    expect(page.locator(".viewer-state")).to_have_text("cancelled")
    expect(page.locator("#cancel")).to_have_count(0)
    page.get_by_role("button", name="Page 200, left out").click()
    expect(page.locator(".text")).to_contain_text("This page was not read")


def test_files_and_pages_that_fail_say_why(visit: Visit) -> None:
    page = visit(expect="422")  # the browser itself notes refusals on its console
    choose(page, b"nothing", "letter.pdf")
    refused = page.locator(".document.bad", has_text="letter.pdf").first
    expect(refused).to_contain_text("letter.pdf is no document")
    page.get_by_role("button", name="Remove letter.pdf").click()
    expect(refused).to_have_count(0)
    read(page, b"pages=2 damaged=2", "half.txt")
    page.get_by_role("button", name="Page 2, failed").click()
    expect(page.locator(".text .notice")).to_contain_text("it is damaged")
    expect(page.locator(".viewer-state")).to_contain_text("1 failed")


COPIED = """async (html) => {
    const root = document.querySelector("script[type=module]").src.replace("main.js", "read/safe.js");
    const { copied, parsed } = await import(root);
    const copy = copied(parsed(html).body.firstElementChild);
    document.body.append(copy);
    const fraction = copy.querySelector("mfrac").getBoundingClientRect();
    copy.remove();
    return [copy.outerHTML, fraction.height > fraction.width];
}"""


def test_formulas_are_drawn_by_the_browser_and_nothing_in_them_leads_anywhere(visit: Visit) -> None:
    page = visit()
    formula = mathml(r"\frac{a}{b}")
    assert formula is not None
    hostile = '<mi href="javascript:1">x</mi><annotation-xml encoding="text/html"><p>y</p></annotation-xml>'
    written, drawn = page.evaluate(COPIED, f"<p>{formula.replace('</semantics>', f'{hostile}</semantics>')}</p>")
    assert drawn, "one above the other"
    assert "<mfrac><mrow><mi>a</mi></mrow>" in written and "<mi>x</mi>" in written
    assert not [word for word in ("href", "annotation-xml") if word in written]


def test_reasons_are_told_in_korean(visit: Visit) -> None:
    page = visit(locale="ko-KR", expect="422")
    page.set_input_files("#file", {"name": "긴.txt", "mimeType": "text/plain", "buffer": b"pages=3000"})
    why = page.locator(".document-why").first
    expect(why).to_have_text("긴.txt: 3,000쪽입니다. 한 번에 2,000쪽까지 읽으니 나누어 올려 주세요.")
    assert why.get_attribute("lang") is None
    page.set_input_files("#file", {"name": "무엇.txt", "mimeType": "text/plain", "buffer": b"nothing"})
    expect(why).to_have_text("무엇.txt is no document")  # a reason without a name: as the server says it
    assert why.get_attribute("lang") == "en"
    page.set_input_files("#file", {"name": "느린.txt", "mimeType": "text/plain", "buffer": b"pages=1 late=1"})
    expect(page.locator(".text .notice")).to_contain_text("쪽을 그릴 수 없습니다. 30초 안에 끝나지 않았습니다.")


def test_a_locked_file_is_sent_again_with_its_password(visit: Visit) -> None:
    page = visit(expect="422")
    sent: list[bytes] = []

    def locked(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        sent.append(route.request.post_data_buffer or b"")
        route.fulfill(status=422, json=refusal_body(422, say("encrypted", file="a.pdf", how="…")))

    page.route("**/v1/tasks", locked)
    choose(page, b"pages=1", "a.pdf")
    page.get_by_label("Password of the file").fill("열려라")
    with page.expect_response("**/v1/tasks"):
        page.keyboard.press("Enter")
    assert b"password" not in sent[0] and "열려라".encode() in sent[1]


def test_a_busy_server_is_asked_again_when_it_said_so(visit: Visit) -> None:
    page = visit(expect="429")
    told: list[float] = []

    def busy(route: Route) -> None:
        if route.request.method == "POST" and not told:
            told.append(time.monotonic())
            body = {"detail": "the queue is full"}
            route.fulfill(status=429, headers={"Retry-After": "1"}, json=body)
        else:
            route.continue_()

    page.route("**/v1/tasks", busy)
    choose(page, b"pages=1", "patient.txt")
    expect(page.locator(".document", has_text="patient.txt").first).to_contain_text("again in 1 second")
    expect(page.locator(".text")).to_contain_text("page 1 of patient.txt")
    assert time.monotonic() - told[0] >= 1


def test_a_broken_stream_of_events_goes_on_where_it_stopped(visit: Visit) -> None:
    page = visit()
    seen = []

    def broken(route: Route) -> None:
        seen.append(route.request.headers.get("last-event-id"))
        if len(seen) == 1:
            event = 'event: page\nid: 1\ndata: {"page": 1, "failed": false}\n\n'
            route.fulfill(status=200, headers={"Content-Type": "text/event-stream"}, body=event)
        else:
            route.continue_()

    page.route("**/events", broken)
    choose(page, b"pages=3", "wire.txt")
    expect(page.locator(".strip [data-state=read]")).to_have_count(3)
    assert seen[:2] == [None, "1"]


def test_boxes_light_their_text_and_texts_their_box(rich: Page) -> None:
    title, table = rich.locator(".box-title"), rich.locator(".box-table")
    expect(rich.locator(".box")).to_have_count(6)  # what repeats on every page has none
    title.hover()
    expect(rich.locator(".block-title")).to_have_class(re.compile(r"\blit\b"))
    rich.locator(".block-table td").first.hover()
    expect(table).to_have_class(re.compile(r"\blit\b"))
    expect(title).not_to_have_class(re.compile(r"\blit\b"))
    table.click()
    expect(rich.locator(".block-table")).to_be_focused()
    outer, inner = rich.locator(".paper").bounding_box(), table.bounding_box()
    assert outer and inner
    assert (inner["x"] + 3 - outer["x"]) / outer["width"] == pytest.approx(10 / 200, abs=0.01)
    assert (inner["height"] - 8) / outer["height"] == pytest.approx(30 / 100, abs=0.02)


def test_a_word_of_low_confidence_is_marked_for_eyes_and_ears(rich: Page) -> None:
    mark = rich.locator("mark.unsure")
    expect(mark).to_have_count(1)
    expect(mark).to_have_text("doubtful (31% sure) ")
    assert "wavy" in mark.evaluate("each => getComputedStyle(each).textDecorationStyle")
    rich.locator("#next-unsure").click()
    expect(mark).to_be_focused()
    expect(rich.locator(".word-box")).to_be_visible()
    expect(rich.locator(".doubts")).to_contain_text("1/1 · 31% sure")


def test_a_word_that_is_put_right_stays_so_and_all_pages_have_it(visit: Visit) -> None:
    page = visit()
    read(page, pdf_saying("pages=2 rich=1", 2), "a.pdf")
    expect(page.locator(".viewer > progress")).to_be_hidden()
    page.locator("#next-unsure").press("Enter")
    field = page.get_by_label("What the word says")
    expect(field).to_have_value("doubtful")
    field.fill("분명한")
    field.press("Enter")
    block = page.locator(".block-text p").first
    expect(block).to_have_text("sure 분명한 word")
    expect(page.locator("mark.unsure, .doubts:visible")).to_have_count(0)
    expect(page.locator(".text")).to_be_focused()
    block.dblclick(position={"x": 4, "y": 12})
    expect(field).to_have_value("sure")
    field.press("ArrowDown")
    expect(field).to_have_value("분명한")
    field.fill("so")
    page.get_by_role("button", name="Put right").click()
    expect(block).to_have_text("sure so word")
    page.get_by_role("tab", name="All pages").click()
    whole = page.locator("iframe").content_frame
    expect(whole.locator("h1")).to_have_text(["page 1 of a.pdf", "page 2 of a.pdf"])
    expect(whole.locator("body")).to_contain_text("sure so word")
    page.reload()
    expect(block).to_have_text("sure so word")


def test_clear_all_asks_once_more_and_removes_what_is_done(visit: Visit, locked: Served) -> None:
    page, mine = visit(address=locked.address, expect="401"), {"X-Api-Key": KEYS[2]}
    page.get_by_role("dialog").get_by_label("Key").fill(KEYS[2])
    page.keyboard.press("Enter")
    read(page, b"pages=1", "one.txt")
    choose(page, b"pages=2 gate=2", "long.txt")
    rows = page.locator(".documents li")
    expect(rows).to_have_count(2)
    for name in ("Clear all", "Keep", "Clear all"):
        page.get_by_role("button", name=name).click()
        expect(rows).to_have_count(2)
    page.get_by_role("button", name="Remove").first.click()
    expect(rows).to_have_count(1)
    assert [task["file"] for task in locked.get("/v1/tasks", headers=mine).json()["tasks"]] == ["long.txt"]
    (locked.app.state.parts.settings.data / "open").touch()


def test_what_a_document_says_does_nothing(rich: Page) -> None:
    expect(rich.locator(".text")).to_contain_text('onerror="document.title=1"')
    assert rich.locator(".text script, .text [onerror], .text a[href^=javascript]").count() == 0
    pictures = rich.locator(".text img").evaluate_all("all => all.map((each) => each.src.slice(0, 22))")
    assert pictures == ["data:image/png;base64,"], "the figure that the server cut out, and no other"
    rich.locator("#tab-html").click()
    frame = rich.locator("iframe")
    expect(frame.content_frame.locator("h1")).to_have_text("page 1 of report.pdf")
    assert frame.get_attribute("sandbox") == ""
    # The style of the result, which the page's policy names by its digest, is in force.
    shown = frame.content_frame.locator("table")
    assert shown.evaluate("each => getComputedStyle(each).borderCollapse") == "collapse"


def test_a_table_is_copied_as_cells_and_as_html(rich: Page) -> None:
    rich.context.grant_permissions(["clipboard-read", "clipboard-write"])
    rich.get_by_role("button", name="Copy table").click()
    expect(rich.get_by_role("button", name="Copied")).to_be_visible()
    kinds = rich.evaluate(
        """async () => {
            const [item] = await navigator.clipboard.read();
            return Promise.all(["text/plain", "text/html"].map(async (kind) => (await item.getType(kind)).text()));
        }"""
    )
    assert rich.locator("td.number").all_inner_texts() == ["1,200"]
    assert kinds[0] == "item\tsum\n'=1+1\t1,200\nall\t"
    assert "<td" in kinds[1] and "all" in kinds[1]


def test_a_document_is_downloaded(rich: Page, tmp_path: Path) -> None:
    rich.get_by_text("Download").click()
    assert rich.locator(".menu-body button").count() == 9
    for form, name, says in (("md", "report.md", "page 2 of"), ("words", "report.json", '"doubtful"')):
        with rich.expect_download() as downloading:
            rich.locator(f"[data-form={form}]").click()
        assert downloading.value.suggested_filename in (name, f"report.words{Path(name).suffix}")
        downloading.value.save_as(tmp_path / name)
        assert says in (tmp_path / name).read_text()
        rich.get_by_text("Download").first.click()
