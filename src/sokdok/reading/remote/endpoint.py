"""HTTP to an OpenAI-compatible server: many requests at a time, each tried again where that can help, or one streamed.

- Requests run on an event loop in one thread of their own. The caller's thread stays free, a running loop in it (a
  notebook) is no obstacle, and a request is cancelled at once, which threads waiting in `recv` could not be.
- What takes the processor (JSON, the search for loops) runs beside the loop, one answer at a time, so that no answer
  makes other pages wait for their bytes and no two of them fill the memory at once.
- What another page would meet too (no server, a key refused, no such model) is an EndpointError; what concerns one
  request only is a RequestFailed.
- A streamed answer is tried again until it begins; what came of it is given out before the error that ended it.
- The key travels in one header, to one host: redirects are not followed, cookies not kept. No message holds it (`key`).
- Memory and time stay bounded whatever a server sends. Bytes are counted as they come in; no compression is asked for,
  and an answer that is compressed all the same is refused: a few bytes of it can stand for gigabytes. The time of a
  stream is what was waited for the server; a reader that pauses costs it nothing.

The package `openai` has retries and streams too, but reads an answer of any size, follows redirects, and takes
addresses, organisations and a key from the environment, whichever host they go to.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from queue import SimpleQueue
from typing import Any, TypeVar

from sokdok.errors import EndpointError, MissingExtraError, SokdokWarning
from sokdok.reading.remote.key import (
    RequestFailed,
    base_address,
    complaint,
    holds_key,
    is_open,
    key_advice,
    key_from_environment,
    no_connection,
    quote,
    words_of,
)

try:
    import httpx
except ImportError:
    raise MissingExtraError("remote", "reading over HTTP") from None

MAX_JSON_BYTES = 16 << 20
"""of one JSON: a whole answer, or one event. 32,000 tokens with their probabilities take some 4 MB; as objects of
Python it may take 24 times this."""
MAX_STREAM_BYTES = 64 << 20  # of all events of an answer; 128,000 tokens, an event each, take some 45 MB
MAX_STREAM_S = 3600.0  # from the first to the last event
MAX_ERROR_BYTES = 64 << 10  # of what comes with an error's status
MB = 1 << 20
DONE = "[DONE]"  # the data of the event that ends an answer
MAX_EVENTS = 500_000  # of an answer; a token is one at most
Result = TypeVar("Result")
TRIES = 4  # of one request at most, where nobody says otherwise
RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})  # HTTP statuses that may pass
FIRST_PAUSE_S = 0.5  # before the second try; doubles from try to try
MAX_PAUSE_S = 60.0  # a server that asks for more (Retry-After) gets this
CONNECT_TIMEOUT_S = 10.0  # for a connection; how long an answer may take is the caller's choice
EVENTS_AHEAD = 64  # of a stream that are taken from the server before the caller has asked for them


class _TryAgain(Exception):
    """A try that failed in a way that may pass; `error` is what it becomes after the last one."""

    def __init__(self, why: str, wait: float = 0.0, error: type[Exception] = RequestFailed) -> None:
        super().__init__(why)
        self.wait = wait
        self.error = error


class Endpoint:
    """One server, by its base address (`http://localhost:8000/v1`); `timeout` is for one try, in seconds.

    The key, if one is needed, is the environment's (`key`). Raises InputError for an address or a key that can't be
    one; warns if what is sent can be read on the way. Close it to end its threads.
    """

    def __init__(self, base_url: str, *, connections: int, timeout: float, tries: int = TRIES) -> None:
        self.url = base_address(base_url)
        self._key = key_from_environment(self.url)
        if is_open(self.url):
            sent = "pages and the key are" if self._key else "pages are"
            warnings.warn(f"{self.url}: {sent} sent unencrypted; use https", SokdokWarning, stacklevel=3)
        self._timeout, self._tries = timeout, tries
        self._answered = False
        self._client = httpx.AsyncClient(
            headers={"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {self._key}"} if self._key else {}),
            timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT_S),
            limits=httpx.Limits(max_connections=connections),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )
        self._worker = ThreadPoolExecutor(1, "sokdok-answers")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sokdok-endpoint", daemon=True)
        self._thread.start()

    def is_secret(self, name: str) -> bool:
        """Whether a name that the server gives is the key, sent back."""
        return holds_key(name, self._key)

    def start(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Run a coroutine on the endpoint's loop. Cancelling what comes back cancels its request."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Cancel what is under way and end the threads; a second call does nothing."""
        if self._loop.is_closed():
            return
        self.start(self._shut_down()).result()
        self._worker.shutdown(wait=False, cancel_futures=True)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _shut_down(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.aclose()

    async def ask(self, path: str, body: Mapping[str, Any] | None, judge: Callable[[Any], Result]) -> Result:
        """What `judge` makes of the JSON that comes back for a POST of `body` to `path`, or for a GET without one.

        Raises RequestFailed, as `judge` may, or EndpointError where asking on is useless.
        """
        response = await self._with_retries(lambda: self._send(path, body, receive))

        def judged() -> Result:  # in one go: at no moment are there two answers' values
            return judge(self._data(response))

        return await self._loop.run_in_executor(self._worker, judged)

    def stream(self, path: str, body: Mapping[str, Any]) -> Generator[Any, None, None]:
        """The JSON of each event that comes back for a POST of `body`; a server may also answer with one JSON at once.

        For the caller's thread. Closing the iterator cancels the request. Raises as `ask`, also in mid-answer;
        RequestFailed too if the answer ends without the event that says so.
        """
        arrived: SimpleQueue[Any] = SimpleQueue()
        room = asyncio.Semaphore(EVENTS_AHEAD)
        end = object()

        async def put(event: str | Received) -> None:
            await room.acquire()
            arrived.put(event)

        request = self.start(self._stream(path, body, put))
        request.add_done_callback(lambda done: arrived.put(end))
        try:
            while (event := arrived.get()) is not end:
                if not request.done():
                    self._loop.call_soon_threadsafe(room.release)
                try:
                    data = self._data(event) if isinstance(event, Received) else json.loads(event)
                except (ValueError, RecursionError):
                    raise RequestFailed(f"{self.url} sent an event that is no JSON") from None
                if isinstance(data, dict) and data.get("error"):  # under a status that promised success
                    raise RequestFailed(f"{self.url} broke off: {quote(words_of(data), self._key)}")
                yield data
            request.result()
        finally:
            request.cancel()

    async def _stream(
        self, path: str, body: Mapping[str, Any], put: Callable[[str | Received], Coroutine[Any, Any, None]]
    ) -> None:
        response = await self._with_retries(lambda: self._send(path, body, self._unless_events))
        if isinstance(response, Received):
            await put(response)
            return
        try:
            parser = EventParser(MAX_JSON_BYTES)
            async for chunk in chunks_of(response, self.url, self._timeout):
                for data in parser.feed(chunk):
                    if data == DONE:
                        return
                    await put(data)
        finally:
            await response.aclose()
        raise RequestFailed(f"{self.url} ended its answer before it was done")

    async def _unless_events(self, response: httpx.Response, server: str) -> httpx.Response | Received:
        """A response as it is if it is a stream of events; any other in whole: servers may stream nothing."""
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        streams = response.is_success and kind == "text/event-stream"
        return response if streams else await receive(response, server)

    async def _with_retries(self, send: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """What `send` gives, at whichever try."""
        for attempt in range(self._tries - 1):
            try:
                return await send()
            except _TryAgain as again:
                await asyncio.sleep(pause(attempt, again.wait))
        try:
            return await send()
        except _TryAgain as again:
            raise again.error(f"{self.url} {again} ({self._tries} tries)") from None

    async def _send(
        self,
        path: str,
        body: Mapping[str, Any] | None,
        take: Callable[[httpx.Response, str], Coroutine[Any, Any, Result]],
    ) -> Result:
        """One try: send a request, and take of its response what is wanted, within the time for it."""
        request = self._client.build_request("GET" if body is None else "POST", self.url + path, json=body)
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.send(request, stream=True)
                taken = await take(response, self.url)
        except TimeoutError:
            raise _TryAgain(f"did not answer within {self._timeout:g} s") from None
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if self._answered:  # it was there a moment ago, and may be starting again
                raise _TryAgain("can't be reached any more", error=EndpointError) from None
            raise EndpointError(
                f"{self.url} can't be reached ({no_connection(error)}); is the server running, and the address right?"
            ) from None
        except httpx.RequestError:
            raise _TryAgain("cut the connection") from None
        self._answered = True
        if isinstance(taken, Received) and taken.status in RETRIED_STATUSES:
            raise _TryAgain(f"answered {complaint(taken.status, taken.body, self._key)}", retry_after(response))
        return taken

    def _data(self, response: Received) -> Any:
        """The answer's JSON; an error status as what it means."""
        if not 200 <= response.status < 300:
            raise self._refusal(response.status, complaint(response.status, response.body, self._key))
        try:
            return json.loads(response.body)
        except (ValueError, RecursionError):
            kind = quote(response.kind.partition(";")[0], self._key) or "no content type"
            raise RequestFailed(f"{self.url} answered with another format than JSON ({kind})") from None

    def _refusal(self, status: int, complained: str) -> Exception:
        if status in (401, 403):
            return EndpointError(f"{self.url} lets nobody in ({complained}); {key_advice(self.url, self._key)}")
        if status == 404:
            return EndpointError(f"{self.url} has no such model, or is not its address: {complained}")
        if 300 <= status < 400:
            return EndpointError(f"{self.url} sends requests elsewhere (HTTP {status}); give the final address")
        return RequestFailed(f"{self.url} answered {complained}")


def pause(attempt: int, wait: float) -> float:
    """Seconds before the next try: what the server asks for, else doubling, and no two clients in step."""
    return min(max(wait, FIRST_PAUSE_S * 2**attempt) * random.uniform(1.0, 1.5), MAX_PAUSE_S)


def retry_after(response: httpx.Response) -> float:
    """Seconds that the header Retry-After asks for, as a number or as a date; 0 without a usable one."""
    value = response.headers.get("retry-after", "")
    with suppress(ValueError):
        return max(0.0, float(value))
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # no date either, or one without a zone
        return 0.0


@dataclass(frozen=True)
class Received:
    """A response that has come in whole, its beginning if it is an error."""

    status: int
    kind: str  # content type
    body: bytes


async def receive(response: httpx.Response, server: str) -> Received:
    """Read a response to its end and close it. Raises RequestFailed if it is more than an answer can be."""
    limit = MAX_JSON_BYTES if response.is_success else MAX_ERROR_BYTES
    body = bytearray()
    try:
        if encoding := _encoding(response):
            if response.is_success:
                raise RequestFailed(f"{server} sent its answer compressed ({encoding}), which nobody asked for")
            limit = 0
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > limit:
                break
    finally:
        await response.aclose()
    if len(body) > limit and response.is_success:
        raise RequestFailed(f"{server} sent more than {limit // MB} MB for one answer")
    return Received(response.status_code, response.headers.get("content-type", ""), bytes(body[:limit]))


async def chunks_of(response: httpx.Response, server: str, silence: float) -> AsyncIterator[bytes]:
    """The bytes of a stream of events as they arrive; `silence` is the longest pause between two, in seconds.

    Raises RequestFailed if it breaks off, falls silent, or is more or longer than an answer can be.
    """
    if encoding := _encoding(response):
        raise RequestFailed(f"{server} sent its answer compressed ({encoding}), which nobody asked for")
    chunks, size, waited = response.aiter_raw(), 0, 0.0
    while True:
        began = time.monotonic()
        patience = min(silence, MAX_STREAM_S - waited)
        try:
            async with asyncio.timeout(patience):
                chunk = await anext(chunks, None)
        except TimeoutError:
            if patience < silence:
                raise RequestFailed(f"{server} was not done with its answer after {MAX_STREAM_S:g} s") from None
            raise RequestFailed(f"{server} fell silent in mid-answer for {silence:g} s") from None
        except httpx.RequestError:
            raise RequestFailed(f"{server} cut the connection in mid-answer") from None
        if chunk is None:
            return
        waited += time.monotonic() - began
        size += len(chunk)
        if size > MAX_STREAM_BYTES:
            raise RequestFailed(f"{server} sent more than {MAX_STREAM_BYTES // MB} MB for one answer")
        yield chunk


def _encoding(response: httpx.Response) -> str:
    """How an answer is compressed; nothing if it is not."""
    encoding = str(response.headers.get("content-encoding", "")).strip().lower()
    return "" if encoding == "identity" else ascii(encoding[:20]).strip("'")


class EventParser:
    """Takes bytes as they arrive, cut anywhere. An event that its blank line did not end is none.

    Raises RequestFailed for an event of more than `limit` bytes, and for more events than an answer can have.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._line = bytearray()  # the beginning of a line
        self._data: list[bytes] = []
        self._size = 0  # bytes of `_data`

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The data of each event that these bytes complete; comments and other fields are skipped."""
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._line += line
            yield from self._events_of_line(bytes(self._line).removesuffix(b"\r"))
            self._line.clear()
        self._line += rest
        self._check(len(self._line))

    def _events_of_line(self, line: bytes) -> Iterator[str]:
        if line.startswith(b"data:"):
            self._check(len(line))
            self._data.append(line.removeprefix(b"data:").removeprefix(b" "))
            self._size += len(line)
        elif not line and self._data:
            self._count += 1
            if self._count > MAX_EVENTS:
                raise RequestFailed(f"the endpoint sent more than {MAX_EVENTS:,} events for one answer")
            yield b"\n".join(self._data).decode("utf-8", "replace")
            self._data, self._size = [], 0

    def _check(self, more: int) -> None:
        if self._size + more > self._limit:
            raise RequestFailed(f"the endpoint sent an event of more than {self._limit >> 20} MB")
