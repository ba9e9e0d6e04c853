"""The reader for a model behind an OpenAI-compatible endpoint: vLLM with one of the family, or any vision model.

- Pages are taken as there is room, sent several at a time, and their readings come out in order; a slow page holds up
  no more than `batch_size` finished ones behind it.
- A page that fails has status `failed` and the others go on; an endpoint that can't work at all raises, at once.
- Closing the iterator early, or Ctrl-C, cancels the requests under way; the server sees the connections close. So does
  `cancel` from another thread.
- A looped reading is asked for once more with a stricter guard, where the server has one.
"""

from __future__ import annotations

import asyncio
import base64
import io
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Any, Unpack

from sokdok.errors import EndpointError, InputError
from sokdok.model.preprocess import MODES, upright_rgb, vision_token_count
from sokdok.pages.page import Page
from sokdok.reading.checkpoint.loop_guard import RETRY, NoRepeatNgram
from sokdok.reading.prompts import FAMILIES, default_task
from sokdok.reading.reading import Abilities, Asked, Reading, read_inputs
from sokdok.reading.remote.chat import Answer, parse_answer, preset_of
from sokdok.reading.remote.endpoint import TRIES, Endpoint
from sokdok.reading.remote.key import MAX_NAME_CHARS, RequestFailed

if TYPE_CHECKING:
    from PIL import Image

    from sokdok.pages.files import Inputs

CHAT = "/chat/completions"
MODELS = "/models"
MAX_NAMES = 20  # of models in an error


Body = Callable[[NoRepeatNgram | None], dict[str, Any]]
"""a guard against loops -> the request for a page"""


