import base64
import io
import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from PIL import Image
from typer.testing import CliRunner

from fakes.office import png
from fakes.server.serving import FIRST, SECOND, Served
from sokdok.cli import app
from sokdok.memory.memory import Memory, new_turn
from sokdok.memory.store.store import Store

GATE = "문 비밀번호는 4417. The gate code is 4417."


def say(
    server: Served, conversation: str, text: str, headers: dict[str, str] | None = None, **more: Any
) -> httpx.Response:
    address = f"{server.address}/v1/memory/conversations/{quote(conversation, safe='')}/turns"
    return httpx.post(address, json={"role": "user", "text": text} | more, headers=headers)


def asked(server: Served, path: str, headers: dict[str, str] | None = None, **params: Any) -> Any:
    answer = server.get(f"/v1/memory/{path}", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_conversation_is_stored_found_and_shown_in_a_budget(server: Served) -> None:
    image = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    first = say(server, "집/문", GATE, name="영희", important=True, images=[image], time="2026-01-31T12:00:00+09:00")
    assert first.status_code == 201, first.text
    turn = first.json()
    assert (turn["number"], turn["meta"], turn["important"]) == (1, {"name": "영희"}, True)
    assert turn["time"][:19] == "2026-01-31T03:00:00"
    with Store(server.app.state.parts.memory_file("local"), create=False) as store:
        assert store.image(turn["images"][0]["sha256"]) == png()
    with Memory(server.app.state.parts.memory_file("local"), conversation="집/문") as memory:
        rain = "it rained, and nobody came to the gate. " * 12
        memory.extend([new_turn("user", f"Day {number}: {rain}") for number in range(60)])
    (listed,) = [each for each in asked(server, "conversations")["conversations"] if each["name"] == "집/문"]
    assert listed["turns"] == 61
    found = asked(server, "search", q="비밀번호")["hits"]
    assert [hit["text"] for hit in found] == [GATE] and "4417" in found[0]["snippet"]
    place = f"conversations/{quote('집/문', safe='')}"
    turns = asked(server, place, limit=2)
    assert (turns["total"], [turn["number"] for turn in turns["turns"]]) == (61, [60, 61])
    assert asked(server, place, first=1, limit=1)["turns"][0]["text"] == GATE
    view = asked(server, f"{place}/view", budget=2_000)
    assert view["tokens"] <= view["budget"] == 2_000 < view["text_tokens"]
    assert sum(part["tokens"] for part in view["parts"]) == view["tokens"]
    pages = [part for part in view["parts"] if part["picture"]]
    assert pages and {part["sharpness"] for part in pages} <= {*(part["sharpness"] for part in view["parts"])}
    drawn = Image.open(io.BytesIO(base64.b64decode(pages[0]["picture"].partition(",")[2])))
    assert list(drawn.size) == pages[0]["size"]
    wide = asked(server, f"{place}/view", budget=40_000)
    assert wide["text_from"] < view["text_from"], "a larger budget shows more of it as text"


def test_the_terminal_has_the_same_memory_as_a_server_without_keys(server: Served) -> None:
    say(server, "같은 것", GATE)
    file = server.app.state.parts.memory_file("local")
    result = CliRunner().invoke(app, ["memory", "search", "4417", "--file", str(file), "-c", "같은 것", "--json"])
    (hit,) = json.loads(result.stdout)
    assert hit["text"] == GATE
    found = asked(server, "search", q="4417", conversation="같은 것")["hits"]
    assert [{name: each[name] for name in hit} for each in found] == [hit]


def test_no_key_reads_the_memory_of_another(locked: Served) -> None:
    assert say(locked, "mine", GATE).status_code == 401
    say(locked, "mine", GATE, FIRST)
    assert [each["name"] for each in asked(locked, "conversations", FIRST)["conversations"]] == ["mine"]
    assert asked(locked, "conversations", SECOND)["conversations"] == []
    assert asked(locked, "search", SECOND, q="4417")["hits"] == []
    answer = locked.get("/v1/memory/conversations/mine", headers=SECOND)
    assert answer.status_code == 404, answer.text


def test_a_conversation_is_deleted_by_its_owner_alone(locked: Served) -> None:
    address = f"{locked.address}/v1/memory/conversations/gone%2Fsoon"
    for key, text in ((FIRST, "mine"), (SECOND, "theirs")):
        assert say(locked, "gone/soon", text, key).status_code == 201
    assert httpx.delete(address, headers=FIRST).status_code == 204
    assert httpx.delete(address, headers=FIRST).status_code == 404
    assert httpx.get(address, headers=FIRST).status_code == 404
    assert asked(locked, "conversations/gone/soon", SECOND)["turns"][0]["text"] == "theirs"
    assert httpx.delete(address, headers=SECOND).status_code == 204


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("conversations/nobody", 404, "there is no conversation 'nobody'"),
        ("conversations/nobody/view", 404, "there is no conversation 'nobody'"),
        ("conversations/here/view?budget=0", 422, "budget"),
        ("conversations/here/view?budget=1", 422, "budget"),
        ("conversations/here/view?model=gtp-4", 422, "gpt-4"),
        ("search", 422, "q"),
        ("search?q=x&query=x", 422, "unknown field 'query'"),
    ],
)
def test_what_is_refused(server: Served, path: str, status: int, reason: str) -> None:
    say(server, "here", "Hello.")
    answer = server.get(f"/v1/memory/{path}")
    assert answer.status_code == status and reason in answer.json()["detail"], answer.text
    assert str(server.app.state.parts.settings.memory) not in answer.text


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "nobody"},
        {"texts": "x"},
        {"time": "2026-01-31T12:00:00"},
        {"images": ["https://example.com/a.png"]},
        {"images": ["data:image/png;base64,AAAA"]},
        {"name": "a: b]"},
    ],
)
def test_turns_that_are_refused(server: Served, turn: dict[str, Any]) -> None:
    answer = say(server, "refused", "x", **turn)
    assert answer.status_code == 422, answer.text
    assert "refused" not in [each["name"] for each in asked(server, "conversations")["conversations"]]
