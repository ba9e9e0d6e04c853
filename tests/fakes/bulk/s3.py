"""Object stores on the loopback: moto's S3, Google's and Azure's as far as we ask, and one that refuses."""

import json
import logging
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from fakes.remote import FakeEndpoint, Reply, Request

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


@contextmanager
def moto_store(monkeypatch: pytest.MonkeyPatch, *buckets: str) -> Iterator[str]:
    """An S3 of this process with empty buckets, which the environment names; yields its address."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    try:
        point_to(address, monkeypatch)
        _ask(f"{address}/moto-api/reset", "POST")
        for bucket in buckets:
            _ask(f"{address}/{bucket}", "PUT")
        yield address
    finally:
        server.stop()


WHEN = "Mon, 30 Nov 2026 00:00:00 GMT"
GOOGLES = "<Contents><Key>{}</Key><Size>{}</Size><LastModified>2026-11-30T00:00:00Z</LastModified></Contents>"
AZURES = f"<Blob><Name>{{}}</Name><Properties><Content-Length>{{}}</Content-Length><Last-Modified>{WHEN}"
AZURES += "</Last-Modified><Content-Type/></Properties></Blob>"
REMOVED = "--x\r\nContent-Type: application/http\r\nContent-ID: 0\r\n\r\nHTTP/1.1 {}\r\n\r\n\r\n--x--\r\n"


@contextmanager
def other_store(monkeypatch: pytest.MonkeyPatch, bucket: str) -> Iterator[None]:
    """An empty bucket of Google's and of Azure's, which the environment names."""
    objects: dict[str, bytes] = {}
    about = {"ETag": '"1"', "x-goog-generation": "1", "Last-Modified": WHEN}

    def answer(request: Request) -> Reply:
        url = urlsplit(request.path)
        name, query = unquote(url.path), parse_qs(url.query)
        if request.method == "POST":  # Azure's way to remove things
            gone = objects.pop(unquote(re.findall(r"DELETE (\S+)", request.body.decode())[0]), None)
            part = REMOVED.format("404 NotFound" if gone is None else "202 Accepted")
            return Reply(part.encode(), 202, {"content-type": "multipart/mixed; boundary=x"})
        if query:
            begin = f"/{bucket}/{query.get('prefix', [''])[0]}"
            found = [(each.removeprefix(f"/{bucket}/"), len(objects[each])) for each in sorted(objects)]
            found = [each for each in found if f"/{bucket}/{each[0]}".startswith(begin)]
            listed = "".join((AZURES if "comp" in query else GOOGLES).format(*each) for each in found)
            whole = "<EnumerationResults><Blobs>{}</Blobs></EnumerationResults>" if "comp" in query else "<L>{}</L>"
            return Reply(whole.format(listed).encode())
        if request.method == "PUT":
            if name in objects and {"if-none-match", "x-goog-if-generation-match"} & request.headers.keys():
                return Reply(b"", 412)
            objects[name] = request.body or b""
            return Reply(b"", 201, about)
        if name not in objects:
            return Reply(b"", 404)
        data = objects.pop(name) if request.method == "DELETE" else objects[name]
        asked = re.match(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        if asked is None:
            return Reply(data, 200, about)
        first, last = int(asked[1]), min(int(asked[2]), len(data) - 1)
        return Reply(data[first : last + 1], 206, about | {"Content-Range": f"bytes {first}-{last}/{len(data)}"})

    with FakeEndpoint() as server:
        server.elsewhere, address = answer, server.url.removesuffix("/v1")
        key = dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
        key |= {"gcs_base_url": address, "disable_oauth": True}
        monkeypatch.setenv("GOOGLE_BASE_URL", address)
        monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", json.dumps(key))
        monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", address)
        monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
        monkeypatch.setenv("AZURE_SKIP_SIGNATURE", "true")
        yield


def point_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment name a store and keys to it."""
    for name, value in (CREDENTIALS | {"AWS_ENDPOINT_URL": address}).items():
        monkeypatch.setenv(name, value)


@contextmanager
def refusing_store(times: int, status: int = 503) -> Iterator[tuple[str, list[str]]]:
    """A store that answers so many requests with an error; yields its address and what was asked."""
    asked: list[str] = []

    def answer(request: Request) -> Reply:
        asked.append(f"{request.method} {request.path}")
        return Reply(b"", status if len(asked) <= times else 200, {"ETag": '"0"'})

    with FakeEndpoint() as server:
        server.elsewhere = answer
        yield server.url.removesuffix("/v1"), asked


def _ask(address: str, method: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(address, method=method)) as answer:
        answer.read()
