"""Tasks, their pages and their figures."""

import base64
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pikepdf
import pytest
from PIL import Image

from fakes.pdf import Text, write_pdf
from fakes.server.serving import FIRST, SECOND, Served, served
from fakes.server.tasks import create, done, ended
from fakes.server.uploads import pdf_saying
from sokdok.server.engine.engine import Engine
from sokdok.server.settings import Settings


def events(server: Served, id: str, after: int = 0) -> list[tuple[str, dict[str, Any], int]]:
    """All events until the end: name, data, id."""
    text = server.get(f"/v1/tasks/{id}/events", headers={"Last-Event-ID": str(after)}).text
    found = []
    for block in filter(None, text.split("\n\n")):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            found.append((fields["event"], json.loads(fields["data"]), int(fields.get("id", 0))))
    return found


def test_a_task_from_its_file_to_its_result(server: Served) -> None:
    answer = create(server, "pages=12", "../../etc/보고서.pdf")
    assert answer.status_code == 202, answer.text
    task = answer.json()
    assert task["file"] == "보고서.pdf" and task["pages"] == 12
    told = events(server, task["id"])
    assert [data["page"] for name, data, _ in told if name == "page"] == list(range(1, 13))
    assert told[-1][0] == "end" and told[-1][1]["status"] == "done"
    assert events(server, task["id"], told[4][2]) == told[5:], "a client that comes again misses nothing"
    assert ended(server, task["id"])["pages_read"] == 12
    results = {
        form: server.get(f"/v1/tasks/{task['id']}/result", params={"form": form})
        for form in ("md", "html", "json", "txt")
    }
    assert all("page 12 of 보고서.pdf" in result.text for result in results.values())
    assert len(results["json"].json()["pages"]) == 12
    assert "sandbox" in results["html"].headers["content-security-policy"]
    assert task["id"] in [each["id"] for each in server.get("/v1/tasks").json()["tasks"]]


def test_a_page_is_put_right_by_a_person_and_every_form_has_it(server: Served) -> None:
    path = done(server, pdf_saying("pages=3 rich=1", 3), "보고서.pdf").removeprefix(server.address)
    page = server.get(f"{path}/pages/2?words=true").json()
    assert "doubtful" in server.get(f"{path}/pages/2?form=md").text
    block = page["blocks"][2]
    said = {"text": "분명한", "source": "person", "confidence": 1.0}
    block["text"], block["words"][1] = "sure 분명한 word", block["words"][1] | said
    page["blocks"][5]["html"] = page["blocks"][5]["html"].replace("item", "품목<script>alert(1)</script>")
    answer = server.request("PUT", f"{path}/pages/2", json=page)
    assert answer.status_code == 200 and answer.json()["blocks"][2] == block, answer.text
    for form in ("md", "html", "txt", "json"):
        written = server.get(f"{path}/result?form={form}&words=true").text
        assert written.count("sure 분명한 word") == 1 and "<script" not in written, form
    words = server.get(f"{path}/result?form=json&words=true").json()["pages"][1]["blocks"][2]["words"]
    assert [word.get("source") for word in words] == [None, "person", None]
    assert server.get(f"{path}/find", params={"text": "분명한"}).json()["places"][0]["page"] == 2
    assert len({data["page"] for name, data, _ in events(server, path.rpartition("/")[2]) if name == "page"}) == 3
    for number, sent, status in ((9, page, 404), (2, page | {"status": "FAILURE"}, 422), (2, {"blocks": 1}, 422)):
        assert server.request("PUT", f"{path}/pages/{number}", json=sent).status_code == status
    running = create(server, "pages=9 slow=0.1 drawn=1").json()["id"]
    assert server.request("PUT", f"/v1/tasks/{running}/pages/1", json=page).status_code == 409
    server.delete(f"/v1/tasks/{running}")


def test_delete_cancels(server: Served) -> None:
    id = create(server, "pages=100 slow=0.05").json()["id"]
    waiting = server.get(f"/v1/tasks/{id}/result")
    assert waiting.status_code == 202 and waiting.headers["retry-after"] == "1"
    cancelled = server.delete(f"/v1/tasks/{id}").json()
    assert cancelled["status"] == "cancelled" and cancelled["pages_read"] < 100
    assert server.get(f"/v1/tasks/{id}/result").status_code == 410
    assert events(server, id)[-1][1]["status"] == "cancelled"
    assert server.delete(f"/v1/tasks/{id}?forget=true").is_success and server.get(f"/v1/tasks/{id}").status_code == 404


