"""Stands for `vllm serve`: an executable that writes down what it was asked, and answers pages with a text.

python -m fakes.bulk.vllm serve MODEL --port N ...; in the folder FAKE_VLLM it leaves `arguments-1.json`, `-2` …,
one for each start. With a file `die` there it ends itself in the middle of a page, and takes the file away; with a file
`refuse` it ends as it starts.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from fakes.remote import completion

TEXT = "Read by a server of the run."


def write_executable(folder: Path) -> Path:
    """An executable `vllm` in a folder, which is to be named in SOKDOK_VLLM."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "vllm"
    places = os.pathsep.join(sys.path)
    path.write_text(
        f'#!/bin/sh\nPYTHONPATH="{places}" FAKE_VLLM="{folder}" exec "{sys.executable}" -P -m fakes.bulk.vllm "$@"\n'
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def starts(folder: Path) -> list[dict[str, Any]]:
    """What each start was asked: `arguments`, and the variables that say whom it tells."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob("arguments-*.json"))]


class _Handler(BaseHTTPRequestHandler):
    folder: Path
    model: str

    def do_GET(self) -> None:
        self._answer({"object": "list", "data": [{"id": self.model}]} if "models" in self.path else {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Authorization") != f"Bearer {os.environ['VLLM_API_KEY']}":
            self._answer({"error": {"message": "who are you"}}, 401)
            return
        if (self.folder / "die").exists():
            (self.folder / "die").unlink()
            os._exit(7)
        self._answer(completion(TEXT))

    def _answer(self, body: Any, status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def main() -> None:
    """Serve."""
    folder, arguments = Path(os.environ["FAKE_VLLM"]), sys.argv[1:]
    told = {name: os.environ.get(name, "") for name in ("VLLM_NO_USAGE_STATS", "DO_NOT_TRACK")}
    number = len(starts(folder)) + 1
    (folder / f"arguments-{number}.json").write_text(json.dumps({"arguments": arguments, "pid": os.getpid(), **told}))
    if (folder / "refuse").exists():
        print("loading weights", flush=True)
        raise SystemExit("ValueError: there is no such model")
    _Handler.folder, _Handler.model = folder, arguments[arguments.index("--served-model-name") + 1]
    port = int(arguments[arguments.index("--port") + 1])
    ThreadingHTTPServer(("127.0.0.1", port), _Handler).serve_forever()


if __name__ == "__main__":
    main()
