"""HTTP to an OpenAI-compatible server: many requests at a time, each tried again where that can help.

- Requests run on an event loop in one thread of their own. The caller's thread stays free, a running loop in it (a
  notebook) is no obstacle, and a request is cancelled at once, which threads waiting in `recv` could not be.
- What another page would meet too (no server, a key refused, no such model) is an EndpointError; what concerns one
  request only is a RequestFailed.
- The key comes from the environment, travels in one header, to one host: redirects are not followed. No message holds
  it, be it that the server sends it back.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sokdok.errors import EndpointError, InputError, MissingExtraError

try:
    import httpx
except ImportError:
    raise MissingExtraError("remote", "reading over HTTP") from None

Result = TypeVar("Result")

KEY_VARIABLES = ("SOKDOK_API_KEY", "OPENAI_API_KEY")
TRIES = 4
RETRIED = frozenset({429, 500, 502, 503, 504})
FIRST_PAUSE = 0.5
"""seconds before the second try; doubles from try to try"""
LONGEST_PAUSE = 60.0
"""seconds; a server that asks for more (Retry-After) gets this"""
CONNECT_TIMEOUT = 10.0
"""seconds"""
LONGEST_QUOTE = 300
"""characters of a server's complaint"""


class RequestFailed(Exception):
    """One request failed; the endpoint may well answer others. `str(error)` is one line."""


class _TryAgain(Exception):
    """A try that failed in a way that may pass; `error` is what it becomes after the last one."""

    def __init__(self, why: str, wait: float = 0.0, error: type[Exception] = RequestFailed) -> None:
        super().__init__(why)
        self.wait = wait
        self.error = error


class Endpoint:
    """One server, by its base address (`http://localhost:8000/v1`); `timeout` is for one try, in seconds.

    Raises InputError for an address or a key that can't be one. Close it to end its thread.
    """

    def __init__(self, base_url: str, *, connections: int, timeout: float) -> None:
        self.url = base_address(base_url)
        self._key = key_from_environment()
        self._timeout = timeout
        self._answered = False
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT),
            limits=httpx.Limits(max_connections=connections),
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sokdok-endpoint", daemon=True)
        self._thread.start()

    def start(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Run a coroutine on the endpoint's loop. Cancelling what comes back cancels its request."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Cancel what is under way and end the thread; a second call does nothing."""
        if self._loop.is_closed():
            return
        self.start(self._shut_down()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _shut_down(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.aclose()

    async def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON that comes back for a POST of `body` to `path`, or for a GET without one.

        Raises RequestFailed, or EndpointError where asking on is useless.
        """
        for attempt in range(TRIES - 1):
            try:
                return self._data(await self._send(path, body))
            except _TryAgain as again:
                await asyncio.sleep(pause(attempt, again.wait))
        try:
            return self._data(await self._send(path, body))
        except _TryAgain as again:
            raise again.error(f"{self.url} {again} ({TRIES} tries)") from None

    async def _send(self, path: str, body: Mapping[str, Any] | None) -> httpx.Response:
        method = "GET" if body is None else "POST"
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.request(method, self.url + path, json=body)
        except TimeoutError:
            raise _TryAgain(f"did not answer within {self._timeout:g} s") from None
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if self._answered:  # it was there a moment ago, and may be starting again
                raise _TryAgain("can't be reached any more", error=EndpointError) from None
            raise EndpointError(
                f"{self.url} can't be reached ({_reason(error)}); is the server running, and the address right?"
            ) from None
        except httpx.RequestError:
            raise _TryAgain("cut the connection") from None
        self._answered = True
        if response.status_code in RETRIED:
            raise _TryAgain(f"answered {self._complaint(response)}", retry_after(response))
        return response

    def _data(self, response: httpx.Response) -> Any:
        """The answer's JSON; an error status as what it means."""
        status = response.status_code
        if status in (401, 403):
            advice = "is the key in" if self._key else "put a key into"
            names = " or ".join(KEY_VARIABLES)
            question = "the right one?" if self._key else "please"
            raise EndpointError(f"{self.url} lets nobody in ({self._complaint(response)}); {advice} {names} {question}")
        if status == 404:
            raise EndpointError(f"{self.url} has no such model, or is not its address: {self._complaint(response)}")
        if response.is_redirect:
            raise EndpointError(f"{self.url} sends requests elsewhere (HTTP {status}); give the final address")
        if not response.is_success:
            raise RequestFailed(f"{self.url} answered {self._complaint(response)}")
        try:
            return response.json()
        except (ValueError, RecursionError):
            kind = response.headers.get("content-type", "no content type").partition(";")[0]
            raise RequestFailed(f"{self.url} answered with another format than JSON ({kind})") from None

    def _complaint(self, response: httpx.Response) -> str:
        """HTTP status and the server's own words, on one line, without the key."""
        words = " ".join(_words(response).split())
        if self._key:
            words = words.replace(self._key, "…")
        words = words[:LONGEST_QUOTE]
        return f"HTTP {response.status_code}: {words}" if words else f"HTTP {response.status_code}"


def base_address(url: str) -> str:
    """The address without a slash at its end; `/v1` is added to one without a path. Raises InputError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"{url!r} is no address of a server; it looks like http://localhost:8000/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InputError(f"an address takes neither password nor parameters; put a key into {KEY_VARIABLES[0]}")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or '/v1'}"


def key_from_environment() -> str:
    """The API key, or nothing. Raises InputError, without it, if it can't be sent as a header."""
    name = next((name for name in KEY_VARIABLES if os.environ.get(name)), "")
    key = os.environ.get(name, "").strip()
    if not key.isascii() or not key.isprintable():
        raise InputError(f"{name} holds characters that no key has; was it copied whole?")
    return key


def pause(attempt: int, wait: float) -> float:
    """Seconds before the next try: what the server asks for, else doubling, and no two clients in step."""
    return min(max(wait, FIRST_PAUSE * 2**attempt) * random.uniform(1.0, 1.5), LONGEST_PAUSE)


def retry_after(response: httpx.Response) -> float:
    """Seconds that the header Retry-After asks for, as a number or as a date; 0 without a usable one."""
    value = response.headers.get("retry-after", "")
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # no date either, or one without a zone
        return 0.0


def _words(response: httpx.Response) -> str:
    """The message in an error's JSON; a page of HTML says nothing."""
    try:
        data = response.json()
    except (ValueError, RecursionError):
        return ""
    error = data.get("error", data) if isinstance(data, dict) else data
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or error
    return error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)


def _reason(error: BaseException) -> str:
    """The operating system's word for why there is no connection; the library wraps it several times over."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno and cause.strerror:
            return os.strerror(cause.errno) if cause.errno > 0 else cause.strerror  # below 0: of the name look-up
        cause = cause.__cause__ or cause.__context__
    return str(error) or "no connection"
