"""A client of the server, as people write them: it sends again what was refused, when the answer says so."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx

from sokdok.errors import SokdokError
from sokdok_lab.bench.serve.files import Upload
from sokdok_lab.bench.serve.server import Serving

_REFUSED = (429, 503)
_SECONDS = 300.0  # in which an answer must have come


class Client:
    """Asks one server, from any number of threads."""

    def __init__(self, serving: Serving, connections: int = 1) -> None:
        self.serving = serving
        self.refused: Counter[str] = Counter()  # refusals by whether they said when to come again: "with", "without"
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._http = httpx.Client(timeout=_SECONDS, limits=limits, trust_env=False, verify=False)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *raised: object) -> None:
        self._http.close()

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One answer that is no refusal for want of room. Raises httpx.HTTPError where no server answers."""
        while True:
            answer = self._http.request(method, self.serving.address + path, **more)
            if answer.status_code not in _REFUSED:
                return answer
            after = answer.headers.get("Retry-After", "")
            self.refused["with" if after.isdecimal() and int(after) >= 1 else "without"] += 1
            time.sleep(float(after) if after.isdecimal() else 1.0)

    def send(self, upload: Upload, **fields: str) -> httpx.Response:
        """Have a file read."""
        return self.ask("POST", "/v1/tasks", files={"file": (upload.name, upload.data)}, data=fields)

    def task(self, upload: Upload, **fields: str) -> str:
        """Have a file read that is accepted; the task's id. Raises SokdokError if it is not."""
        return str(_json(self.send(upload, **fields), 202)["id"])

    def events(self, id: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The events of a task, until its end."""
        with self._http.stream("GET", f"{self.serving.address}/v1/tasks/{id}/events") as stream:
            name = ""
            for line in stream.iter_lines():
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    yield name, json.loads(line[6:])

    def result(self, id: str) -> str:
        """The text of a task that has ended. Raises SokdokError if there is none."""
        answer = self.ask("GET", f"/v1/tasks/{id}/result", params={"form": "txt"})
        if answer.status_code != 200:
            raise SokdokError(f"the server answered {answer.status_code}: {answer.text[:200]}")
        return answer.text

    def document(self, upload: Upload, **fields: str) -> tuple[list[int], str]:
        """Have a file read; the pages of its events, in that order, and the text. Raises SokdokError."""
        id = self.task(upload, **fields)
        pages = [data["page"] for kind, data in self.events(id) if kind == "page"]
        return pages, self.result(id)

    def picture(self, data: bytes, model: str) -> str:
        """The text of a picture, by OpenAI's API. Raises SokdokError."""
        url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
        part = {"type": "image_url", "image_url": {"url": url}}
        body = {"model": model, "messages": [{"role": "user", "content": [part]}]}
        answer = _json(self.ask("POST", "/v1/chat/completions", json=body), 200)
        return str(answer["choices"][0]["message"]["content"])

    def model(self) -> str:
        """The name of what reads."""
        return str(_json(self.ask("GET", "/v1/models"), 200)["data"][0]["id"])


def _json(answer: httpx.Response, status: int) -> dict[str, Any]:
    if answer.status_code != status:
        raise SokdokError(f"the server answered {answer.status_code}: {answer.text[:200]}")
    found: dict[str, Any] = answer.json()
    return found
