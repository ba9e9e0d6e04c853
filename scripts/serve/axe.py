"""Ask axe-core about every view of the page: python scripts/serve/axe.py axe.min.js [FOLDER] (playwright, chromium).

`npm pack axe-core` has that file. Each view is looked at wide, at 390 pixels and in the dark, in both languages. Its
violations are printed and are the exit status; pictures of all go into the folder.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

EXAMPLES = Path(__file__).parent.parent.parent / "src" / "sokdok" / "server" / "examples"
VIEWS = ("read", "figures", "compress", "memory", "about", "api")
LOOKS = {
    "wide": {"viewport": {"width": 1440, "height": 900}, "locale": "en-US"},
    "narrow": {"viewport": {"width": 390, "height": 844}, "locale": "ko-KR"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark", "locale": "ko-KR"},
}
RULES = """async () => (await axe.run(document)).violations.map(({ id, help, nodes }) =>
    `${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 120)).join(" | ")}`)"""


def main() -> None:
    """Start a server of its own, and look."""
    axe, shots = Path(sys.argv[1]).read_text("utf-8"), Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp())
    shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sokdok", "serve", "--demo", "--port", "0", "--data", folder]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
            assert server.stderr is not None
            found = next(found for line in server.stderr if (found := re.search(r"http://\S+", line)))
            try:
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
                    violations = [said for look in LOOKS for said in looked(browser, found[0], look, axe, shots)]
            finally:
                server.terminate()
    print(*violations, f"{len(violations)} violations", sep="\n")
    sys.exit(bool(violations))


def looked(browser: Browser, address: str, look: str, axe: str, shots: Path) -> list[str]:
    """What axe says of all views, in one of the looks."""
    context = browser.new_context(**LOOKS[look], bypass_csp=True)
    page, said = context.new_page(), list[str]()
    page.set_default_timeout(120_000)

    def see(name: str) -> None:
        page.wait_for_timeout(1_000)
        page.screenshot(path=shots / f"{name}-{look}.png")
        page.evaluate(axe)
        said.extend(f"{name}, {look}: {each}" for each in page.evaluate(RULES))

    for view in VIEWS:
        page.goto(f"{address}/#/{view}")
        page.wait_for_selector(".view > *")
        see(view)
    page.goto(f"{address}/#/read")
    page.set_input_files("#file", EXAMPLES / "report.pdf")
    page.wait_for_selector(".text .block")
    see("document")
    page.locator("#tab-whole").click()
    page.wait_for_selector(".framed iframe")
    see("whole")
    page.locator(".viewer-title").focus()
    page.keyboard.press("?")
    see("keys")
    context.close()
    return said


if __name__ == "__main__":
    main()
