from __future__ import annotations

import io

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
    figures = httpx.get(f"{task}/figures", timeout=60).json()["figures"]
    assert [(figure["id"], figure["page"], figure["kind"]) for figure in figures] == [
        ("1-1", 1, "image"),
        ("2-1", 2, "image"),
    ]
    assert figures[0]["box"] == [100, 50, 200, 100] and figures[0]["page_size"] == [200, 100]
    answer = httpx.get(f"{task}/figures/2-1", timeout=60)
    image = Image.open(io.BytesIO(answer.content)).convert("L")
    assert image.getextrema()[1] < 40, "the black quarter of the page and nothing else"


@pytest.mark.parametrize(
    ("id", "status"), [("1-2", 404), ("7-1", 404), ("0-1", 422), ("..%2f1", 404), ("1-1.png", 422)]
)
def test_figures_that_are_not_there(task: str, id: str, status: int) -> None:
    assert httpx.get(f"{task}/figures/{id}", timeout=60).status_code == status
