"""What the page says of its server."""

from __future__ import annotations

from fakes.server.browser import Visit, expect
from fakes.server.serving import Served
from fakes.server.tasks import done
from fakes.server.uploads import pdf_saying


def test_the_api_is_shown_from_files_of_the_package(visit: Visit) -> None:
    page = visit("docs")
    row = page.locator("details.endpoint", has_text="POST /v1/tasks")
    row.locator("summary").click()
    expect(row.get_by_text("A PDF, a picture, an office document or a text.")).to_be_visible()


def test_the_reader_limits_and_a_queue_that_goes_on(visit: Visit, server: Served) -> None:
    page = visit("#/about")
    expect(page.get_by_text("ready", exact=True)).to_be_visible()
    expect(page.get_by_text("fake", exact=True)).to_be_visible()
    expect(page.get_by_role("row", name="size of an upload")).to_contain_text("kB")
    expect(page.get_by_text("What nano was measured at")).to_have_count(0)  # another reader was not
    read = page.locator(".figure", has_text="pages read").locator("dd")
    before = int(read.inner_text().replace(",", ""))
    done(server, pdf_saying("pages=3", 3), "a.pdf")
    expect(read).to_have_text(f"{before + 3:,}")
