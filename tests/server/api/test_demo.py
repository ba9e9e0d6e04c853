import re
from collections.abc import Iterator

import pytest

from fakes.server.serving import Served, served
from sokdok.memory.memory import Memory
from sokdok.pages.files import open_pages
from sokdok.server.api.demo import CONVERSATION, add_conversation
from sokdok.server.page import EXAMPLES, load_assets
from sokdok.server.settings import Settings


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("demo")
    with served(Settings(folder / "data", demo=True, memory=folder / "memory")) as running:
        yield running


def test_what_the_page_offers_to_try_is_among_its_files(shown: Served, server: Served) -> None:
    assert shown.get("/v1/capabilities").json()["demo"] is True
    assert server.get("/v1/capabilities").json()["demo"] is False
    assets = load_assets()
    named = re.findall(r'name: "([\w.]+)"', assets.files["app/read/examples.js"].data.decode())
    assert {f"examples/{name}" for name in named} == {name for name in EXAMPLES if name.startswith("examples/")}
    for name in named:
        file = shown.get(f"{assets.root}/examples/{name}")
        assert file.status_code == 200 and len(file.content) > 500
        path = EXAMPLES[f"examples/{name}"]
        assert len(list(open_pages(path))) == (2 if name == "report.pdf" else 1)


def test_the_memory_has_a_conversation_that_is_told_once(shown: Served) -> None:
    told = shown.get("/v1/memory/conversations").json()["conversations"]
    assert [each["name"] for each in told] == [CONVERSATION] and told[0]["turns"] > 20
    file = shown.app.state.parts.settings.memory / "memory.db"
    add_conversation(file)
    with Memory(file, conversation=CONVERSATION, create=False) as memory:
        assert memory.store.end(CONVERSATION).number == told[0]["turns"]
