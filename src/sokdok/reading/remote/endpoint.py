"""HTTP to an OpenAI-compatible server: many requests at a time, each tried again where that can help, or one streamed.

- Requests run on an event loop in one thread of their own. The caller's thread stays free, a running loop in it (a
  notebook) is no obstacle, and a request is cancelled at once, which threads waiting in `recv` could not be.
- What another page would meet too (no server, a key refused, no such model) is an EndpointError; what concerns one
  request only is a RequestFailed.
- A streamed answer is tried again until it begins; what came of it is given out before the error that ended it.
- The key comes from the environment, travels in one header, to one host: redirects are not followed. No message holds
  it, be it that the server sends it back.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from queue import SimpleQueue
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sokdok.errors import EndpointError, InputError, MissingExtraError
from sokdok.reading.remote.event_stream import DONE, EventParser, is_event_stream

try:
    import httpx
except ImportError:
    raise MissingExtraError("remote", "reading over HTTP") from None

Result = TypeVar("Result")

KEY_VARIABLES = ("SOKDOK_API_KEY", "OPENAI_API_KEY")
TRIES = 4
"""of one request at most"""
RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})
"""HTTP statuses that may pass"""
FIRST_PAUSE_S = 0.5
"""before the second try; doubles from try to try"""
MAX_PAUSE_S = 60.0
"""a server that asks for more (Retry-After) gets this"""
CONNECT_TIMEOUT_S = 10.0
"""for a connection; how long an answer may take is the caller's choice"""
MAX_QUOTE_CHARS = 300
"""of a server's complaint in our error"""


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
            timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT_S),
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
        return self._data(await self._answer(path, body))

    def stream(self, path: str, body: Mapping[str, Any]) -> Generator[Any, None, None]:
        """The JSON of each event that comes back for a POST of `body`; a server may also answer with one JSON at once.

        For the caller's thread. Closing the iterator cancels the request. Raises as `ask`, also in mid-answer;
        RequestFailed too if the answer ends without the event that says so.
        """
        arrived: SimpleQueue[Any] = SimpleQueue()
        end = object()
        request = self.start(self._stream(path, body, arrived.put))
        request.add_done_callback(lambda done: arrived.put(end))
        try:
            while (event := arrived.get()) is not end:
                yield event
            request.result()
        finally:
            request.cancel()

    async def _stream(self, path: str, body: Mapping[str, Any], put: Callable[[Any], None]) -> None:
        response = await self._answer(path, body, stream=True)
        try:
            if not is_event_stream(response):
                put(self._unless_error(self._data(response)))
                return
            chunks, parser = response.aiter_bytes(), EventParser()
            while chunk := await self._next(chunks):
                for data in parser.feed(chunk):
                    if data == DONE:
                        return
                    put(self._event(data))
        finally:
            await response.aclose()
        raise RequestFailed(f"{self.url} ended its answer before it was done")

    async def _next(self, chunks: AsyncIterator[bytes]) -> bytes:
        """The next bytes of an answer; none at its end."""
        try:
            async with asyncio.timeout(self._timeout):
                return await anext(chunks, b"")
        except TimeoutError:
            raise RequestFailed(f"{self.url} fell silent in mid-answer for {self._timeout:g} s") from None
        except httpx.RequestError:
            raise RequestFailed(f"{self.url} cut the connection in mid-answer") from None

    def _event(self, data: str) -> Any:
        try:
            return self._unless_error(json.loads(data))
        except (ValueError, RecursionError):
            raise RequestFailed(f"{self.url} sent an event that is no JSON") from None

    def _unless_error(self, data: Any) -> Any:
        """What came back, unless it is an error under a status that promised success."""
        if isinstance(data, dict) and data.get("error"):
            raise RequestFailed(f"{self.url} broke off: {self._quote(data)}")
        return data

    async def _answer(self, path: str, body: Mapping[str, Any] | None, stream: bool = False) -> httpx.Response:
        """The response to a request, at whichever try; its body is still to come only if it is a stream of events."""
        for attempt in range(TRIES - 1):
            try:
                return await self._send(path, body, stream)
            except _TryAgain as again:
                await asyncio.sleep(pause(attempt, again.wait))
        try:
            return await self._send(path, body, stream)
        except _TryAgain as again:
            raise again.error(f"{self.url} {again} ({TRIES} tries)") from None

    async def _send(self, path: str, body: Mapping[str, Any] | None, stream: bool) -> httpx.Response:
        request = self._client.build_request("GET" if body is None else "POST", self.url + path, json=body)
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.send(request, stream=stream)
                if stream and not is_event_stream(response):
                    await response.aread()
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
        if response.status_code in RETRIED_STATUSES:
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
        try:
            words = self._quote(response.json())
        except (ValueError, RecursionError):  # a page of HTML says nothing
            words = ""
        return f"HTTP {response.status_code}: {words}" if words else f"HTTP {response.status_code}"

    def _quote(self, data: Any) -> str:
        """The message in an error's JSON, on one line, without the key."""
        words = " ".join(_words(data).split())
        if self._key:
            words = words.replace(self._key, "…")
        return words[:MAX_QUOTE_CHARS]


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
    return min(max(wait, FIRST_PAUSE_S * 2**attempt) * random.uniform(1.0, 1.5), MAX_PAUSE_S)


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


def _words(data: Any) -> str:
    """The message in an error's JSON."""
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
