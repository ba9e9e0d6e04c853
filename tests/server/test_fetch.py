from __future__ import annotations

import asyncio
import datetime
import ipaddress
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fakes.server.web import said, web
from sokdok.errors import EndpointError, InputError
from sokdok.server.errors import Busy, TooLarge
from sokdok.server.fetch import Addresses, Fetched, Fetcher, IPAddress, is_public
from sokdok.server.settings import Bounds, Settings

OUTER, INNER = "127.0.0.1", "127.0.0.2"
"""two addresses of the loopback that play the public network and what lies behind the server"""


NOT_PUBLIC = """
127.0.0.1 127.9.9.9 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254
100.64.0.1 100.127.255.255 192.0.0.8 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1 203.0.113.1
224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1
::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1
fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 5f00::1
"""
PUBLIC = "8.8.8.8 100.63.255.255 172.32.0.1 192.169.0.1 2606:4700:4700::1111 2a00:1450::1 ::ffff:8.8.8.8"


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


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_what_is_not_of_the_public_network(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC.split())
def test_what_is(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def judged(url: str, *ips: str, base: str | None = None) -> Sequence[str]:
    """What a name with these addresses is judged to be."""

    async def resolve(host: str, port: int) -> list[str]:
        if not ips:
            raise socket.gaierror
        return list(ips)

    addresses = Addresses(resolve)
    try:
        return asyncio.run(addresses.judged(url, httpx.URL(base) if base else None)).ips
    finally:
        addresses.close()


def test_a_name_of_the_public_network_may_be_asked() -> None:
    assert judged("https://예시.한국/가 나.pdf", "8.8.8.8", "2606:4700::1", "8.8.8.8") == ("8.8.8.8", "2606:4700::1")
    assert judged("http://example.org:80/", "8.8.8.8") and judged("https://example.org:443/", "8.8.8.8")
    assert judged("../b.pdf", "8.8.8.8", base="https://example.org/a/c.pdf")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "begins with https"),
        ("ftp://example.org/a", "begins with https"),
        ("gopher://example.org/", "begins with https"),
        ("//example.org/a", "begins with https"),
        ("example.org/a", "begins with https"),
        ("", "begins with https"),
        ("http://", "begins with https"),
        ("https://me:secret@example.org/", "no password"),
        ("https://example.org\\@127.0.0.1/", "no password"),
        ("https://example.org:8443/", "no port but 80 and 443"),
        ("http://example.org:22/", "no port"),
        ("https://example.org:80/", "no port"),
        ("http://example.org/\r\nHost: x", "no address of the web"),
        ("http://①②⑦.0.0.1/", "no address of the web"),
        ("https://example.org/" + "x" * 5_000, "4,096 characters"),
    ],
)
def test_what_is_refused_before_any_name_is_looked_up(url: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        judged(url)
    assert "secret" not in str(caught.value)


def test_one_inner_address_among_outer_ones_is_one_too_many() -> None:
    for ips in (["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:192.168.0.1"], ["fe80::1%2"], ["nonsense"]):
        with pytest.raises(InputError, match="no host of the public network"):
            judged("https://example.org/", *ips)
    with pytest.raises(InputError, match=r"no host example\.org"):
        judged("https://example.org/")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]"])
def test_numbers_are_seen_for_what_they_are_to_the_system(host: str) -> None:
    async def ask() -> None:
        addresses = Addresses()
        try:
            await addresses.judged(f"http://{host}/")
        finally:
            addresses.close()

    with pytest.raises(InputError, match="no host|no address of the web"):
        asyncio.run(ask())
