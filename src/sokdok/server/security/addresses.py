"""Which addresses a server may ask for its clients: those of the public network, and nothing of the machine's own.

A name is resolved once, every address it has is judged, and what was judged is what is connected to: a name that means
another machine a moment later changes nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from sokdok.errors import InputError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""a name and a port → its addresses, as text. Raises OSError if it has none"""
PORTS = {"http": 80, "https": 443}  # scheme → the one port that is asked
_MOST_URL = 4_096
_MOST_ADDRESSES = 8
_RESOLVERS = 4  # names that are looked up at a time: a lookup can't be cancelled, and uploads must not wait for one

# What `ipaddress` of some Python version calls global and is none, or leads elsewhere by way of a gateway.
_NOT_PUBLIC_4 = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
    "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
)
_PUBLIC_6 = "2000::/3"
"""all that was ever given out: loopback, link-local, unique local, multicast, mapped and NAT64 addresses lie beyond"""
_NOT_PUBLIC_6 = "2001::/23 2001:db8::/32 2002::/16 3fff::/20"  # within it: Teredo and its like, documentation, 6to4
_REFUSED_4 = tuple(map(ipaddress.IPv4Network, _NOT_PUBLIC_4.split()))
_ALLOWED_6 = ipaddress.IPv6Network(_PUBLIC_6)
_REFUSED_6 = tuple(map(ipaddress.IPv6Network, _NOT_PUBLIC_6.split()))


def is_public(address: IPAddress) -> bool:
    """Whether an address is one of the public network."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_4)
    if (mapped := address.ipv4_mapped) is not None:
        return is_public(mapped)
    return address in _ALLOWED_6 and not any(address in network for network in _REFUSED_6)


@dataclass(frozen=True)
class Asked:
    """An address that may be asked."""

    url: httpx.URL
    ips: tuple[str, ...]  # what its name means, each of them judged

    @property
    def host(self) -> str:
        """Its name, for people."""
        return _shown(self.url)


def _shown(url: httpx.URL) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in url.host)


class Addresses:
    """Judges addresses. `resolve` and `allowed` are what tests put in the place of the network."""

    def __init__(
        self, resolve: Resolve | None = None, allowed: Callable[[IPAddress], bool] = is_public, any_port: bool = False
    ) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVERS, "sokdok-names")
        self._resolve, self._allowed, self._any_port = resolve or self._look_up, allowed, any_port

    def close(self) -> None:
        """CountPages up nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def judged(self, text: str, base: httpx.URL | None = None) -> Asked:
        """An address that may be asked; a relative one stands beside `base`. Raises InputError for any other."""
        url = self._url(text, base)
        try:
            ips = await self._resolve(url.raw_host.decode("ascii"), url.port or PORTS[url.scheme])
        except (OSError, UnicodeError):
            raise InputError(f"there is no host {_shown(url)}") from None
        # One inner address among outer ones is refused, too: which of them is taken is the resolver's whim.
        if not ips or not all(self._fits(ip) for ip in ips):
            raise InputError(f"{_shown(url)} is no host of the public network: the server asks no other")
        return Asked(url, tuple(dict.fromkeys(ips))[:_MOST_ADDRESSES])

    def _url(self, text: str, base: httpx.URL | None) -> httpx.URL:
        if len(text) > _MOST_URL:
            raise InputError(f"an address may have {_MOST_URL:,} characters")
        try:
            url = httpx.URL(text) if base is None else base.join(text)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise InputError("that is no address of the web") from None
        if url.scheme not in PORTS or not url.host:
            raise InputError("an address begins with https:// or http://")
        if url.userinfo:
            raise InputError("an address may hold no name and no password")
        if url.port not in (None, PORTS[url.scheme]) and not self._any_port:
            raise InputError(f"an address may name no port but {' and '.join(map(str, PORTS.values()))}")
        return url.copy_with(fragment=None)

    def _fits(self, ip: str) -> bool:
        try:
            return self._allowed(ipaddress.ip_address(ip))  # one with a scope (%eth0) lies in no public network
        except ValueError:
            return False

    async def _look_up(self, host: str, port: int) -> list[str]:
        # The system's own rules for what is a number: it sees 127.0.0.1 in 2130706433 and 0x7f.1, too.
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return [str(entry[4][0]) for entry in found]
