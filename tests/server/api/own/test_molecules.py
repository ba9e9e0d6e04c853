from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fakes.server.serving import Served, served
from fakes.server.tasks import done
from fakes.server.uploads import pdf_saying
from sokdok.server.security.keys import NOBODY
from sokdok.server.settings import Bounds, Settings

KEYS = ("the-first-key-of-all", "another-key-of-them")
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server with keys, at which three molecules and a chart are parsed by the first key."""
    settings = Settings(tmp_path_factory.mktemp("molecules"), keys=KEYS, bounds=Bounds(molecules=3))
    with served(settings) as server, httpx.Client(base_url=server.address, timeout=60, headers=bearer(0)) as client:
        for name, says in (("a.png", f"molecule={ASPIRIN}"), ("b.png", "molecule=CCO"), ("c.png", "a chart")):
            parse(client, name, says)
        yield client


def bearer(key: int) -> dict[str, str]:
    return {"Authorization": f"Bearer {KEYS[key]}"}


def parse(client: httpx.Client, name: str, says: str, **more: Any) -> None:
    answer = client.post("/v1/parse", files={"file": (name, says.encode())}, **more)
    assert answer.status_code == 200, answer.text


def search(client: httpx.Client, pattern: str | None = None, **more: Any) -> dict[str, Any]:
    answer = client.get("/v1/molecules", params={} if pattern is None else {"containing": pattern}, **more)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_molecules_that_were_parsed_are_found_by_what_they_contain(client: httpx.Client) -> None:
    everything = search(client)
    assert [each["file"] for each in everything["molecules"]] == ["b.png", "a.png"]
    assert everything["pattern"] is None and everything["searched"] == everything["found"] == 2
    found = search(client, "C1=CC=CC=C1")
    (aspirin,) = found["molecules"]
    assert (found["found"], aspirin["smiles"], aspirin["formula"]) == (1, ASPIRIN, "C9H8O4")
    assert aspirin["atoms"] == [4, 5, 6, 7, 8, 9] and aspirin["task"] is None
    for drawing in (found["pattern"], aspirin["picture"]):
        kind, _, data = drawing.partition(",")
        assert kind == "data:image/svg+xml;base64" and b"<svg" in base64.b64decode(data)
    opened = client.get(f"/v1/molecules/{aspirin['id']}").json()
    assert opened["file"] == "a.png" and opened["kind"] == "molecule" and opened["smiles"] == ASPIRIN


def test_nobody_finds_the_molecules_of_another_key(client: httpx.Client) -> None:
    id = search(client)["molecules"][0]["id"]
    assert search(client, headers=bearer(1))["searched"] == 0
    assert client.get(f"/v1/molecules/{id}", headers=bearer(1)).status_code == 404
    assert client.get("/v1/molecules/x").status_code == 404


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"containing": "CXC"}, "character 2 makes no sense there: 'X'"),
        ({"containing": "C" * 301}, "301 characters"),
        ({"containing": ""}, "no SMARTS pattern"),
        ({"smarts": "C"}, "unknown field 'smarts'"),
    ],
)
def test_patterns_that_are_refused(client: httpx.Client, query: dict[str, str], reason: str) -> None:
    answer = client.get("/v1/molecules", params=query)
    assert answer.status_code == 422 and reason in answer.json()["detail"], answer.text


def test_the_same_picture_is_kept_once_and_the_oldest_go(client: httpx.Client) -> None:
    parse(client, "again.png", "molecule=CCO", headers=bearer(1))
    parse(client, "again.png", "molecule=CCO", headers=bearer(1))
    assert search(client, headers=bearer(1))["searched"] == 1
    for smiles in ("C", "CC", "CCC"):
        parse(client, "x.png", f"molecule={smiles}", headers=bearer(1))
    found = search(client, headers=bearer(1))["molecules"]
    assert [each["smiles"] for each in found] == ["CCC", "CC", "C"]


def test_a_molecule_of_a_task_says_where_it_stands(server: Served) -> None:
    task = done(server, pdf_saying("pages=1 drawn=1"))
    httpx.get(f"{task}/figures/1-1/parse", params={"kind": "molecule"}, timeout=60)
    query = {"containing": "c[OH]"}
    found = httpx.get(f"{server.address}/v1/molecules", params=query, timeout=60).json()["molecules"][0]
    assert (found["task"], found["figure"]) == (task.rpartition("/")[2], "1-1")
    assert found["file"] == "보고서.pdf, figure 1-1" and len(found["atoms"]) == 2
    parts = server.app.state.parts
    parts.tasks.forget(parts.tasks.store.find(found["task"], NOBODY))
    found = httpx.get(f"{server.address}/v1/molecules", timeout=60).json()["molecules"][0]
    assert found["task"] is found["figure"] is None, "it goes nowhere any more"
    assert httpx.get(f"{server.address}/v1/molecules/{found['id']}", timeout=60).json()["smiles"] == "Oc1ccccc1"


def test_a_pattern_that_takes_too_long_is_given_up(tmp_path: Any) -> None:
    with served(Settings(tmp_path, bounds=Bounds(search_seconds=0.001))) as server:
        httpx.post(f"{server.address}/v1/parse", files={"file": ("a.png", b"molecule=CCO")}, timeout=60)
        answer = httpx.get(f"{server.address}/v1/molecules", params={"containing": "C"}, timeout=60)
        assert answer.status_code == 504 and "make the pattern simpler" in answer.json()["detail"]
        assert httpx.get(f"{server.address}/health", timeout=60).status_code == 200