class RemoteReader:
    """Reads pages by asking `model` at `base_url`; without a model, the only one that the endpoint serves.

    The model's name decides how it wants to be asked (`preset_of`). `concurrency`
    bounds the requests at any moment, whoever reads; `timeout` is for one try of `tries` at one page, in seconds. The
    key, if one is needed, is the environment's SOKDOK_API_KEY, or OPENAI_API_KEY for OpenAI itself. Raises InputError
    for an argument that can't be used or a choice of several models, EndpointError, MissingExtraError without httpx.
    Close it when done with it.
    """

    def __init__(
        self,
        base_url: str,
        model: str | None = None,
        *,
        concurrency: int = 8,
        timeout: float = 600.0,
        tries: int = TRIES,
    ) -> None:
        if concurrency < 1 or timeout <= 0:
            raise InputError(f"concurrency and timeout must be positive, not {concurrency} and {timeout:g}")
        self._concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        self._waiting: dict[int, deque[Future[Reading]]] = {}  # what threads wait for, by their identifiers
        self._endpoint = Endpoint(base_url, connections=concurrency, timeout=timeout, tries=tries)
        try:
            self.name = model or only_model(self._endpoint)
        except BaseException:
            self.close()
            raise
        self.preset = preset_of(self.name)

    @property
    def abilities(self) -> Abilities:
        """What the preset says of the model; one with another encoder than the family's has no modes."""
        family = self.preset.name if self.preset.name in FAMILIES else None
        task = default_task(family) if family else None
        return Abilities(family=family, layout_task=task, modes=tuple(MODES) if self.preset.mode else ())

    def read(
        self, pages: Inputs, prompt: str = "Free OCR.", *, batch_size: int = 8, **asked: Unpack[Asked]
    ) -> Iterator[Reading]:
        """One Reading per page, in order. Raises InputError for what `abilities` does not list, EndpointError.

        At most `concurrency + batch_size` pages are taken ahead of what was given back. The server alone decides in
        which mode it reads; `mode` says so for the count of vision tokens, where it is not the preset's.
        """
        self.abilities.check(self.name, **asked)
        mode = asked.get("mode") or self.preset.mode
        return read_inputs(pages, lambda opened: self._read_all(opened, prompt, batch_size, mode))

    def _read_all(
        self, pages: Iterable[Page], prompt: str, batch_size: int, mode: str
    ) -> Generator[Reading, None, None]:
        """One reading per page, in order, of several on their way at any moment."""
        waiting: deque[Future[Reading]] = deque()
        self._waiting[get_ident()] = waiting
        try:
            for index, page in enumerate(pages):
                waiting.append(self._start(index, page, prompt, mode))
                while waiting and (waiting[0].done() or len(waiting) >= self._concurrency + batch_size):
                    yield _first(waiting)
            while waiting:
                yield _first(waiting)
        except CancelledError:
            if get_ident() in self._waiting:
                raise
            # By `cancel`. This one is no Exception: whoever goes on after a failed page ends here.
            raise asyncio.CancelledError from None
        finally:
            self._waiting.pop(get_ident(), None)
            for future in waiting:
                future.cancel()

    def cancel(self, thread: int) -> None:
        """Cancel what a thread reads, by its identifier: `asyncio.CancelledError` is raised in it."""
        for future in tuple(self._waiting.pop(thread, ())):
            future.cancel()

    def close(self) -> None:
        """Cancel what is under way and let go of the connections."""
        self._endpoint.close()

    def __enter__(self) -> RemoteReader:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _start(self, index: int, page: Page, prompt: str, mode: str) -> Future[Reading]:
        """Encode the picture here, in the caller's thread, where nobody else touches it; the rest is the loop's."""
        reading = Reading(index, page.source, "ok", "", decoder="autoregressive", mode=mode)
        try:
            image = upright_rgb(page.image)
            if mode:  # this kind of model is known, and what an image costs
                count = vision_token_count(mode, image.size, self.preset.tile_cap)
                reading = replace(reading, vision_tokens=count.paper, sequence_tokens=count.real)
            body = partial(self.preset.body, self.name, prompt, data_url(image))
        except (OSError, ValueError, MemoryError) as error:  # a picture that can't be decoded after all
            failed: Future[Reading] = Future()
            failed.set_result(replace(reading, status="failed", error=str(error) or "the picture can't be decoded"))
            return failed
        return self._endpoint.start(self._read(reading, body))

    async def _read(self, reading: Reading, body: Body) -> Reading:
        async with self._slots:
            started = time.perf_counter()
            try:
                answer, retried = await self._ask_twice(body)
            except RequestFailed as error:
                seconds = time.perf_counter() - started
                return replace(reading, status="failed", seconds=seconds, error=str(error))
            return replace(
                reading,
                status=answer.status,
                text=answer.text,
                sequence_tokens=reading.sequence_tokens or answer.prompt_tokens,
                steps=answer.steps,
                seconds=time.perf_counter() - started,
                mean_logprob=answer.mean_logprob,
                retried=retried,
            )

    async def _ask_twice(self, body: Body) -> tuple[Answer, str]:
        """Ask once more after a loop, with a stricter guard: the answer that is no loop, and that guard if tried."""
        first = await self._endpoint.ask(CHAT, body(self.preset.guard), parse_answer)
        if first.status != "looped" or self.preset.guard is None:
            return first, ""
        try:
            second = await self._endpoint.ask(CHAT, body(RETRY), parse_answer)
        except RequestFailed:  # what was read before the loop is better than nothing
            return first, ""
        return (first if second.status == "looped" else second), str(RETRY)


def only_model(endpoint: Endpoint) -> str:
    """The one model that the endpoint serves. Raises EndpointError, InputError if there are several."""
    try:
        served = endpoint.start(endpoint.ask(MODELS, None, _model_names)).result()
    except RequestFailed as error:
        raise EndpointError(f"{error}; name the model if you know it") from None
    names = [name for name in served if not endpoint.is_secret(name)]
    if len(names) == 1:
        return names[0]
    if not names:
        raise EndpointError(f"{endpoint.url} names no model that it serves; name one yourself")
    more = f" and {len(names) - MAX_NAMES:,} more" if len(names) > MAX_NAMES else ""
    raise InputError(f"{endpoint.url} serves several models; choose one of {', '.join(names[:MAX_NAMES])}{more}")


def data_url(image: Image.Image) -> str:
    """A picture as PNG in a data URL. Quick rather than small: the next hop is a model, not a disk."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _first(waiting: deque[Future[Reading]]) -> Reading:
    """Wait for the oldest reading; until it is there its request stays among those to cancel."""
    reading = waiting[0].result()
    waiting.popleft()
    return reading


def _model_names(data: Any) -> list[str]:
    """Ids in the answer to GET /models, those that can be shown and sent: one printable line, as names are."""
    entries = data.get("data") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise RequestFailed("the endpoint answered with another format than a list of models")
    ids = [entry.get("id") for entry in entries if isinstance(entry, dict)]
    return [name for name in ids if isinstance(name, str) and name.isprintable() and 0 < len(name) <= MAX_NAME_CHARS]
