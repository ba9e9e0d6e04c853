from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes.server.serving import Served
from fakes.server.tasks import done
from fakes.server.uploads import pdf_saying


def parse(server: Served, content: bytes, name: str = "그림.png", **fields: str) -> httpx.Response:
    return httpx.post(f"{server.address}/v1/parse", files={"file": (name, content)}, data=fields, timeout=60)


def test_a_figure_is_read_as_asked(server: Served) -> None:
    answer = parse(server, b"a chart", kind="chart", language="ko")
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = answer.json()
    assert (read["file"], read["kind"], read["confidence"], read["text"]) == (
        "그림.png",
        "chart",
        0.9,
        "그림.png as chart",
    )
    assert read["table"] == {"title": "", "columns": ["a"], "rows": [["1"]]} and read["html"] == "<table></table>"
    assert read["warnings"] == ["ko", "1 empty cell"] and read["why"] is None
    assert read["warnings_named"] == [None, {"code": "empty_cell", "values": {}}]
    assert read["size"] == [40, 20] and read["redrawn"] is None
    assert base64.b64decode(read["picture"].partition(",")[2]) == b"PNG"
    assert read["result"]["result"]["valid"]
    spool: Path = server.app.state.parts.tasks.spool.folder
    assert not any(path.read_bytes() == b"a chart" for path in spool.iterdir()), "nothing of it is kept"


def test_a_figure_of_a_task_is_read_by_its_name(server: Served) -> None:
    task = done(server, pdf_saying("pages=1 drawn=1"))
    answer = httpx.get(f"{task}/figures/1-1/parse", params={"kind": "chart"}, timeout=60)
    assert answer.json()["text"] == "보고서.pdf, figure 1-1 as chart", answer.text
    assert httpx.get(f"{task}/figures/1-2/parse", timeout=60).status_code == 404


@pytest.mark.parametrize(
    ("content", "fields", "reason"),
    [
        (b"damaged", {}, "그림.png is damaged"),
        (b"", {}, "is empty"),
        (b"x", {"kind": "photo"}, "kind"),
        (b"x", {"as": "chart"}, "unknown field 'as'"),
    ],
)
def test_figures_that_are_refused(server: Served, content: bytes, fields: dict[str, str], reason: str) -> None:
    answer = parse(server, content, **fields)
    assert answer.status_code == 422 and reason in answer.json()["detail"], answer.text
