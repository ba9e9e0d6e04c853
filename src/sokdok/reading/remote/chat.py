"""What each kind of model behind an endpoint wants to be asked, and how; and what came back, checked and judged.

- The family of DeepSeek-OCR is asked with the prompts it was trained on; any other vision model in plain words.
- vLLM runs the published n-gram guard only if asked per request (`vllm_xargs`) and if it was started with
  `--logits_processors vllm.model_executor.models.deepseek_ocr:NGramPerReqLogitsProcessor`; it reads in one mode, with
  tiles, whatever the client would like.
- Everything goes to `/chat/completions`. `/completions` takes no images in vLLM: `<image>` in its prompt is a lone
  placeholder, and the model answers out of nothing. And chat loses nothing: the template of these models is bare
  concatenation, so that an image and "Free OCR." become BOS, placeholders, "\\nFree OCR.", token for token what the
  model was trained on (seen in vLLM 0.32.0).
- An answer is data from outside. Anything but a chat completion with a text is a RequestFailed of one line; nothing
  else is trusted to be there. A text longer than any answer is cut, a number that can't be one of its kind is none, and
  an empty text is an answer: blank pages exist.
- A loop is found as the local readers find it, on DeepSeek's tokens, whoever wrote the text; it is cut after its first
  round, at the end of a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sokdok.reading.checkpoint.loop_guard import GUARDS, LoopDetector, NoRepeatNgram
from sokdok.reading.prompts import SAID, TASKS
from sokdok.reading.reading import Status
from sokdok.reading.remote.key import RequestFailed
from sokdok.tokens.deepseek import SPECIAL_TOKENS, encode, pieces


@dataclass(frozen=True)
class Preset:
    """What a request to one kind of model holds."""

    name: str
    mode: str = ""  # the mode its server reads in; empty if it has another encoder
    tile_cap: int | None = None  # most tiles of an image on the server; None: the mode's own
    guard: NoRepeatNgram | None = None  # None if the server is not known to have one
    logprobs: bool = False  # whether its servers give the probabilities of tokens
    max_tokens: int | None = None  # most tokens of an answer; None: as many as the server's context holds
    prompts: Mapping[str, str] = field(default_factory=dict)  # the family's, `bare`, to this model's; others are sent

    def body(self, model: str, prompt: str, image_url: str, guard: NoRepeatNgram | None) -> dict[str, Any]:
        """The request: one message of the picture and the prompt, in the order of training."""
        content = [
            {"type": "image_url", "image_url": {"url": image_url}},
            {"type": "text", "text": self.prompts.get(bare(prompt), bare(prompt))},
        ]
        body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": content}], "temperature": 0}
        if self.max_tokens is not None:
            body["max_tokens"] = self.max_tokens
        if self.logprobs:
            body["logprobs"] = True
        if guard is not None:  # a server of the family, whose markup is made of special tokens
            # As vLLM's NGramPerReqLogitsProcessor takes it. A list: of a string it would take the letters.
            allowed = {"whitelist_token_ids": sorted(guard.whitelist)} if guard.whitelist else {}
            arguments = {"ngram_size": guard.n, "window_size": guard.window, **allowed}
            body |= {"skip_special_tokens": False, "vllm_xargs": arguments}
        return body


def bare(prompt: str) -> str:
    """Without the `<image>` line in front, which the server puts there itself."""
    return prompt.removeprefix("<image>\n")


def _preset(name: str, said: Mapping[str, Any]) -> Preset:
    """A preset by what `prompts.toml` says of it."""
    prompts = {bare(TASKS[task].prompt): words for task, words in said.get("prompts", {}).items()}
    return Preset(name, **{**said, "guard": GUARDS.get(said.get("guard", "")), "prompts": prompts})


PRESETS = {name: _preset(name, said) for name, said in SAID["presets"].items()}

_NAMES = (
    (re.compile(r"unlimited[-_ ]?ocr"), "unlimited-ocr"),
    (re.compile(r"deepseek[-_ ]?ocr[-_ ]?2(?![a-z0-9])"), "deepseek-ocr-2"),  # not DeepSeek-OCR-2bit
    (re.compile(r"deepseek[-_ ]?ocr"), "deepseek-ocr"),
    (re.compile(r"^nano$"), "nano"),
)


def preset_of(model: str) -> Preset:
    """The preset that a model's name suggests: `deepseek-ai/DeepSeek-OCR-2`, `unlimited_ocr`; else generic."""
    guesses = (preset for pattern, preset in _NAMES if pattern.search(model.lower()))
    return PRESETS[next(guesses, "generic")]


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
    # Special tokens, and the pieces between them that byte-pair encoding works on: what matched stands at odd places.
    parts = enumerate(_SPECIAL.split(text))
    words = (word for place, part in parts for word in ([part] if place % 2 else pieces(part)))
    for word in words:
        end += len(word)
        for token in encode(word, special=True):
            ends.append(end)
            loop = detector.push(token)
            if loop is not None:
                return text[: ends[loop.keep - 1]]
    return None


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
