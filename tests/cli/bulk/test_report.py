"""`sokdok bulk report`."""

from pathlib import Path

import pytest

from fakes.bulk.runs import Made, write_run


def test_the_page_stands_in_the_destination_or_where_it_is_wanted(run) -> None:
    pytest.importorskip("jinja2")
    write_run("out", [Made("한글.pdf", ["하나.", None])])
    assert run("bulk", "report", "out", "-o", "mine.html").exit_code == 0 and not Path("out/report.html").exists()
    result = run("bulk", "report", "out")
    assert result.exit_code == 0 and result.stdout == "" and "out/report.html" in result.stderr
    page = Path("out/report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") and "1 done (0 not whole) + 1 failed" in page
    assert page == Path("mine.html").read_text(encoding="utf-8") == run("bulk", "report", "out", "-o", "-").stdout
    missing = run("bulk", "report", "nowhere")
    assert missing.exit_code == 2 and "holds no plan that is complete" in missing.stderr
