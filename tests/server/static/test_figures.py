"""Figures on the page: what was read of a picture, beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakes.server.answers import CHART, GEOMETRY, MOLECULE
from fakes.server.browser import Visit, expect
from fakes.server.serving import Served
from fakes.server.tasks import done
from fakes.server.uploads import pdf_saying

if TYPE_CHECKING:
    from playwright.sync_api import Page


def shown(visit: Visit, answer: dict[str, Any], asked: list[str] | None = None, **options: Any) -> Page:
    page = visit("#/figures", **options)

    def told(route: Any) -> None:
        if asked is not None:
            asked.append(route.request.post_data_buffer.decode("utf-8", "replace"))
        route.fulfill(json=answer)

    page.route("**/v1/parse", told)
    page.set_input_files("#file", {"name": "그림.png", "mimeType": "image/png", "buffer": b"\x89PNG"})
    expect(page.locator(".figure-result")).to_be_visible()
    return page


def test_a_chart_is_a_table_to_copy_and_to_save_beside_itself_drawn_anew(visit: Visit) -> None:
    asked: list[str] = []
    page = shown(visit, CHART, asked, permissions=["clipboard-read", "clipboard-write"])
    assert 'name="kind"\r\n\r\nauto' in asked[0] and 'name="language"\r\n\r\nen' in asked[0]
    table = page.locator("table.values")
    expect(table.locator("caption")).to_have_text("Revenue <b>by quarter</b>")  # as text, not as what it says
    expect(page.locator(".figure-picture img")).to_have_count(2)
    expect(page.get_by_text("little confidence")).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="CSV").click()
    saved = Path(downloading.value.path()).read_text("utf-8-sig")
    assert downloading.value.suggested_filename == "chart.csv"
    assert saved.splitlines() == [
        "Quarter,Seoul,Note",
        'Q1,12.5,"a ""good"" one"',
        "Q2,1400,'=HYPERLINK(1)",  # no spreadsheet runs it
        "Q3,,-3",
    ]
    page.get_by_role("button", name="Copy table").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "Q1\t12.5\ta" in page.evaluate("navigator.clipboard.readText()")
    page.get_by_label("What it is").select_option("table")
    expect(page.locator(".figure-result")).to_be_visible()
    assert 'name="kind"\r\n\r\ntable' in asked[-1]


def test_a_statement_lights_its_lines_by_pointer_and_keyboard(visit: Visit) -> None:
    page = shown(visit, GEOMETRY)
    lines = page.locator(".overlay line")
    expect(lines).to_have_count(0)
    page.get_by_role("button", name="AD ⟂ BC").hover()
    expect(lines).to_have_count(2)
    assert lines.first.get_attribute("x1") == "240"
    page.mouse.move(0, 0)
    expect(lines).to_have_count(0)
    expect(page.locator("span.statement")).to_have_text("contains a triangle")  # of which nobody knows where it is
    page.get_by_role("button", name="AD ⟂ BC").focus()
    page.keyboard.press("Tab")
    expect(page.locator(".overlay .point")).to_have_count(1)
    over = page.locator(".overlay").bounding_box()
    under = page.locator(".figure-picture img").bounding_box()
    assert over and under and all(abs(over[side] - under[side]) <= 1 for side in ("x", "y", "width", "height"))


def test_a_molecule_in_korean_on_a_small_dark_screen(visit: Visit) -> None:
    options: dict[str, Any] = {"locale": "ko-KR", "color_scheme": "dark", "viewport": {"width": 390, "height": 844}}
    page = shown(visit, MOLECULE, **options)
    expect(page.get_by_role("heading", name="분자", exact=True).first).to_be_visible()
    expect(page.get_by_text("CC(=O)Oc1ccccc1C(=O)O")).to_be_visible()
    expect(page.get_by_text("BSYNRYMUTXBXSQ-UHFFFAOYSA-N")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_figures_of_a_document_are_read_where_they_stand(visit: Visit, server: Served) -> None:
    task = done(server, pdf_saying("pages=2 drawn=1", 2)).rpartition("/")[2]
    page = visit(f"#/figures/{task}")
    links = page.locator(".figure-strip a")
    expect(links).to_have_count(2)
    expect(links.nth(1).locator("img")).to_have_js_property("complete", True)
    page.route("**/figures/2-1/parse?*", lambda route: route.fulfill(json=MOLECULE))
    page.get_by_role("link", name="Figure 2-1, page 2").click()
    expect(page.get_by_text("C9H8O4")).to_be_visible()
    expect(links.nth(1)).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Back to the document").click()
    expect(page.locator(".view-read")).to_be_visible()
