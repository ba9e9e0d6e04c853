"""`sokdok bulk plan` and `report`, without a run."""

import json
from pathlib import Path
from typing import Any

import pytest

from fakes.bulk.runs import Made, write_run


def planned(run: Any, *arguments: str) -> str:
    result = run("bulk", "plan", *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_pages_over_speed_times_price(run) -> None:
    asked = ("--speed", "2.5", "--pages", "90000", "--hours", "4")
    (row,) = json.loads(planned(run, *asked, "--price", "3", "--json"))["rows"]
    assert (row["nodes"], row["hours"], row["node_hours"], row["dollars"]) == (3, pytest.approx(10 / 3), 10, 30)
    free, priced = planned(run, *asked), planned(run, *asked, "--price", "3")
    assert free.splitlines()[1].split()[4] == "–" and "--price says" in free
    assert priced.splitlines()[1].split()[4] == "30.00" and "--price says" not in priced


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name one of"),
        (("--speed", "2", "--results", "nowhere"), "name one of"),
        (("--results", "nowhere"), "nowhere"),
        (("--results", "out"), "no page was read: nothing is measured"),
    ],
)
def test_what_can_not_be_planned_is_one_line(run, arguments: tuple[str, ...], said: str) -> None:
    write_run("out", [Made("a.pdf", ["One."])])  # in no time
    result = run("bulk", "plan", *arguments)
    assert result.exit_code == 2 and said in result.stderr and result.stderr.count("\n") == 1


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
