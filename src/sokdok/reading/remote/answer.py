"""What came back from an endpoint: checked as data from outside, then judged.

- Anything but a chat completion with a text is a RequestFailed of one line; nothing else is trusted to be there.
- An empty text is an answer: blank pages exist.
- A text longer than any answer is cut, and a number that can't be one of its kind is none.
- A loop is found as the local readers find it, on DeepSeek's tokens, whoever wrote the text; it is cut after its first
  round, at the end of a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sokdok.reading.checkpoint.loop_guard import LoopDetector
from sokdok.reading.reading import Status
from sokdok.reading.remote.failure import RequestFailed
from sokdok.tokens.deepseek import SPECIAL_TOKENS, encode, pieces

STATUSES: dict[str, Status] = {"length": "truncated", "repetition": "looped", "content_filter": "failed"}
"""by the server's finish_reason; `repetition` is vLLM's, if its operator turned that on; any other is ok"""

MAX_ANSWER_CHARS = 400_000
"""of an answer, some 100,000 tokens: more than models write, and 6 s for the search for a loop at worst"""
_MAX_COUNT = 1 << 40
_LEAST_LOGPROB = -1e6

_SPECIAL = re.compile(f"({'|'.join(map(re.escape, SPECIAL_TOKENS))})")


@dataclass(frozen=True)
class Answer:
    """One page's text, and what the server says about it."""

    text: str
    status: Status
    prompt_tokens: int  # image and instruction; 0 if the server does not count
    steps: int  # tokens written; 0 if the server does not count
    mean_logprob: float


def parse_answer(data: Any) -> Answer:
    """A chat completion's first choice, its loop cut off. Raises RequestFailed."""
    choices = data.get("choices") if isinstance(data, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise RequestFailed("the endpoint answered with another format than a chat completion (no choices)")
    message = choices[0].get("message")
    text = message.get("content") if isinstance(message, dict) else None
    if not isinstance(text, str):
        raise RequestFailed("the endpoint answered with a chat completion that holds no text")
    status = STATUSES.get(str(choices[0].get("finish_reason")), "ok")
    if status == "failed":
        raise RequestFailed("the endpoint's content filter withheld the text")
    if len(text) > MAX_ANSWER_CHARS:
        text, status = text[:MAX_ANSWER_CHARS], "truncated"
    text = text.encode("utf-8", "replace").decode()  # JSON can spell lone surrogates, which no file can hold
    valid = before_loop(text)
    return Answer(
        text if valid is None else valid,
        status if valid is None else "looped",
        usage_count(data, "prompt_tokens"),
        usage_count(data, "completion_tokens"),
        _mean_logprob(choices[0].get("logprobs")),
    )


def before_loop(text: str) -> str | None:
    """Cut a text that ran into a loop after the first round of what repeats; None for any other text."""
    detector, end = LoopDetector(), 0
    ends: list[int] = []
    for word in _words(text):
        end += len(word)
        for token in encode(word, special=True):
            ends.append(end)
            loop = detector.push(token)
            if loop is not None:
                return text[: ends[loop.keep - 1]]
    return None


def _words(text: str) -> Iterator[str]:
    """Special tokens, and the pieces between them that byte-pair encoding works on."""
    for place, part in enumerate(_SPECIAL.split(text)):
        if place % 2:  # re.split puts what matched at odd places
            yield part
        else:
            yield from pieces(part)


def usage_count(data: dict[str, Any], name: str) -> int:
    """A count in a completion's `usage`; 0 if the server does not count."""
    usage = data.get("usage")
    number = usage.get(name) if isinstance(usage, dict) else None
    return number if isinstance(number, int) and 0 < number < _MAX_COUNT else 0


def _mean_logprob(logprobs: Any) -> float:
    """Mean over the tokens of an OpenAI `logprobs` object; 0 without one."""
    tokens = logprobs.get("content") if isinstance(logprobs, dict) else None
    values = [token.get("logprob") for token in tokens if isinstance(token, dict)] if isinstance(tokens, list) else []
    numbers = [float(value) for value in values if isinstance(value, int | float) and _LEAST_LOGPROB < value <= 0]
    return sum(numbers) / len(numbers) if numbers else 0.0
