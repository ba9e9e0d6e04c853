import io
from pathlib import Path

import httpx
import pytest
from PIL import Image

from fakes.server.serving import Served
from fakes.server.tasks import create, done
from fakes.server.uploads import pdf_saying


@pytest.fixture(scope="module")
def task(server: Served) -> str:
    return done(server, pdf_saying("pages=2 drawn=1", 2))


def test_a_page_is_drawn_at_the_next_larger_of_few_widths(server: Served, task: str) -> None:
    answer = httpx.get(f"{task}/pages/2/picture", params={"width": 300})
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/png", answer.text
    image = Image.open(io.BytesIO(answer.content)).convert("L")
    assert image.size == (480, 240)
    assert image.getpixel((10, 10)) == 255 and image.getpixel((470, 230)) == 0
    folder = server.app.state.parts.tasks.folder(task.rpartition("/")[2])
    assert [path.name for path in folder.glob("*.png")] == ["page-2-480.png"], "it is kept as long as its task"
    again = httpx.get(f"{task}/pages/2/picture", params={"width": 480})
    assert again.content == answer.content


def test_a_page_as_it_was_read_with_words_and_boxes(task: str) -> None:
    page = httpx.get(f"{task}/pages/1", params={"words": True}).json()
    assert (page["number"], page["width"], page["height"]) == (1, 200, 100)
    assert page["blocks"][0]["words"][1] == {"text": "1", "box": [30, 10, 48, 20], "confidence": 0.9}
    assert "words" not in httpx.get(f"{task}/pages/1").json()["blocks"][0]
    assert "page 1 of 보고서.pdf" in httpx.get(f"{task}/pages/1", params={"form": "md"}).text


def test_a_text_is_found_with_its_boxes(task: str) -> None:
    found = httpx.get(f"{task}/find", params={"text": "PAGE 2"}).json()
    assert found["places"] == [{"page": 2, "text": "page 2", "boxes": [[10, 10, 48, 20]], "page_size": [200, 100]}]


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/pages/3", 404, "page 3 was not asked for"),
        ("/pages/3/picture", 404, "page 3 was not asked for"),
        ("/pages/0/picture", 422, "number"),
        ("/pages/1/picture?width=100000", 422, "width"),
        ("/pages/1/picture?widht=100", 422, "unknown field 'widht': there are width"),
        ("/pages/..%2f..%2f1/picture", 404, ""),
        ("/find", 422, "text"),
    ],
)
def test_what_is_not_there_is_refused_by_name(task: str, path: str, status: int, reason: str) -> None:
    answer = httpx.get(task + path)
    assert answer.status_code == status and reason in answer.json()["detail"], answer.text


def test_what_can_not_be_drawn_is_no_mistake_of_the_servers(server: Served) -> None:
    broken = done(server, "%PDF-1.4 pages=1", "broken.pdf")
    answer = httpx.get(f"{broken}/pages/1/picture")
    assert answer.status_code == 422 and "broken.pdf" in answer.json()["detail"], answer.text
    assert str(server.app.state.parts.tasks.spool.folder) not in answer.text
    text = done(server, "pages=1", "notes.txt")
    answer = httpx.get(f"{text}/pages/1/picture")
    assert answer.status_code == 404 and "notes.txt has no pictures" in answer.json()["detail"], answer.text


def test_a_page_that_is_not_read_yet(server: Served) -> None:
    task = create(server, "pages=2 slow=0.5", "slow.txt").json()["id"]
    answer = server.get(f"/v1/tasks/{task}/pages/2")
    server.delete(f"/v1/tasks/{task}")
    assert answer.status_code == 404 and "not read yet" in answer.json()["detail"]


def test_what_was_made_of_a_task_goes_with_it(server: Served) -> None:
    task = done(server, pdf_saying("pages=1 drawn=1"))
    httpx.get(f"{task}/pages/1/picture")
    tasks = server.app.state.parts.tasks
    id = task.rpartition("/")[2]
    folder: Path = tasks.folder(id)
    kept = tasks.store.find(id, "local")
    assert list(folder.iterdir()) and kept.bytes > sum(path.stat().st_size for path in folder.iterdir())
    tasks.forget(kept)
    assert not folder.exists()
