"""Many clients at once, and workers that are killed under them."""

from __future__ import annotations

import base64
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Thread

import httpx

from fakes.server.serving import served
from sokdok.server.settings import Bounds, Settings

CLIENTS, EACH = 24, 8


def asked(text: str) -> dict[str, object]:
    url = f"data:image/png;base64,{base64.b64encode(text.encode()).decode()}"
    part = {"type": "image_url", "image_url": {"url": url}}
    return {"model": "fake", "messages": [{"role": "user", "content": [part]}]}


def test_no_answer_is_lost_or_another_clients_though_the_queue_is_full_and_workers_die(tmp_path: Path) -> None:
    refused = 0

    def client(number: int) -> list[str]:
        nonlocal refused
        got = []
        with httpx.Client(base_url=address, timeout=60) as connection:
            for turn in range(EACH):
                while True:
                    answer = connection.post("/v1/chat/completions", json=asked(f"client {number} turn {turn}"))
                    if answer.status_code == 200:
                        break
                    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) >= 1, answer.text
                    refused += 1
                    time.sleep(0.1)
                got.append(answer.json()["choices"][0]["message"]["content"])
        return got

    def kill() -> None:
        for _ in range(3):
            time.sleep(0.5)
            for pid in engine.readers[0].children.pids[:1]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    with served(Settings(tmp_path, workers=2, bounds=Bounds(queue_pages=8, key_pages=8))) as server:
        address, engine = server.address, server.app.state.parts.engine
        spool = server.app.state.parts.tasks.spool.folder
        killer = Thread(target=kill)
        killer.start()
        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = list(pool.map(client, range(CLIENTS)))
        killer.join()
        assert engine.queued == 0 and not list(spool.iterdir()), "nothing is left of what was answered"
    for number, got in enumerate(answers):
        assert got == [f"Free OCR.: client {number} turn {turn}" for turn in range(EACH)]
    assert refused, "the queue was never full: nothing was tested"
