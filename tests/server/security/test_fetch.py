from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fakes.server.web import said, web
from sokdok.errors import EndpointError, InputError
from sokdok.server.engine.refused import Busy, TooLarge
from sokdok.server.security.addresses import Addresses, IPAddress
from sokdok.server.security.fetch import Fetched, Fetcher
from sokdok.server.settings import Bounds, Settings

OUTER, INNER = "127.0.0.1", "127.0.0.2"
"""two addresses of the loopback that play the public network and what lies behind the server"""


class Names:
    """A resolver: names and the addresses that they have, one after the other."""

    def __init__(self, **names: Sequence[str]) -> None:
        self.names, self.asked = {name: list(ips) for name, ips in names.items()}, 0

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        ips = self.names.get(host.partition(".")[0], [OUTER])
        return [ips.pop(0) if len(ips) > 1 else ips[0]]


def is_outer(address: IPAddress) -> bool:
    return address == ipaddress.ip_address(OUTER)


def fetched(
    tmp_path: Path, url: str, names: Names | None = None, trusted: ssl.SSLContext | None = None, **bounds: float
) -> tuple[Fetched, bytes]:
    """What a fetcher gets of an address, and what it wrote."""
    into = tmp_path / "into"

    async def fetch() -> Fetched:
        settings = Settings(tmp_path, fetch=True, bounds=Bounds(**bounds))  # type: ignore[arg-type]
        fetcher = Fetcher(settings, Addresses(names or Names(), is_outer, any_port=True), trusted)
        try:
            return await fetcher.fetch(url, into)
        finally:
            fetcher.close()

    return asyncio.run(fetch()), into.read_bytes()


def test_a_file_is_fetched_and_nothing_of_the_server_goes_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    (tmp_path / "netrc").write_text("machine files.test login me password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with web({"/a/%EB%B3%B4%EA%B3%A0%EC%84%9C?sig=1": said(b"%PDF-1")}) as site:
        found, content = fetched(tmp_path, f"http://files.test:{site.port}/a/보고서?sig=1#part")
    assert (found, content) == (Fetched("application/pdf", "보고서.pdf", 6), b"%PDF-1")
    (head,) = site.requests
    lines = head.decode().lower().splitlines()
    assert f"host: files.test:{site.port}" in lines and "accept-encoding: identity" in lines
    assert not any(line.startswith(("cookie", "authorization", "referer", "x-", "proxy")) for line in lines)


def test_a_name_that_changes_its_mind_is_asked_where_it_was_judged(tmp_path: Path) -> None:
    names = Names(rebinding=[OUTER, INNER])
    with web({"/a": said()}) as site, web({"/a": said(b"inner")}, INNER, site.port) as inner:
        _, content = fetched(tmp_path, f"http://rebinding.test:{site.port}/a", names)
    assert content == b"%PDF-" and not inner.requests and names.asked == 1


@pytest.mark.parametrize("target", ["http://inner.test:{}/a", "http://127.0.0.2:{}/a", "//inner.test:{}/a"])
def test_a_redirect_inwards_is_not_followed(tmp_path: Path, target: str) -> None:
    answers: dict[str, bytes] = {}
    names = Names(inner=[INNER], **{"127": [INNER]})
    with web(answers) as site, web({"/a": said()}, INNER, site.port) as inner:
        answers["/"] = said(b"", status="302 Found", Location=target.format(site.port))
        with pytest.raises(InputError, match="no host of the public network"):
            fetched(tmp_path, f"http://files.test:{site.port}/", names)
    assert site.requests and not inner.requests


def test_a_name_is_judged_anew_with_each_redirect(tmp_path: Path) -> None:
    names = Names(rebinding=[OUTER, INNER])
    with web({"/": said(b"", status="302 Found", Location="/a"), "/a": said()}) as site:
        with pytest.raises(InputError, match="public network"):
            fetched(tmp_path, f"http://rebinding.test:{site.port}/", names)
        assert len(site.requests) == 1


def test_redirects_are_followed_a_few_times_and_no_cookie_with_them(tmp_path: Path) -> None:
    def on(to: str) -> bytes:
        return said(b"", status="302 Found", Location=to, Set_Cookie="a=b; Path=/")

    with web({"/1": on("/2"), "/2": on("3"), "/3": on("/4.png"), "/4.png": said(b"x", "image/png")}) as site:
        assert fetched(tmp_path, f"http://files.test:{site.port}/1")[0] == Fetched("image/png", "1.png", 1)
        assert not any(b"cookie" in head.lower() for head in site.requests)
    with web({"/": on("/")}) as site:
        with pytest.raises(InputError, match="more than 3 times"):
            fetched(tmp_path, f"http://files.test:{site.port}/")
        assert len(site.requests) == 4
    with web({"/": on("file:///etc/passwd")}) as site, pytest.raises(InputError, match="begins with"):
        fetched(tmp_path, f"http://files.test:{site.port}/")


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (said(status="404 Not Found"), InputError, "status 404"),
        (said(status="403 Forbidden"), InputError, "status 403"),
        (said(status="206 Partial Content"), InputError, "status 206"),
        (said(status="429 Too Many Requests"), EndpointError, "status 429"),
        (said(status="503 Unavailable"), EndpointError, "try again later"),
        (said(kind="application/json"), InputError, "no document or picture"),
        (said(kind="video/mp4"), InputError, "no document or picture"),
        (said(Content_Encoding="gzip"), InputError, "compressed"),
        (said(Content_Length="101"), TooLarge, "100 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nConnection: close\r\n\r\n" + b"x" * 101, TooLarge, "has more"),
        (said(Content_Length="50"), EndpointError, "broke off"),
        (b"SSH-2.0-OpenSSH\r\n", EndpointError, "not answer as a web server"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, EndpointError, "not answer as a web server"),
        (b"", EndpointError, "not answer as a web server"),
    ],
)
def test_what_is_not_taken(tmp_path: Path, answer: bytes, error: type[Exception], reason: str) -> None:
    with web({"/": answer}) as site, pytest.raises(error, match=reason):
        fetched(tmp_path, f"http://files.test:{site.port}/", body_bytes=100)


