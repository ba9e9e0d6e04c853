"""Ask a model behind an OpenAI-compatible endpoint about files, and stream its answer.

- The last message sent has the files in order, as pictures or as text (`attach`), then the question.
- Nothing about sampling is sent: reasoning models refuse a temperature, and for the others the server knows best.
- An answer that runs into a loop is cut off; how a loop is found, `reading.checkpoint.loop_guard` says. Since what was
  given out can't be taken back, `Reply.text` is shorter than what was.
- An answer is cut, as truncated, where it is longer than was asked for or than answers are, whatever the server says.
- Only an answer that says that it is done is whole; a stream that merely ends is an error.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sokdok.compress.pages import PREAMBLE
from sokdok.errors import EndpointError
from sokdok.reading.checkpoint.loop_guard import MIN_REPEATED
from sokdok.reading.reading import Status
from sokdok.reading.remote.chat import MAX_ANSWER_CHARS, STATUSES, before_loop, parse_answer, usage_count
from sokdok.reading.remote.endpoint import Endpoint
from sokdok.reading.remote.key import RequestFailed, is_openai
from sokdok.reading.remote.reader import CHAT

if TYPE_CHECKING:
    from sokdok.compress.attach import Attachment
    from sokdok.tokens.models import VisionModel

LOOP_SPAN_CHARS = 20_000  # in which a loop is looked for: 5,000 tokens, three times the longest that passes for none
LOOP_CHECK_CHARS = 2_000  # characters between two checks, each of which costs less than a tenth of a second
MAX_TOKEN_CHARS = 16  # characters that a token stands for at most, over an answer; words have about five
MIN_LIMIT_CHARS = 256  # let through however few tokens were asked for; runs of spaces make long tokens


@dataclass(frozen=True)
class Prompt:
    """Files and a question, and what they cost `model`."""

    attachments: Sequence[Attachment]
    question: str
    model: VisionModel

    @cached_property
    def content(self) -> list[dict[str, Any]]:
        """Compose the message: files in order, each by its name where there are several, then the question."""
        parts = [_text(PREAMBLE)] if self._drawn else []
        for attachment in self.attachments:
            if len(self.attachments) > 1:
                parts.append(_text(f"{attachment.source}:"))
            if attachment.pictures:
                # Left to itself OpenAI's newer models take the original size, at up to four times the price counted.
                urls = ({"url": picture.url, "detail": "high"} for picture in attachment.pictures)
                parts += [{"type": "image_url", "image_url": url} for url in urls]
            else:
                parts.append(_text(attachment.text))
        return [*parts, _text(self.question)]

    @cached_property
    def picture_tokens(self) -> int:
        """Tokens of the pictures by the provider's formula, and of the preamble that explains drawn pages."""
        images = sum(attachment.image_tokens for attachment in self.attachments)
        return images + (self.model.count_text(PREAMBLE) if self._drawn else 0)

    @cached_property
    def other_tokens(self) -> int:
        """Tokens of the rest: the question, names, files sent as text, the message around it all."""
        texts = [part["text"] for part in self.content if part["type"] == "text" and part["text"] != PREAMBLE]
        return sum(map(self.model.count_text, texts)) + self.model.message_tokens

    @property
    def text_tokens(self) -> int | None:
        """Tokens that the pictures' texts would cost as text; None if one of them is not known."""
        counts = [attachment.text_tokens for attachment in self.attachments if attachment.pictures]
        return None if None in counts else sum(count or 0 for count in counts)

    @property
    def _drawn(self) -> bool:
        """Whether there are texts that sokdok drew."""
        return any(attachment.glyph is not None for attachment in self.attachments)


