from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

import httpx
import pytest

from sokdok.errors import InputError
from sokdok.server.security.addresses import Addresses, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "5f00::1",
    ],
)
def test_what_is_not_of_the_public_network(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "100.63.255.255",
        "172.32.0.1",
        "192.169.0.1",
        "2606:4700:4700::1111",
        "2a00:1450::1",
        "::ffff:8.8.8.8",
    ],
)
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
