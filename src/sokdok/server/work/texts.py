"""What a child does with texts: drawn as pages, counted, priced, and held against what was read of them; schemas; and
old, long tool results of a gateway's `messages` in fewer tokens.

- Of messages only text of tool results is touched, in OpenAI's shape or Anthropic's. All else comes back byte for byte,
  unknown fields too, as it is never decoded. Equal messages give equal bytes.
- The newest messages stay, and errors and code, which are quoted. The edge between old and new moves in steps, so that
  a provider's cache holds from one to the next.
- A long result becomes pages, and names in it as text, where its model takes pictures as results and they pay although
  its text may be cached; else its head, tail, names and lines about errors. Its hash is the way to the whole.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import chain
from operator import is_
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from sokdok.compress.one_text import compare, put_on_pages
from sokdok.compress.pages import PREAMBLE, legible_glyphs, measure_models, plan_pages
from sokdok.documents.extract.claims import load_schema
from sokdok.errors import InputError
from sokdok.model.nano.alphabet import nano_code_points
from sokdok.pages import draw_pages, get_cell, save_page
from sokdok.reading.remote.reader import data_url
from sokdok.reasons import say
from sokdok.server.errors import Unreadable
from sokdok.tokens import count_text
from sokdok.tokens.models import VisionModel, find_model, models
from sokdok.tokens.prices import image_pays, load_prices

KEPT = 4  # newest messages, at least, that stay as they are
STEP = 4  # messages by which the edge moves
LONG = 3_000  # characters from which on a result is long
SENT = 12  # times that an old result is sent again, about: by then its pages have to have paid
_PICTURES_SHARE = 0.8  # of the pictures that a request may have: what is to come needs room, too
_END = 600  # characters of its head, and of its tail, in whole lines if it has them
_MOST = 20  # lines of trouble that are kept, and ids, paths and addresses
_LINE = 200  # characters of a line that is kept
_TROUBLE = re.compile(
    r"(?i)\b(?:error|fail(?:ed|ure)?|fatal|exception|traceback|panic|warn(?:ing)?)\b|오류|실패|경고|예외"
)
_NAME = re.compile(r"https?://\S+|(?:[\w.-]{0,99}/){2,}[\w.-]{1,99}|\b(?=\w*\d)(?=\w*[A-Za-z])[\w-]{7,64}\b")
_CODE = re.compile(
    r"[\s\d|:+→-]*+(?:(?:def|class|import|from|return|for|while|if|elif|else|try|func|fn|let|const|var|use|public|"
    r"private|static|struct|package|#include|@@)\b.*|.*[;{}]|.*\):)\s*"
)
_CODE_SHARE = 0.2  # of lines that look like code, from which on a result is code


def draw_text(
    text: str, mode: str, cell: str | None, for_nano: bool, model: str | None, most_pages: int
) -> dict[str, Any]:
    """A text's pages as PNG, what it costs, and the price with a model. Raises InputError for too many pages, an
    unknown cell or model; `for_nano`: characters that nano does not know are drawn as their code points."""
    priced = None if model is None else find_model(model)
    wanted = None if cell is None else get_cell(cell)
    on_pages, layouts = put_on_pages(text, mode, wanted, nano_code_points() if for_nano else None)
    if len(layouts) > most_pages:
        raise InputError(say("text_many_pages", pages=len(layouts), most=most_pages))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.png"
        pictures = []
        for page in draw_pages(layouts):
            save_page(page, path)
            pictures.append(path.read_bytes())
    (price,) = measure_models(text, [priced], load_prices(), calls=1) if priced is not None else (None,)
    return on_pages.row() | {"pictures": pictures, "price": price and asdict(price)}


def compare_texts(drawn: str, read: str) -> dict[str, Any]:
    """What came back of a text, and where it is another."""
    back = compare(drawn, read)
    return {"text": back.text} | back.row()


def first_tokens(text: str, most: int) -> tuple[str, int]:
    """The beginning of a text that has so many tokens at most, and how many it has."""
    end = bisect_right(range(len(text) + 1), most, key=lambda length: count_text(text[:length])) - 1
    return text[:end], count_text(text[:end])


def list_models() -> bytes:
    """Models whose tokens are known."""
    prices = load_prices()
    rows = [{"name": model.name, "as_of": str(model.as_of), "priced": model.name in prices} for model in models()]
    return msgspec.json.encode({"models": rows})


def checked_schema(text: str) -> dict[str, Any]:
    """A JSON schema of an object, so that no document is read for another. Raises InputError for anything else."""
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the schema is no JSON: {error}") from None
    if not isinstance(schema, dict):
        raise InputError('the schema describes no object: it needs "type": "object" and "properties"')
    return load_schema(schema)


class _Asked(msgspec.Struct):
    messages: list[msgspec.Raw]
    model: str | None = None


def shorten(body: bytes, audit: bool) -> tuple[bytes, dict[str, str]]:
    """The answer to a request, and the texts that it left out by their hashes.

    `audit`: the messages come back as they are, and the answer says what would be saved. Raises Unreadable.
    """
    try:
        asked = msgspec.json.decode(body, type=_Asked)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"messages: {error}") from None
    try:
        model, count = (known := find_model(asked.model or "")), known.count_text
    except InputError:  # of a model that nobody knows: an estimate
        model, count = None, count_text
    pictures = body.count(b'"image') + body.count(b'"input_image')
    work, edge = _Shortening(count, model, pictures), max(len(asked.messages) - KEPT, 0) // STEP * STEP
    made = [work.walk(raw, "") if at < edge else raw for at, raw in enumerate(asked.messages)]
    before = sum(map(count, _texts(list(map(msgspec.json.decode, asked.messages)))))
    says = f"{len(work.left_out)} tool results, {work.drawn} as pages: {work.saved:,} of {before:,} tokens fewer"
    if audit:
        made, work.saved, work.left_out = asked.messages, 0, {}
    answer = {
        "messages": made,
        "tokens_before": before,
        "tokens_after": before - work.saved,
        "tokens_saved": work.saved,
        "compression_ratio": 1 - work.saved / max(before, 1),
        "transforms_applied": [f"audit, nothing changed: {says}" if audit else says],
        "ccr_hashes": list(work.left_out),
    }
    return msgspec.json.encode(answer), work.left_out


class _Shortening:
    def __init__(self, count: Callable[[str], int], model: VisionModel | None, pictures: int) -> None:
        self.count, self.saved, self.drawn = count, 0, 0  # tokens; results as pages
        self.left_out: dict[str, str] = {}  # hash → text
        # Anthropic's models alone take pictures as results: in their own shape, or OpenAI's, which gateways translate.
        self.model = model if model and model.name.startswith("claude") else None
        self.room = int((model and model.max_images or 0) * _PICTURES_SHARE) - pictures

    def walk(self, raw: msgspec.Raw, inside: str) -> msgspec.Raw:
        """A message or a part of it, changed or the same; several parts if it becomes pages. `inside`: of a result."""
        first = bytes(raw)[:1]
        if first == b'"':
            return self._text(raw, inside) if inside else raw
        if first == b"[":
            items = msgspec.json.decode(raw, type=list[msgspec.Raw])
            made = [self.walk(item, inside) for item in items]
            if all(map(is_, made, items)):
                return raw
            several = [bytes(new)[:1] == b"[" != bytes(old)[:1] for new, old in zip(made, items, strict=True)]
            parts = (msgspec.json.decode(new) if many else [new] for new, many in zip(made, several, strict=True))
            return _raw([*chain.from_iterable(parts)])
        if first != b"{":
            return raw
        fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        said = {name: bytes(fields.get(name, b"")) for name in ("role", "type", "is_error")}
        if said["type"] == b'"tool_result"':
            inside = "anthropic"
        elif not inside and said["role"] in (b'"tool"', b'"function"'):
            inside = "openai"
        key = "text" if said["type"] == b'"text"' else "content"
        if key not in fields or said["is_error"] == b"true":
            return raw
        if key == "text" and len(fields) > 2:  # as with a mark of the cache, which a part alone can have
            inside = inside and "text"
        new = self.walk(fields[key], inside)
        if new is fields[key] or (key == "text" and bytes(new)[:1] == b"["):
            return raw if new is fields[key] else new
        return _raw(fields | {key: new})

    def _text(self, raw: msgspec.Raw, shape: str) -> msgspec.Raw:
        text = msgspec.json.decode(raw, type=str)
        lines = [line for line in text.splitlines() if line.strip()]
        code = sum(_CODE.fullmatch(line) is not None for line in lines)
        if len(text) < LONG or _TROUBLE.search(text.lstrip().partition("\n")[0]) or code > _CODE_SHARE * len(lines):
            return raw
        start, end = text.rfind("\n", 0, _END) + 1 or _END, text.find("\n", -_END) + 1 or len(text) - _END
        middle, mark = text[start:end], hashlib.sha256(text.encode()).hexdigest()[:24]
        trouble = [line[:_LINE] for line in middle.splitlines() if _TROUBLE.search(line)][:_MOST]
        names = [name[:_LINE] for name in dict.fromkeys(_NAME.findall(middle))][:_MOST]
        named = [f"[named there: {' '.join(names)}]"] if names else []
        made: Any = self._pages(text, shape, f"hash={mark}", named)
        if made is None:
            said = [f"[{len(middle):,} characters are left out here; the whole: hash={mark}]", *trouble, *named]
            made = "\n".join((text[:start].rstrip("\n"), *said, text[end:]))
            if len(made) > len(text) // 2:
                return raw
            self.saved += self.count(text) - self.count(made)
        self.left_out[mark] = text
        return _raw(made)

    def _pages(self, text: str, shape: str, mark: str, named: list[str]) -> list[dict[str, Any]] | None:
        """Parts that show a text on pages, if a model takes them and they pay."""
        if self.model is None or shape == "text":
            return None
        glyphs, price = legible_glyphs(self.model.name, self.model), load_prices().get(self.model.name)
        plan = plan_pages(text, self.model, glyphs) if glyphs and price else None
        if plan is None or price is None or len(plan.pages) > self.room:
            return None
        said = "\n".join((f"[{len(text):,} characters, as pages below; as text: {mark}. {PREAMBLE}]", *named))
        before, tokens = self.count(text), plan.tokens + self.count(said)
        if not image_pays(tokens, before, calls=SENT, cached=True, write=price.cache_write, read=price.cache_read):
            return None
        self.room, self.drawn, self.saved = self.room - len(plan.pages), self.drawn + 1, self.saved + before - tokens
        pictures = (_picture(data_url(page.image.convert("L")), shape) for page in plan.draw())
        return [{"type": "text", "text": said}, *pictures]


def _picture(url: str, shape: str) -> dict[str, Any]:
    if shape == "openai":
        return {"type": "image_url", "image_url": {"url": url}}
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": url.partition(",")[2]}}


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def _texts(content: Any) -> Iterator[str]:
    """What messages say in words."""
    if isinstance(content, str):
        yield content
    for part in content if isinstance(content, list) else ():
        if isinstance(part, dict):
            yield from _texts(part.get("text") or part.get("content"))
