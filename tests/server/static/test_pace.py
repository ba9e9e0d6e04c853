"""The page before a server that really reads. How long it takes is printed (`-s`), and judged by nobody here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.pdf import Text, write_pdf
from fakes.server.browser import Visit, expect
from fakes.server.serving import Served, served
from sokdok.server.settings import Settings

LINES = [
    "Quarterly report",
    "The office moved in March, and the archive",
    "was scanned in the same month.",
    "속독 보고서",
]
FIRST_TEXT = """(file) => new Promise((resolve) => {
    const began = performance.now();
    const seen = new MutationObserver(() => {
        if (document.querySelector(".text .block")) resolve(performance.now() - began);
    });
    seen.observe(document.body, { childList: true, subtree: true });
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(file), (each) => each.charCodeAt(0))], "born.pdf"));
    document.querySelector(".drop").dispatchEvent(
        new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
})"""


@pytest.fixture(scope="module")
def nano(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(Settings(tmp_path_factory.mktemp("nano")), real=True) as running:
        yield running


@pytest.mark.slow
def test_a_pdf_is_dropped_and_its_first_page_is_read(visit: Visit, nano: Served, tmp_path: Path) -> None:
    from base64 import b64encode

    lines = [Text(72, 90 + 30 * at, line, 14) for at, line in enumerate(LINES)]
    file = b64encode(write_pdf(tmp_path / "born.pdf", [lines] * 3).read_bytes()).decode()
    page = visit(address=nano.address)
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    first = page.evaluate(FIRST_TEXT, file)  # with what only a first page pays
    again = visit(address=nano.address)
    second = again.evaluate(FIRST_TEXT, file)
    print(f"\nfirst paint {paint:.0f} ms; from drop to first page {first:.0f} ms, of another document {second:.0f} ms")
    for line in LINES:
        expect(again.locator(".text")).to_contain_text(line)
    expect(again.locator(".box")).not_to_have_count(0)
    expect(again.locator(".paper")).not_to_have_class(re.compile("loading"))
    expect(again.locator(".evidence")).to_have_text("Words from the file's own text")