def test_neither_a_drip_nor_silence_is_waited_for(tmp_path: Path) -> None:
    with (
        web({"/": [said(Content_Length="9"), b"a", b"b"]}) as site,
        pytest.raises(EndpointError, match=r"within 0\.4 s"),
    ):
        fetched(tmp_path, f"http://files.test:{site.port}/", fetch_seconds=0.4)
    with pytest.raises(EndpointError, match="can't be reached"):
        fetched(tmp_path, f"http://files.test:{site.port}/")


def test_it_is_off_unless_wanted_and_bounded_in_number(tmp_path: Path) -> None:
    async def fetch(settings: Settings) -> None:
        fetcher = Fetcher(settings)
        try:
            await fetcher.fetch("https://example.org/", tmp_path / "into")
        finally:
            fetcher.close()

    with pytest.raises(InputError, match="send the file itself"):
        asyncio.run(fetch(Settings(tmp_path)))
    with pytest.raises(Busy):
        asyncio.run(fetch(Settings(tmp_path, fetch=True, bounds=Bounds(fetches=0))))


def test_the_certificate_must_be_the_names(tmp_path: Path) -> None:
    secured, trusted = certificate(tmp_path, "files.test")
    with web({"/a.png": said(b"x", "image/png")}, secured=secured) as site:
        assert fetched(tmp_path, f"https://files.test:{site.port}/a.png", trusted=trusted)[1] == b"x"
        with pytest.raises(EndpointError, match="can't be reached"):
            fetched(tmp_path, f"https://other.test:{site.port}/a.png", trusted=trusted)
        with pytest.raises(EndpointError, match="can't be reached"):
            fetched(tmp_path, f"https://files.test:{site.port}/a.png")
        assert len(site.requests) == 1


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side with a certificate for a name, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.load_cert_chain(path)
    return secured, ssl.create_default_context(cafile=path)