class Reply:
    """The answer to one question: iterate, once, for its text as it arrives; the rest is known at the end.

    Iterating raises EndpointError where there is no answer or it breaks off; `text` then holds what came of it.
    Closing the iterator cancels the request.
    """

    def __init__(
        self, endpoint: Endpoint, name: str, messages: Sequence[dict[str, Any]], max_tokens: int | None = None
    ) -> None:
        self.text = ""  # Without what repeats, if it looped.
        self.status: Status = "ok"
        self.prompt_tokens = 0  # By the server's count; 0 if it does not count.
        self.answer_tokens = 0  # By the server's count, too.
        self.first_after: float | None = None  # Seconds to the first text.
        self.seconds = 0.0
        self._fresh: list[str] = []  # Given out and not yet in `text`: adding each to it would copy it all.
        most = MAX_ANSWER_CHARS if max_tokens is None else max(MIN_LIMIT_CHARS, MAX_TOKEN_CHARS * max_tokens)
        self._room = min(MAX_ANSWER_CHARS, most)  # Characters that it may still grow by.
        self._endpoint = endpoint
        self._body: dict[str, Any] = {
            "model": name,
            "messages": list(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if max_tokens is not None:
            # OpenAI's newer models refuse the name that everybody else's servers know.
            self._body["max_completion_tokens" if is_openai(endpoint.url) else "max_tokens"] = max_tokens
        self._done = False

    def __iter__(self) -> Iterator[str]:
        started = time.perf_counter()
        try:
            with closing(self._pieces()) as pieces:
                yield from self._until_cut(pieces)
            self._cut_loop()
        except RequestFailed as error:
            raise EndpointError(str(error)) from None
        finally:
            self._settle()
            self.seconds = time.perf_counter() - started

    def _until_cut(self, pieces: Iterator[str]) -> Iterator[str]:
        """Give pieces out until there are no more, too many, or a loop."""
        started = time.perf_counter()
        unchecked = 0
        for piece in pieces:
            self.first_after = self.first_after or time.perf_counter() - started
            given = piece[: self._room]
            self._fresh.append(given)
            self._room -= len(given)
            if given:
                yield given
            if len(given) < len(piece):
                self.status = "truncated"
                return
            unchecked += len(given)
            if unchecked >= LOOP_CHECK_CHARS:
                unchecked = 0
                if self._cut_loop():
                    return

    def _settle(self) -> None:
        self.text += "".join(self._fresh)
        self._fresh.clear()

    def _pieces(self) -> Generator[str, None, None]:
        """Yield the text of each event and note the counts."""
        try:
            with closing(self._endpoint.stream(CHAT, self._body)) as events:
                for event in events:
                    if piece := self._event_text(event):
                        yield piece
        except RequestFailed:
            if not self._done:  # else all that is lost is the count
                raise
        if not self._done and self.first_after is None:
            raise RequestFailed(f"{self._endpoint.url} answered without a message")

    def _event_text(self, event: Any) -> str:
        """Extract the text of an event, which may be the whole answer of a server that does not stream."""
        choices = event.get("choices") if isinstance(event, dict) else None
        if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices[:1]):
            raise RequestFailed(f"{self._endpoint.url} sent an event that is no part of a chat completion")
        self.prompt_tokens = usage_count(event, "prompt_tokens") or self.prompt_tokens
        self.answer_tokens = usage_count(event, "completion_tokens") or self.answer_tokens
        if not choices:  # the event with the counts
            return ""
        if "message" in choices[0]:
            answer = parse_answer(event)
            self.status, self._done = answer.status, True
            return answer.text
        if finish := choices[0].get("finish_reason"):
            self.status = STATUSES.get(str(finish), "ok")
            if self.status == "failed":
                raise RequestFailed("the endpoint's content filter broke off the answer")
            self._done = True
        delta = choices[0].get("delta")
        text = delta.get("content") if isinstance(delta, dict) else None
        return text.encode("utf-8", "replace").decode() if isinstance(text, str) else ""

    def _cut_loop(self) -> bool:
        """Cut off a loop at the end of the text after its first round; whether there was one."""
        self._settle()
        start = max(0, len(self.text) - LOOP_SPAN_CHARS)
        valid = before_loop(self.text[start:]) if len(self.text) >= MIN_REPEATED else None
        if valid is None:
            return False
        self.text, self.status = self.text[:start] + valid, "looped"
        return True


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
