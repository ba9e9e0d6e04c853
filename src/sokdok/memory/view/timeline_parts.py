"""Pieces of the timeline as HTML, with all that was said escaped."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sokdok.documents.write.html import language_of
from sokdok.memory.forgetting.extracted_facts import HEADING

if TYPE_CHECKING:
    from sokdok.memory.view.part import Part

SHOWN_BY_BROWSERS = ("image/png", "image/jpeg", "image/webp", "image/gif")
LONGEST_SAID, LONGEST_HEAD = 1500, 500
"""characters of a turn that are shown at once; of the beginning that stands for a longer one"""

_CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"}
_CONTROLS |= {0x7F: 0x2421} | dict.fromkeys([*range(0x80, 0xA0), 0xFFFE, 0xFFFF], 0xFFFD)
"""control characters, which HTML can't hold, as the pictures that Unicode has of them"""


def escape(text: str) -> str:
    """A text for HTML, of an attribute too, with control characters made visible."""
    return html.escape(text.replace("\r\n", "\n").translate(_CONTROLS))


def sheet(part: Part) -> str:
    """The button that shows a page, and its text for that."""
    label = f"{turns(part.first_turn, part.last_turn)} at full size"
    text = f'dir="auto"{lang(part.text)} data-text>{escape(part.text)}'
    if part.picture is None:
        return f'<button aria-label="{label}"><span><span {text}</span></span></button>'
    width, height = part.picture.size
    alt = f"Page with {turns(part.first_turn, part.last_turn).lower()}"
    drawn = f'<img src="{_data("image/png", part.picture.png)}" width="{width}" height="{height}" alt="{alt}">'
    return f'<button aria-label="{label}">{drawn}</button><div hidden {text}</div>'


def details(text: str) -> Iterator[str]:
    """The factsheet: its lines are `[12] gate code 4417; …`."""
    yield "<ol>"
    for line in text.removeprefix(HEADING).strip().splitlines():
        number, _, things = line.removeprefix("[").partition("] ")
        yield f'<li{lang(things)}><b>{escape(number)}</b> <span dir="auto">{escape(things)}</span></li>'
    yield "</ol>"


def said(text: str) -> str:
    """What was said; of a very long turn only the beginning until one asks for more."""
    if len(text) <= LONGEST_SAID:
        return escape(text)
    head = f'<span class="head">{escape(text[:LONGEST_HEAD])}…</span>'
    return f"{head}<details><summary>All {len(text):,} characters</summary>{escape(text)}</details>"


def image(media_type: str, data: bytes, size: tuple[int, int]) -> str:
    """An image of a turn."""
    width, height = size
    if media_type not in SHOWN_BY_BROWSERS:
        return f'<p class="said">[image {width}x{height}]</p>'
    alt = f"Image of {width}x{height} pixels"
    return f'<img src="{_data(media_type, data)}" width="{width}" height="{height}" alt="{alt}">'


def _data(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def lang(text: str) -> str:
    """The attribute for the language of a text, if its script tells."""
    language = language_of(text)
    return f' lang="{language}"' if language else ""


def span(first: int, last: int) -> str:
    """Numbers of turns: 12, 12–20."""
    return f"{first:,}" if first == last else f"{first:,}–{last:,}"


def turns(first: int, last: int) -> str:
    """The same in words."""
    return f"Turn {first:,}" if first == last else f"Turns {first:,}–{last:,}"


def many(count: int, noun: str) -> str:
    """1 token, 2 tokens."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
