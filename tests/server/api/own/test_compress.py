import base64
import io
from typing import Any

import httpx
import pytest
from PIL import Image

from fakes.server.serving import FIRST, SECOND, Served
from sokdok.tokens import count_text

TEXT = "다섯 상자를 받았다. Received 14 crates, 2.5 t in all.\n" * 12


def compress(server: Served, text: str = TEXT, **asked: Any) -> httpx.Response:
    return server.post("/v1/compress", json={"text": text} | asked)


def test_a_text_becomes_pages_with_their_price(server: Served) -> None:
    answer = compress(server, model="gpt-4o", mode="tiny")
    assert answer.status_code == 200, answer.text
    row = answer.json()
    tokens = count_text(TEXT)
    assert (row["text_tokens"], row["vision_tokens"], row["ratio"]) == (tokens, 64, tokens / 64)
    assert row["attention"] == {"text": tokens**2, "vision": 64**2}
    (page,) = row["pages"]
    image = Image.open(io.BytesIO(base64.b64decode(page["picture"].partition(",")[2])))
    assert list(image.size) == row["page_size"] == [512, 512] and image.convert("L").getextrema() == (0, 255)
    assert page["vision_tokens"] == 64 and row["read_back"] is None
    price = row["price"]
    assert price["model"] == "gpt-4o" and price["text_dollars"] > 0 and price["pages_dollars"] > 0


def test_pages_are_read_back_and_compared(server: Served) -> None:
    spool = server.app.state.parts.tasks.spool.folder
    before = {*spool.iterdir()}
    back = compress(server, read_back=True).json()["read_back"]
    # The fake reads a picture as its size.
    assert " by " in back["text"] and back["fidelity"] < 0.5 and not back["identical"]
    assert back["differences"] and back["failed"] == 0
    assert not any(path.suffix == ".png" for path in {*spool.iterdir()} - before), "its pictures are not kept"


def test_models_are_listed(server: Served) -> None:
    models = server.get("/v1/compress/models").json()["models"]
    assert {"gpt-4o": True, "nano": False}.items() <= {each["name"]: each["priced"] for each in models}.items()


def test_old_tool_results_are_cut_where_the_server_may_and_had_back_by_who_sent_them(server, locked: Served) -> None:
    log = "\n".join(f"{at} read /srv/part/{at:05d}.bin" for at in range(400))
    said = [{"role": "tool", "tool_call_id": "1", "content": log}] + [{"role": "user", "content": "go"}] * 7
    asked = {"model": "gpt-4o", "messages": said}
    assert server.post("/v1/compress", json=asked).json()["messages"] == said  # an audit
    answer = locked.post("/v1/compress", json=asked, headers=FIRST).json()
    assert len(answer["messages"][0]["content"]) < 3_000 and answer["messages"][1:] == said[1:]
    address = f"/v1/retrieve/{answer['ccr_hashes'][0]}"
    assert locked.get(address, headers=FIRST).json()["original_content"] == log
    assert locked.get(address, headers=SECOND).status_code == 404


@pytest.mark.parametrize(
    ("text", "asked", "status", "reason"),
    [
        ("", {}, 422, "text"),
        (TEXT, {"mode": "gundam"}, 422, "mode"),
        (TEXT, {"cel": "8x8"}, 422, "cel"),
        (TEXT, {"model": "gtp-4o"}, 422, "gpt-4o"),
        ("x" * 50_000, {"cell": "8x16", "mode": "tiny"}, 422, "at most 20 are drawn"),
        ("x" * 100_001, {}, 413, "may have 100,000"),
    ],
)
def test_texts_that_are_refused(server: Served, text: str, asked: dict[str, Any], status: int, reason: str) -> None:
    answer = compress(server, text, **asked)
    assert answer.status_code == status and reason in answer.json()["detail"], answer.text[:300]
