import base64
import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from fakes.server.serving import Served
from fakes.server.tasks import done
from fakes.server.uploads import pdf_saying


@pytest.fixture(scope="module")
def task(server: Served) -> str:
    return done(server, pdf_saying("pages=2 drawn=1", 2))


def test_figures_are_listed_and_cut_out(task: str) -> None:
    figures = httpx.get(f"{task}/figures").json()["figures"]
    assert [(figure["id"], figure["page"], figure["kind"]) for figure in figures] == [
        ("1-1", 1, "image"),
        ("2-1", 2, "image"),
    ]
    assert figures[0]["box"] == [100, 50, 200, 100] and figures[0]["page_size"] == [200, 100]
    answer = httpx.get(f"{task}/figures/2-1")
    image = Image.open(io.BytesIO(answer.content)).convert("L")
    assert image.getextrema()[1] < 40, "the black quarter of the page and nothing else"


@pytest.mark.parametrize(
    ("id", "status"), [("1-2", 404), ("7-1", 404), ("0-1", 422), ("..%2f1", 404), ("1-1.png", 422)]
)
def test_figures_that_are_not_there(task: str, id: str, status: int) -> None:
    assert httpx.get(f"{task}/figures/{id}").status_code == status


def parse(server: Served, content: bytes, name: str = "그림.png", **fields: str) -> httpx.Response:
    return server.post("/v1/parse", files={"file": (name, content)}, data=fields)


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


def test_a_figure_of_a_task_is_read_by_its_name(task: str) -> None:
    answer = httpx.get(f"{task}/figures/1-1/parse", params={"kind": "chart"})
    assert answer.json()["text"] == "보고서.pdf, figure 1-1 as chart", answer.text
    assert httpx.get(f"{task}/figures/1-2/parse").status_code == 404


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
