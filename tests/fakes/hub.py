"""A model hub on the loopback: as much of the Hugging Face protocol as a download needs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from fakes.remote import FakeEndpoint, Reply, Request

COMMIT = "c0ffee" * 6 + "c0de"


@dataclass
class Hub:
    """Serves one folder as the repository `name` of a model and of a data set; `requests` are (file, first byte)."""

    name: str
    folder: Path
    cut_after: int = 0  # bytes of a larger file after which the connection is closed, once
    requests: list[tuple[str, int]] = field(default_factory=list)
    url: str = ""

    def files(self) -> list[dict[str, Any]]:
        paths = {path: path.relative_to(self.folder).as_posix() for path in sorted(self.folder.rglob("*"))}
        kinds = {True: "file", False: "directory"}
        return [
            {"type": kinds[path.is_file()], "path": name, "size": path.stat().st_size, "oid": oid(path)}
            for path, name in paths.items()
        ]

    def answer(self, request: Request) -> Reply:
        path, name = unquote(request.path.partition("?")[0]), re.escape(self.name)
        if re.fullmatch(f"/api/(models|datasets)/{name}(/revision/main)?", path):
            files = [{"rfilename": file["path"]} for file in self.files()]
            return Reply({"id": self.name, "sha": COMMIT, "siblings": files})
        if found := re.fullmatch(f"/api/(?:models|datasets)/{name}/tree/(?:main|{COMMIT})(?:/(.+))?", path):
            listed = [file for file in self.files() if file["path"].startswith(f"{found[1]}/" if found[1] else "")]
            return Reply(listed) if listed else Reply({}, 404, {"X-Error-Code": "EntryNotFound"})
        found = re.fullmatch(f"(?:/datasets)?/{name}/resolve/(?:main|{COMMIT})/(.+)", path)
        if found and (self.folder / found[1]).is_file():
            return self._file(self.folder / found[1], request)
        return Reply({}, 404, {"X-Error-Code": "RepoNotFound"})

    def _file(self, path: Path, request: Request) -> Reply:
        begin = int(re.match(r"bytes=(\d+)-", request.headers.get("range", "bytes=0-"))[1])
        data, cut = path.read_bytes(), 0
        if request.method == "GET":
            self.requests.append((path.name, begin))
            if len(data) > self.cut_after:
                cut, self.cut_after = self.cut_after, 0
        end = {"Content-Range": f"bytes {begin}-{len(data) - 1}/{len(data)}"}
        return Reply(
            data[begin:], 206 if begin else 200, {"ETag": f'"{oid(path)}"', "X-Repo-Commit": COMMIT} | end, cut=cut
        )


def oid(path: Path) -> str:
    return sha1(path.name.encode()).hexdigest()


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    with FakeEndpoint() as server:
        server.elsewhere, hub.url = hub.answer, server.url.removesuffix("/v1")
        yield hub