def test_a_task_that_no_reader_works_for_says_why(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = server.app.state.parts.engine.settings.data / "open"
    task = create(server, "pages=2 gate=2").json()
    told = httpx.stream("GET", f"{server.address}/v1/tasks/{task['id']}/events")
    with monkeypatch.context() as patched, told as stream:
        lines = stream.iter_lines()
        while "page" not in next(lines):  # on a busy machine it is only said that nothing has happened yet
            pass
        patched.setattr(Engine, "last_error", "the endpoint refuses the key")
        server.app.state.parts.tasks.handle(task["id"]).wake()
        while "event: held" not in next(lines):
            pass
        assert json.loads(next(lines).removeprefix("data: ")) == {"reason": "the endpoint refuses the key"}
        answer = server.get(f"/v1/tasks/{task['id']}").json()
        assert answer["reason"] == "the endpoint refuses the key" and not answer["ended_at"]
        server.delete(f"/v1/tasks/{task['id']}")
    gate.touch()  # its only worker reads on
    assert ended(server, task["id"])["reason"] == ""
    ended(server, create(server, "pages=1").json()["id"])
    gate.unlink()


def test_some_pages_that_fail_are_in_the_result(server: Served) -> None:
    task = ended(server, create(server, "pages=3 die=2").json()["id"])
    assert (task["status"], task["pages_failed"]) == ("done", 2)
    document = server.get(f"/v1/tasks/{task['id']}/result", params={"form": "json"}).json()
    assert document["status"] == "PARTIAL" and "SIGSEGV" in document["pages"][1]["error"]


@pytest.mark.parametrize(
    ("says", "reason"),
    [("pages=3 broken=2", "the endpoint does not answer"), ("pages=3 unanswered=1", "it answered 500")],
)
def test_a_task_that_the_endpoint_failed_is_502_and_not_the_documents_fault(server, says: str, reason: str) -> None:
    task = ended(server, create(server, says).json()["id"])
    assert task["status"] == "failed"
    answer = server.get(f"/v1/tasks/{task['id']}/result")
    assert answer.status_code == 502 and answer.json()["detail"] == reason
    assert answer.headers["x-should-retry"] == "false", "the task has ended"


@pytest.mark.parametrize(
    ("says", "form", "status", "reason"),
    [
        ("no document", {}, 422, "is no document"),
        ("", {}, 422, "is empty"),
        ("pages=1", {"page": "1"}, 422, "unknown field 'page'"),
        ("pages=1", {"mode": "huge"}, 422, "mode"),
        ("x" * 300_000, {}, 413, "200,000 bytes"),
    ],
)
def test_what_is_refused_says_why_in_both_keys(
    server: Served, says: str, form: dict[str, str], status: int, reason: str
) -> None:
    answer = create(server, says, data=form)
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert reason in body["detail"] and body["error"]["message"] == body["detail"] and body["error"]["code"] == status
    assert not any((server.app.state.parts.tasks.spool.folder).glob("*.tmp"))


@pytest.mark.parametrize("path", ["/v1/tasks/unknown", "/v1/tasks/unknown/result", "/v1/tasks/unknown/events", "/v9"])
def test_what_is_not_there(server: Served, path: str) -> None:
    answer = server.get(path)
    assert answer.status_code == 404 and answer.json()["error"]["type"] == "NotFoundError"


def test_a_task_is_its_keys_alone_and_a_key_has_so_much_room(locked: Served) -> None:
    assert create(locked, "pages=1").status_code == 401
    assert create(locked, "pages=1", headers={"X-Api-Key": "wrong"}).headers["www-authenticate"] == "Bearer"
    task = create(locked, "pages=9 slow=0.3", headers=FIRST).json()
    assert locked.get(f"/v1/tasks/{task['id']}", headers=SECOND).status_code == 404
    assert locked.delete(f"/v1/tasks/{task['id']}", headers=SECOND).status_code == 404
    busy = create(locked, "pages=9", headers=FIRST)
    assert busy.status_code == 429 and int(busy.headers["retry-after"]) >= 1 and "of this key" in busy.json()["detail"]
    other = create(locked, "pages=1", headers=SECOND)
    assert other.status_code == 202, "another key has room of its own"
    locked.delete(f"/v1/tasks/{task['id']}", headers=FIRST)
    assert ended(locked, other.json()["id"], headers=SECOND)["status"] == "done"


@pytest.mark.parametrize(
    ("served", "headers"),
    [
        (False, {"Host": "evil.example"}),
        (False, {"Host": "[bad"}),
        (False, {"Host": "127.0.0.1/@evil.example"}),
        (False, {"Host": "user@127.0.0.1"}),
        (False, {"Host": "127.0.0.1:80:80"}),
        (False, {"Origin": "https://evil.example"}),
        (False, {"Origin": "null"}),
        (False, {"Origin": "https://{own}"}),
        (False, {"Origin": "ftp://{own}"}),
        (False, {"Sec-Fetch-Site": "cross-site"}),
        (False, {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}),
        (False, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}),
        (True, {"Origin": "http://{own}"}),
        (True, {"Sec-Fetch-Site": "same-origin"}),
        (True, {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}),
        (True, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}),
    ],
)
def test_without_keys_its_own_page_and_whoever_follows_a_link_are_served_and_no_page_of_another_site(
    server: Served, served: bool, headers: dict[str, str]
) -> None:
    own = server.address.partition("://")[2]
    sent = {name: value.format(own=own) for name, value in headers.items()}
    assert server.get("/v1/tasks", headers=sent).status_code in ((200,) if served else (400, 403))


