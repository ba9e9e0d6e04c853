"""A model hub on the loopback: as much of the Hugging Face protocol as a download needs."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "c0ffee" * 6 + "c0de"


@dataclass
class Hub:
    """Serves one folder as the repository `name`; `requests` are the downloads: (file, first byte)."""

    name: str
    folder: Path
    cut_after: int = 0  # Close the connection after that many bytes of a larger file, once.
    requests: list[tuple[str, int]] = field(default_factory=list)
    url: str = ""

    def files(self) -> list[dict[str, Any]]:
        paths = [path for path in sorted(self.folder.iterdir()) if path.is_file()]
        return [{"type": "file", "path": path.name, "size": path.stat().st_size, "oid": oid(path)} for path in paths]


def oid(path: Path) -> str:
    return sha1(path.name.encode()).hexdigest()


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    handler = type("Handler", (HubHandler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield hub
        server.shutdown()


class HubHandler(BaseHTTPRequestHandler):
    hub: Hub

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        path = self.path.partition("?")[0]
        name = re.escape(self.hub.name)
        if re.fullmatch(f"/api/models/{name}/revision/main", path):
            files = [{"rfilename": file["path"]} for file in self.hub.files()]
            self.send_json({"id": self.hub.name, "sha": COMMIT, "siblings": files})
        elif re.fullmatch(f"/api/models/{name}/tree/{COMMIT}", path):
            self.send_json(self.hub.files())
        elif (found := re.fullmatch(f"/{name}/resolve/{COMMIT}/([^/]+)", path)) and self.file(found[1]).is_file():
            self.send_file(self.file(found[1]), body)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.end_headers()

    def file(self, name: str) -> Path:
        return self.hub.folder / name

    def send_json(self, value: Any) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def send_file(self, path: Path, body: bool) -> None:
        data = path.read_bytes()
        begin = int(re.match(r"bytes=(\d+)-", self.headers.get("Range", "bytes=0-"))[1])
        self.send_response(206 if begin else 200)
        self.send_header("ETag", f'"{oid(path)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(data) - begin))
        self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if body:
            self.hub.requests.append((path.name, begin))
            if 0 < self.hub.cut_after < len(data):
                data, self.hub.cut_after = data[: self.hub.cut_after], 0
            self.wfile.write(data[begin:])

    def log_message(self, *_: Any) -> None:
        pass
