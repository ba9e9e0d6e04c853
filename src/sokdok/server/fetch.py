"""Documents at addresses that clients name: fetched by the server, where its operator wants that.

Whoever may say what a server asks can look at its network through it. So it asks the public network only. A name is
resolved once, every address it has is judged, and what was judged is what is connected to: a name that means another
machine a moment later changes nothing. Each redirect is judged like the first address, nothing goes along that is the
server's (no proxy, cookie, key or name of a page), and what comes back is bounded in bytes, time and kind.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import httpx

from sokdok.errors import EndpointError, InputError
from sokdok.server.errors import Busy, TooLarge
from sokdok.server.settings import Settings
from sokdok.server.tasks.files import shown_name
from sokdok.version import version

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
class PublicAddress:
    """An address that may be asked."""

    url: httpx.URL
    ips: tuple[str, ...]  # what its name means, each of them judged

    @property
    def host(self) -> str:
        """Its name, for people."""
        return _shown_host(self.url)


def _shown_host(url: httpx.URL) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in url.host)


class Addresses:
    """Judges addresses. `resolve` and `allowed` are what tests put in the place of the network."""

    def __init__(
        self, resolve: Resolve | None = None, allowed: Callable[[IPAddress], bool] = is_public, any_port: bool = False
    ) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVERS, "sokdok-names")
        self._resolve, self._allowed, self._any_port = resolve or self._look_up, allowed, any_port

    def close(self) -> None:
        """Look up nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def judged(self, text: str, base: httpx.URL | None = None) -> PublicAddress:
        """An address that may be asked; a relative one is joined to `base`. Raises InputError for any other."""
        url = self._url(text, base)
        try:
            ips = await self._resolve(url.raw_host.decode("ascii"), url.port or PORTS[url.scheme])
        except (OSError, UnicodeError):
            raise InputError(f"there is no host {_shown_host(url)}") from None
        # One inner address among outer ones is refused, too: which of them is taken is the resolver's whim.
        if not ips or not all(self._fits(ip) for ip in ips):
            raise InputError(f"{_shown_host(url)} is no host of the public network: the server asks no other")
        return PublicAddress(url, tuple(dict.fromkeys(ips))[:_MOST_ADDRESSES])

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


MOST_REDIRECTS = 3
_OFF = "the server fetches nothing: send the file itself"
_OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = {
    "": "",
    "application/octet-stream": "",
    "binary/octet-stream": "",
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/tiff": ".tiff",
    "image/bmp": ".bmp",
    f"{_OFFICE}.wordprocessingml.document": ".docx",
    f"{_OFFICE}.presentationml.presentation": ".pptx",
    f"{_OFFICE}.spreadsheetml.sheet": ".xlsx",
    "application/epub+zip": ".epub",
    "application/x-hwp": ".hwp",
    "application/haansofthwp": ".hwp",
    "application/hwp+zip": ".hwpx",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
}  # what may come: media type → suffix of a file whose name has none
_LATER = {408, 425, 429}  # refusals that another moment may not have
_REDIRECTS = {301, 302, 303, 307, 308}
_STEP_S = 10.0  # for connecting, and for the next piece


@dataclass(frozen=True)
class Fetched:
    """What was at an address."""

    media_type: str
    name: str  # that people may see: never a path
    size: int  # bytes


class Fetcher:
    """Fetches files. `addresses` and `trusted` (certificates) are the public network's but in tests."""

    def __init__(
        self, settings: Settings, addresses: Addresses | None = None, trusted: ssl.SSLContext | None = None
    ) -> None:
        self.on, self._bounds = settings.fetch, settings.bounds
        self._addresses, self._trusted = addresses or Addresses(), trusted
        self._running = 0

    def close(self) -> None:
        """Fetch nothing more."""
        self._addresses.close()

    async def fetch(self, url: str, into: Path) -> Fetched:
        """Write what is at an address to a file.

        Raises InputError for what is never fetched, TooLarge, Busy, or EndpointError for what may be there later.
        """
        if not self.on:
            raise InputError(_OFF)
        if self._running >= self._bounds.fetches:
            raise Busy("too many files are being fetched: try again in a moment", 1.0)
        self._running += 1
        try:
            async with asyncio.timeout(self._bounds.fetch_seconds):
                return await self._followed(url, into)
        except TimeoutError:
            raise EndpointError(f"the file did not come within {self._bounds.fetch_seconds:g} s") from None
        finally:
            self._running -= 1

    async def _followed(self, url: str, into: Path) -> Fetched:
        first = asked = await self._addresses.judged(url)
        if self._trusted is None:
            self._trusted = await asyncio.to_thread(httpx.create_ssl_context)
        for _ in range(MOST_REDIRECTS + 1):
            # A transport of its own for each: nothing is kept from one answer for the next, cookies neither.
            async with httpx.AsyncHTTPTransport(verify=self._trusted, trust_env=False) as transport:
                answer = await _answer(transport, asked)
                if answer.status_code not in _REDIRECTS:
                    return await self._taken(answer, first, asked, into)
            asked = await self._addresses.judged(answer.headers.get("location", ""), asked.url)
        raise InputError(f"{first.host} sends on more than {MOST_REDIRECTS} times")

    async def _taken(self, answer: httpx.Response, first: PublicAddress, asked: PublicAddress, into: Path) -> Fetched:
        """The content of the last answer, into a file."""
        status, most = answer.status_code, self._bounds.body_bytes
        if status in _LATER or status >= 500:
            raise EndpointError(f"{asked.host} answers with status {status}: try again later")
        if status != 200:
            raise InputError(f"{asked.host} answers with status {status}")
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in KINDS:
            raise InputError(f"what {asked.host} has there is no document or picture by its type")
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise InputError(f"{asked.host} sends it compressed, which was not asked for")
        length = answer.headers.get("content-length", "")
        if length.isdecimal() and int(length) > most:
            raise TooLarge(f"a file may have {most:,} bytes, and that of {asked.host} has {length}")
        size = 0
        with into.open("wb") as file:
            try:
                async for piece in answer.aiter_raw():
                    size += len(piece)
                    if size > most:
                        raise TooLarge(f"a file may have {most:,} bytes, and that of {asked.host} has more")
                    file.write(piece)
            except httpx.HTTPError:
                raise EndpointError(f"{asked.host} broke off: try again later") from None
        return Fetched(kind, _name(first.url, KINDS[kind]), size)


async def _answer(transport: httpx.AsyncHTTPTransport, asked: PublicAddress) -> httpx.Response:
    """The head of the answer of the first of a name's addresses that can be reached. Raises EndpointError."""
    for ip in asked.ips:
        request = httpx.Request(
            "GET",
            asked.url.copy_with(host=ip),
            headers={
                "Host": asked.url.netloc.decode("ascii"),
                "User-Agent": f"sokdok/{version()}",
                "Accept-Encoding": "identity",
            },
            # The certificate must be that of the name, though an address is connected to.
            extensions={
                "sni_hostname": asked.url.raw_host.decode("ascii"),
                "timeout": dict.fromkeys(("connect", "read", "write", "pool"), _STEP_S),
            },
        )
        try:
            return await transport.handle_async_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            continue
        except (httpx.HTTPError, httpx.InvalidURL):
            raise EndpointError(f"{asked.host} does not answer as a web server: try again later") from None
    raise EndpointError(f"{asked.host} can't be reached: try again later")


def _name(url: httpx.URL, suffix: str) -> str:
    name = shown_name(unquote(url.path.rpartition("/")[2]))
    return name if Path(name).suffix else name + suffix