@pytest.mark.parametrize("address", ["/v1/tasks", "/v1/parse", "/v1/files"])
def test_a_second_file_of_a_request_is_refused_by_name(server: Served, address: str) -> None:
    files = [("file", ("a.pdf", b"pages=1")), ("file", ("b.pdf", b"pages=2"))]
    answer = server.post(f"{address}", files=files)
    assert answer.status_code == 422 and "2 fields 'file', and takes one" in answer.text


def test_all_that_an_address_takes_is_told(server: Served) -> None:
    answer = server.request("PUT", "/v1/tasks")
    assert answer.status_code == 405 and answer.headers["allow"] == "GET, POST"
    assert server.request("PATCH", "/v1/tasks/x").headers["allow"] == "GET, DELETE"


def test_a_password_is_tried_and_kept_nowhere(server: Served) -> None:
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf_saying("pages=1 drawn=1"))) as pdf:
        pdf.save(file, encryption=pikepdf.Encryption(owner="owner", user="the right password"))
    answer = create(server, file.getvalue(), data={"password": "the wrong password"})
    assert answer.status_code == 422 and "with another password" in answer.json()["detail"], answer.text
    assert "the wrong password" not in answer.text
    task = create(server, "pages=1", "notes.txt", data={"password": "the right password"}).json()
    data = server.app.state.parts.settings.data
    ended(server, task["id"])
    assert any(data.rglob("*.sqlite"))
    # Another process looks: whoever opens and closes a database's file gives up this process's locks on it.
    assert subprocess.run(["grep", "-r", "the right password", data], stdout=subprocess.PIPE).returncode == 1


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


def test_figures_are_listed_and_cut_out(task: str) -> None:
    figures = httpx.get(f"{task}/figures").json()["figures"]
    found = [(figure["id"], figure["page"], figure["kind"]) for figure in figures]
    assert found == [("1-1", 1, "image"), ("2-1", 2, "image")]
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
    assert (read["file"], read["kind"], read["confidence"]) == ("그림.png", "chart", 0.9)
    assert read["text"] == "그림.png as chart"
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


TEXT = "Received 14 crates, 2.5 t in all.\n" * 4


@pytest.mark.slow
def test_documents_figures_and_texts_by_nano(tmp_path: Path) -> None:
    write_pdf(tmp_path / "report.pdf", [[Text(20, 30, "Report of 1999")]], size=(160, 80))
    with served(Settings(tmp_path / "data"), real=True) as nano:
        task = done(nano, (tmp_path / "report.pdf").read_bytes(), "report.pdf")
        word = httpx.get(f"{task}/pages/1", params={"words": True}).json()["blocks"][0]["words"][0]
        picture = Image.open(io.BytesIO(httpx.get(f"{task}/pages/1/picture").content))
        page = httpx.get(f"{task}/pages/1").json()
        scale = picture.width / page["width"]
        inside = picture.convert("L").crop(tuple(round(side * scale) for side in word["box"]))
        assert word["text"] == "Report" and inside.getextrema()[0] < 100, "its box is where its ink is"
        chart = (Path(__file__).parents[4] / "docs" / "images" / "chart.png").read_bytes()
        read = nano.post("/v1/parse", files={"file": ("chart.png", chart)}, timeout=300).json()
        assert read["kind"] == "chart" and len(read["table"]["rows"]) > 1 and read["redrawn"], read["reason"]
        back = nano.post("/v1/compress", json={"text": TEXT, "mode": "tiny", "read_back": True}, timeout=300).json()[
            "read_back"
        ]
        assert back["fidelity"] > 0.98, back
