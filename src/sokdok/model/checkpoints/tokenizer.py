"""Text to token ids and back, for the published checkpoints: prompts in, output out. Needs the extra `torch`.

- A checkpoint's own tokenizer.json counts; where there is none, the packaged vocabulary (`tokens.deepseek`) equals it.
- Output is decoded byte by byte here: markup such as `<|ref|>` and `<td>` stays in, begin, end and padding go, and a
  character that the length limit cut in two at the end is left out rather than shown as U+FFFD.
- `prompt_ids` is the published "plain" template: no roles, BOS once, the text between images encoded piece by piece.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok.errors import InputError, ModelError, imported
from sokdok.tokens.deepseek import SPECIAL_TOKENS, byte_letters, tokenizer_json

if TYPE_CHECKING:
    import tokenizers

FILE = "tokenizer.json"
IMAGE = "<image>"
BOS = 0  # begin of sentence: the first token of every prompt
EOS = 1  # end of sentence: the model is done
PAD = 2  # padding
MOST_BYTES = 64 * 2**20  # of tokenizer.json; the published ones have 10 million
# Token ids that prompts, the decoder and the output grammar rely on.
EXPECTED = {"<｜begin▁of▁sentence｜>": BOS, "<｜end▁of▁sentence｜>": EOS, "<｜▁pad▁｜>": PAD, **SPECIAL_TOKENS}

_BYTES = {letter: byte for byte, letter in byte_letters().items()}


class Tokenizer:
    """The vocabulary of the DeepSeek-OCR family, over the package `tokenizers`."""

    def __init__(self, backend: tokenizers.Tokenizer) -> None:
        self._backend = backend
        self._bytes: dict[int, bytes] = dict.fromkeys((BOS, EOS, PAD), b"")

    @classmethod
    def from_folder(cls, folder: Path) -> Tokenizer:
        """Load a checkpoint folder's tokenizer; the packaged vocabulary if it has no tokenizer.json.

        Raises ModelError for a file that can't be read or has other ids for the special tokens, MissingExtraError
        without `tokenizers`.
        """
        path = folder / FILE
        backend = _read(path) if path.exists() else _backend_type().from_str(json.dumps(tokenizer_json()))
        for token, expected in EXPECTED.items():
            found = backend.token_to_id(token)
            if found != expected:
                has = "is missing" if found is None else f"has id {found}"
                raise ModelError(f"{path} is of another model: {token} {has}, DeepSeek-OCR expects {expected}")
        return cls(backend)

    def encode(self, text: str) -> list[int]:
        """Token ids, without BOS; special tokens written in the text count as such. InputError for no valid Unicode."""
        try:
            return self._backend.encode(text, add_special_tokens=False).ids
        except TypeError:  # all that `tokenizers` says about it
            raise InputError("the text holds a lone surrogate: it is not valid Unicode") from None

    def decode(self, ids: Iterable[int]) -> str:
        """Text of token ids, without BOS, EOS, padding, ids that stand for nothing, and a cut character at the end."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        return decoder.decode(b"".join(map(self._token_bytes, ids)))  # not final: holds an unfinished character back

    def token_spans(self, ids: Iterable[int]) -> list[tuple[int, int]]:
        """(start, end) of each token in `decode(ids)`: the characters it has a byte of; empty where it left nothing."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        spans, length = [], 0
        for token in ids:
            data, places = self._token_bytes(token), []
            for part in (data[:1], data[1:]):
                length += len(decoder.decode(part))
                unfinished = bool(decoder.getstate()[0])
                places.append(length - 1 + unfinished)  # the character that the part's last byte belongs to
            spans.append((places[0], places[1] + 1) if data else (length, length))
        return [(min(start, length), min(end, length)) for start, end in spans]

    def prompt_ids(self, prompt: str, image_tokens: Sequence[int]) -> list[int]:
        """Encode the decoder's input: BOS, then the prompt, each `<image>` in it as `image_tokens[i]` placeholders.

        White space around the prompt goes, as in the published code (`conversation.py`). A prompt without `<image>`
        gets one in front of it, on a line of its own, if there is one image. Raises InputError if the numbers differ.
        """
        if len(image_tokens) == 1 and IMAGE not in prompt:
            prompt = f"{IMAGE}\n{prompt.strip()}"
        first, *others = prompt.strip().split(IMAGE)
        if len(others) != len(image_tokens):
            raise InputError(
                f"{len(others)} {IMAGE} in the prompt, images given: {len(image_tokens)}; write {IMAGE} once for each"
            )
        ids = [BOS, *self.encode(first)]
        for count, text in zip(image_tokens, others, strict=True):
            ids += [SPECIAL_TOKENS[IMAGE]] * count + self.encode(text)
        return ids

    def _token_bytes(self, token: int) -> bytes:
        if token not in self._bytes:
            self._bytes[token] = _spell(self._backend.id_to_token(token) or "")
        return self._bytes[token]


def _spell(token: str) -> bytes:
    """Bytes of a vocabulary entry: a letter per byte, but for added tokens with letters of their own (`<｜User｜>`)."""
    if all(letter in _BYTES for letter in token):
        return bytes(_BYTES[letter] for letter in token)
    return token.encode()


def _backend_type() -> Any:
    return imported("tokenizers", "torch", "a published checkpoint's tokenizer").Tokenizer


def _read(path: Path) -> tokenizers.Tokenizer:
    backend = _backend_type()
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise ModelError(f"{path} can't be read: it is no file of at most {MOST_BYTES:,} bytes")
    try:
        return backend.from_str(path.read_text(encoding="utf-8"))
    except Exception as error:  # the package raises nothing narrower
        reason = str(error).partition("\n")[0]
        raise ModelError(
            f"{path} can't be read ({reason}): fetch it again, or remove it to use sokdok's own"
        ) from error
