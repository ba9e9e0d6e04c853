"""Pieces of the timeline as HTML: pages, facts, what was said, images; and numbers in words."""

from __future__ import annotations

import base64

from sokdok.files.markup import NONE, Markup, fill, joined
from sokdok.layout.language import language_of
from sokdok.memory.forgetting.extracted_facts import HEADING
from sokdok.memory.view.part import Part
from sokdok.memory.view.timeline import templates

SHOWN_BY_BROWSERS = ("image/png", "image/jpeg", "image/webp", "image/gif")
"""Media types of the images that browsers show; others are named in words."""
MAX_SAID_CHARS = 1500  # Characters of a turn that are shown at once, at most.
HEAD_CHARS = 500  # Characters of the beginning that stands for a longer turn.


def sheet(part: Part) -> Markup:
    """Return the button that shows a page, and the page's text for the dialog."""
    shown = turns(part.first_turn, part.last_turn)
    about = {"label": f"{shown} at full size", "lang": lang(part.text), "text": part.text}
    if part.picture is None:
        return fill(templates.SHEET_OF_TEXT, **about)
    width, height = part.picture.size
    source, alt = _data_url("image/png", part.picture.png), f"Page with {shown.lower()}"
    return fill(templates.SHEET, **about, source=source, width=width, height=height, alt=alt)


def details(text: str) -> Markup:
    """Return extracted facts, whose lines are `[12] gate code 4417; …`, as a list."""
    items = []
    for line in text.removeprefix(HEADING).strip().splitlines():
        number, _, facts = line.removeprefix("[").partition("] ")
        items.append(fill(templates.DETAIL, lang=lang(facts), number=number, text=facts))
    return fill(templates.DETAILS, items=joined(items, "\n"))


def said(text: str) -> Markup:
    """Return what was said; of a very long turn only the beginning until one asks for more."""
    if not text:
        return NONE
    content: str | Markup = text
    if len(text) > MAX_SAID_CHARS:
        content = fill(templates.FOLDED, head=text[:HEAD_CHARS], length=f"{len(text):,}", text=text)
    return fill(templates.SAID, lang=lang(text), text=content)


def image(media_type: str, data: bytes, width: int, height: int) -> Markup:
    """Return an image of a turn, or where browsers don't show its format, its size in words."""
    if media_type not in SHOWN_BY_BROWSERS:
        return fill(templates.IMAGE_IN_WORDS, width=width, height=height)
    source, alt = _data_url(media_type, data), f"Image of {width}x{height} pixels"
    return fill(templates.IMAGE, source=source, width=width, height=height, alt=alt)


def lang(text: str) -> Markup:
    """Return the attribute for the language of a text, if its script tells."""
    language = language_of(text)
    return fill(templates.LANG, language=language) if language else NONE


def span(first: int, last: int) -> str:
    """Write numbers of turns: 12, 12–20."""
    return f"{first:,}" if first == last else f"{first:,}–{last:,}"


def turns(first: int, last: int) -> str:
    """Write numbers of turns with their noun: Turn 12, Turns 12–20."""
    return f"Turn {first:,}" if first == last else f"Turns {first:,}–{last:,}"


def many(count: int, noun: str) -> str:
    """Write a number with its noun: 1 token, 2 tokens."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
