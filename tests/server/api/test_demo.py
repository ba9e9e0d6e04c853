from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import as_file

import pytest

from fakes.server.serving import Served, served
from sokdok.memory.memory import Memory
from sokdok.pages.files import open_pages
from sokdok.server.api.demo import CONVERSATION, add_conversation, all_examples, example_file
from sokdok.server.settings import Settings


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("demo")
    with served(Settings(folder / "data", demo=True, memory=folder / "memory")) as running:
        yield running


def test_there_is_something_to_try_of_every_kind(shown: Served) -> None:
    assert shown.get("/v1/capabilities").json()["demo"] is True
    told = shown.get("/v1/demo").json()
    assert {each["kind"] for each in told["examples"]} == {"document", "chart", "molecule", "geometry", "text"}
    for each in told["examples"]:
        file = shown.get(each["url"])
        assert file.headers["content-type"] == each["media_type"] and len(file.content) == each["bytes"] > 500
        assert each["title"]["en"] and each["title"]["ko"]
    assert sum(each["bytes"] for each in told["examples"]) < 1_000_000, "they are in every wheel"
    assert shown.get("/v1/demo/..%2f__init__.py").status_code == 404


def test_the_memory_has_a_conversation_that_is_told_once(shown: Served) -> None:
    told = shown.get("/v1/memory/conversations").json()["conversations"]
    assert [each["name"] for each in told] == [CONVERSATION] and told[0]["turns"] > 20
    file = shown.app.state.parts.settings.memory / "memory.db"
    add_conversation(file)
    with Memory(file, conversation=CONVERSATION, create=False) as memory:
        assert memory.store.end(CONVERSATION).number == told[0]["turns"]


def test_pictures_are_pictures_and_the_report_has_two_pages() -> None:
    for example in all_examples().values():
        if example.kind != "text":
            with as_file(example_file(example.name)) as path:
                assert len(list(open_pages(path))) == (2 if example.name == "report.pdf" else 1)


def test_a_server_that_is_not_to_be_looked_at_has_none(server: Served) -> None:
    for path in ("/v1/demo", "/v1/demo/report.pdf"):
        answer = server.get(path)
        assert answer.status_code == 404 and "examples" in answer.json()["detail"]
    assert server.get("/v1/capabilities").json()["demo"] is False
