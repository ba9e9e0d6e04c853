"""Make the pictures of the page of `sokdok serve` in docs/how-to/serve-browser.md.

    python docs/tools/serve_screenshots.py            # writes docs/images/serve-*.png

A report made up here is printed to a PDF, put before a server that really reads (with the photo of `before_after.py`),
and looked at in a headless Chromium (Debian: chromium, fonts-nanum; Python: playwright).
"""

from __future__ import annotations

import io
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

from before_after import CHART, PARAGRAPHS, TABLE
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

IMAGES = Path(__file__).parent.parent / "images"
COLOURS = 128
"""of a picture's palette"""
ENOUGH_S = 120
REPORT = """<!DOCTYPE html><html lang="ko"><meta charset="utf-8"><style>
@page { size: A4; margin: 22mm 20mm }
body { font: 11.5pt/1.75 NanumMyeongjo, "Nanum Myeongjo", serif; word-break: keep-all }
h1, h2, th { font-family: NanumGothic, sans-serif } h1 { font-size: 20pt } h2 { font-size: 13.5pt; margin-top: 1.6em }
table { border-collapse: collapse; width: 100%% } th, td { border: .6pt solid #555; padding: 4pt 8pt; text-align: left }
th { background: #eee } img { width: 78%%; display: block; margin: 1em auto } section + section { break-before: page }
</style><section><h1>공유 자전거 운영 보고</h1><p>2분기, 대여소 네 곳</p><h2>1. 이용</h2><p>%s</p>
<h2>2. 대여소별 이용 횟수</h2><table>%s</table><h2>3. 고장과 수리</h2><p>%s</p><ul>
<li>타이어 공기압은 매주 월요일에 점검한다.</li><li>강변 대여소에는 예비 자전거 열 대를 둔다.</li></ul></section>
<section><h2>4. 대여소별 분기 이용</h2><img src="%s"><p>%s</p></section></html>"""


def main() -> int:
    """Make all pictures."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as running:
        browser = running.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        report = printed(browser, Path(folder) / "운영보고.pdf")
        with served(Path(folder) / "data") as address:
            page = opened(browser, address, report, IMAGES / "report.jpg")
            tasks = {task["file"]: task["id"] for task in told(page)}
            photo, pdf = tasks["report.jpg"], tasks[report.name]
            shot(browser, f"{address}/#/read/{photo}", "serve-read.png", look=words_to_check)
            shot(browser, f"{address}/#/read/{pdf}/1", "serve-read-korean.png", look=table, locale="ko-KR")
            shot(browser, f"{address}/#/read/{pdf}/1", "serve-read-dark.png", look=table, color_scheme="dark")
            small = {"width": 390, "height": 780}
            shot(browser, f"{address}/#/read/{pdf}/1", "serve-read-narrow.png", viewport=small, locale="ko-KR")
            views(browser, address)
        browser.close()
    return 0


def views(browser: Browser, address: str) -> None:
    """Pictures of the views beside Read, with the examples of `sokdok serve --demo`."""
    tall = {"width": 1280, "height": 1080}
    triangle = example("A triangle in a triangle", ".statement")
    shot(browser, f"{address}/#/figures", "serve-figures.png", triangle, ".drop", viewport=tall)
    dark: dict[str, Any] = {"locale": "ko-KR", "color_scheme": "dark", "viewport": tall}
    shot(browser, f"{address}/#/figures", "serve-chart.png", example("막대그래프", "table.values"), ".drop", **dark)
    shot(browser, f"{address}/#/compress", "serve-compress.png", read_back, ".compress", viewport=tall)
    shot(browser, f"{address}/#/memory/demo", "serve-memory.png", dragged, ".segment")


def example(name: str, shows: str) -> Any:
    """Take an example, and point at the first of what it shows."""

    def look(page: Page) -> None:
        page.get_by_role("button", name=name).click()
        page.locator(shows).first.hover()

    return look


def read_back(page: Page) -> None:
    """Compress the example, for a model, and read it back."""
    page.locator(".compress-input button.quiet").click()
    page.wait_for_selector(".compress-page img")
    page.locator(".choice select").last.select_option("gpt-4o")
    page.wait_for_selector(".compress-price")
    page.locator(".compress-read button").click()
    page.wait_for_selector(".compress-back .figure")


def dragged(page: Page) -> None:
    """Show the conversation at a budget that it does not fit into."""
    page.locator("#budget").fill("50")
    page.locator(".card img").first.wait_for()


def printed(browser: Browser, path: Path) -> Path:
    """The report as a PDF."""
    rows = "".join(f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in row)}</tr>" for tag, row in _tagged())
    chart = f"data:image/png;base64,{b64encode((IMAGES / 'chart.png').read_bytes()).decode()}"
    busiest = max(CHART, key=lambda name: CHART[name])
    page = browser.new_page()
    last = f"{busiest} 대여소가 {CHART[busiest]}천 회로 가장 많다."
    page.set_content(REPORT % (PARAGRAPHS[0], rows, PARAGRAPHS[1], chart, last))
    page.pdf(path=path, prefer_css_page_size=True, print_background=True)
    page.close()
    return path


def _tagged() -> list[tuple[str, tuple[str, ...]]]:
    return [("th", TABLE[0]), *(("td", row) for row in TABLE[1:])]


@contextmanager
def served(data: Path) -> Iterator[str]:
    """A server that reads with nano."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "sokdok", "serve", "--port", str(port), "--data", str(data), "--demo"]
    process = subprocess.Popen(command)
    try:
        end = time.monotonic() + ENOUGH_S
        while not answers(f"{address}/ready"):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the server does not start")
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait()


def answers(address: str) -> bool:
    """Whether an address answers well."""
    try:
        with urlopen(address) as answer:
            return bool(answer.status == 200)
    except URLError:
        return False


def opened(browser: Browser, address: str, *files: Path) -> Page:
    """The page, where files were chosen and are read."""
    page = browser.new_page()
    page.set_default_timeout(ENOUGH_S * 1000)
    page.goto(address)
    page.set_input_files("#file", files)
    page.wait_for_selector(".viewer")
    while len(tasks := told(page)) < len(files) or any(task["ended_at"] is None for task in tasks):
        time.sleep(0.5)
    return page


def told(page: Page) -> list[dict[str, Any]]:
    """The server's tasks."""
    tasks: list[dict[str, Any]] = page.evaluate("async () => (await (await fetch('/v1/tasks')).json()).tasks")
    return tasks


def words_to_check(page: Page) -> None:
    """Go to the first word of little confidence, if there is one."""
    if page.locator("#next-unsure").is_visible():
        page.click("#next-unsure")


def table(page: Page) -> None:
    """Point at the table."""
    page.locator(".box-table").hover()


def shot(browser: Browser, url: str, name: str, look: Any = None, ready: str = ".text .block", **options: Any) -> None:
    """Save what a browser with these options shows at an address, once an element is there that is `ready`."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en-US", **options})
    page = context.new_page()
    page.set_default_timeout(ENOUGH_S * 1000)
    page.goto(url)
    page.wait_for_selector(ready)
    if page.locator(".paper").count():
        page.wait_for_selector(".paper:not(.loading)", state="attached")
    if look is not None:
        look(page)
    page.wait_for_timeout(400)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    small = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small.save(IMAGES / name, optimize=True)
    print(name, (IMAGES / name).stat().st_size)
    context.close()


if __name__ == "__main__":
    raise SystemExit(main())
