"""Documents at addresses that clients name: fetched by the server, where its operator wants that.

Whoever may say what a server asks can look at its network through it. So it asks the public network only, each redirect
is judged like the first address, nothing goes along that is the server's (no proxy, cookie, key or name of a page), and
what comes back is bounded in bytes, time and kind.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import httpx

from sokdok.errors import EndpointError, InputError
from sokdok.server.engine.refused import Busy, TooLarge
from sokdok.server.security.addresses import Addresses, Asked
from sokdok.server.settings import Settings
from sokdok.server.tasks.spool import shown_name
from sokdok.version import version

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

    async def _taken(self, answer: httpx.Response, first: Asked, asked: Asked, into: Path) -> Fetched:
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


async def _answer(transport: httpx.AsyncHTTPTransport, asked: Asked) -> httpx.Response:
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
