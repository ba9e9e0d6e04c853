"""A view as one HTML file: a conversation from faded to sharp, and what every level of it costs.

- Nothing is fetched from elsewhere: style, script and pages are in the file. Light or dark as the reader's system is,
  on a phone as on a desk.
- What was said is escaped, and a policy in the head allows no script but the one that ships, by its hash.
- Without the script all is there too: pages are then shown at full size with their text below them.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sokdok.memory.store.turn import speaker
from sokdok.memory.view.sections import Band, bands
from sokdok.memory.view.timeline_parts import details, escape, image, lang, many, said, sheet, span, turns

if TYPE_CHECKING:
    from datetime import datetime

    from sokdok.memory.store.store import Store
    from sokdok.memory.view.part import Part
    from sokdok.memory.view.view import View

NUMBERED, PALE = 0.05, 0.8
"""share of the budget from which a piece of the bar has room for its number; sharpness below which that is dark"""
ID_LENGTH = 12
"""characters of a page's id: enough to recall it by, and too many to be a turn's number"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{script_hash}'; img-src data:">
<title>{title}</title>
<style>{style}</style>
<noscript><style>.page {{ width: 100% }} .page [hidden] {{ display: block; white-space: pre-wrap }}</style></noscript>
</head>
<body>
<main>
{body}
</main>
<dialog aria-label="Page">
<header><p></p><button aria-label="Page before">←</button><button aria-label="Page after">→</button>
<button aria-label="Close">×</button></header>
<div class="sheet"><img alt=""></div>
<div class="text" dir="auto" tabindex="0"></div>
</dialog>
<script>{script}</script>
</body>
</html>
"""


def timeline_html(view: View, store: Store, text_tokens: int) -> str:
    """A view of a conversation in `store`, which would cost `text_tokens` if all of it were sent as text."""
    style, script = (Path(__file__).with_name(f"timeline.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    script_hash = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    body = "\n".join(_Timeline(view, store).body(text_tokens))
    title = escape(f"{view.conversation}: {view.turns:,} turns in {view.tokens:,} tokens")
    return _PAGE.format(script_hash=script_hash, title=title, style=style, script=script, body=body)


class _Timeline:
    """Writes the parts of the page."""

    def __init__(self, view: View, store: Store) -> None:
        self.view, self.store = view, store
        self.bands = bands(view)
        self.levels = [band for band in self.bands if band.level is not None]
        self.faintest = max((band.level or 0 for band in self.levels), default=0)

    def body(self, text_tokens: int) -> Iterator[str]:
        """From the heading to the newest turn."""
        yield from self._head(text_tokens)
        yield from self._budget()
        if self.levels:
            yield "<h2>From faded to sharp</h2>"
            for band in self.levels:
                yield from self._level(band)
        for band in self.bands:
            if band.key:
                yield from self._apart(band, "Important things", self._pages(band))
            elif band.kind == "factsheet":
                yield from self._apart(band, "Exact details of faded turns", details(band.parts[0].text))
            elif band.kind == "recalled":
                yield from self._apart(band, "Recalled from earlier", self._recalled(band))
        yield from self._newest()

    def _head(self, text_tokens: int) -> Iterator[str]:
        view = self.view
        yield f'<header>\n<h1 dir="auto">{escape(view.conversation)}</h1>'
        yield f'<p class="claim">{many(view.turns, "turn")} in <b>{many(view.tokens, "token")}</b></p>'
        times = f"{self._times(1, view.turns)} UTC. " if view.turns else ""
        counted = "counted exactly" if view.exact_count else "estimated, erring high"
        yield (
            f'<p class="about">{times}A view for {escape(view.model)} with a budget of {view.budget:,} tokens. '
            f"As text the whole conversation takes {text_tokens:,} tokens ({counted})"
            f"{_ratio(text_tokens, view.tokens)}.</p>\n</header>"
        )

    def _budget(self) -> Iterator[str]:
        left = self.view.budget - self.view.tokens
        yield '<section>\n<h2>Tokens per level</h2>\n<div class="bar" aria-hidden="true">'
        for band in self.bands:
            pale = ' class="pale"' if band.level is not None and self._sharpness(band) < PALE else ""
            number = f"{band.tokens:,}" if band.tokens >= self.view.budget * NUMBERED else ""
            tone = self._tone(band, f" flex-grow: {band.tokens}")
            yield f'<span{pale} {tone} title="{escape(_label(band))}: {band.tokens:,} tokens">{number}</span>'
        yield f'<span class="unspent" style="flex-grow: {left}" title="not spent: {left:,} tokens"></span>\n</div>'
        yield '<p class="ends" aria-hidden="true"><span>faded</span><span>sharp</span></p>'
        heads = "".join(f"<th scope=col>{name}</th>" for name in ("Shown as", "Parts", "Turns", "Tokens", "Share"))
        yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
        for band in self.bands:
            name = f'<a href="#{_anchor(band)}">{escape(_label(band))}</a>' if band.kind != "legend" else _label(band)
            numbers = span(band.first_turn, band.last_turn) if band.first_turn else ""
            cells = self._cells(len(band.parts), numbers, band.tokens)
            yield f"<tr {self._tone(band)}><th scope=row>{name}</th>{cells}"
        yield f"</tbody>\n<tfoot><tr><th scope=row>Not spent</th>{self._cells('', '', left)}</tfoot>\n</table>"
        if told := [part.text for part in self.view.parts if part.kind == "legend"]:
            summary = "<summary>What the model is told first</summary>"
            yield f'<details class="told">{summary}<p>{escape(told[0])}</p></details>'
        yield "</section>"

    def _cells(self, parts: int | str, numbers: str, tokens: int) -> str:
        share = f"{tokens / self.view.budget:.1%}"
        return f"<td>{parts}</td><td>{numbers}</td><td>{tokens:,}</td><td>{share}</td></tr>"

    def _level(self, band: Band) -> Iterator[str]:
        yield f'<section class="band" id="{_anchor(band)}" {self._tone(band)}>\n<header>'
        yield f"<h3>{turns(band.first_turn, band.last_turn)}</h3>\n{self._facts(band, band.step)}\n</header>"
        yield from self._pages(band)
        yield "</section>"

    def _apart(self, band: Band, heading: str, content: Iterator[str]) -> Iterator[str]:
        yield f'<section class="apart" id="{_anchor(band)}" {self._tone(band)}>'
        yield f"<h3>{heading}</h3>\n{self._facts(band)}"
        yield from content
        yield "</section>"

    def _facts(self, band: Band, step: str = "") -> str:
        times = self._times(band.first_turn, band.last_turn) if band.first_turn else ""
        drawn = many(len(band.parts), "page" if band.parts[0].picture else "text") if band.parts[0].step else ""
        facts = [times, step, drawn, many(band.tokens, "token")]
        return f'<p class="facts">{" ".join(f"<span>{fact}</span>" for fact in facts if fact)}</p>'

    def _pages(self, band: Band) -> Iterator[str]:
        yield '<div class="pages">'
        for part in band.parts:
            about = f"{turns(part.first_turn, part.last_turn)} · {self._times(part.first_turn, part.last_turn)}"
            about += f" · {many(part.tokens, 'token')} · {part.step.name if part.step else ''}"
            if part.picture:
                about += f" · page {part.picture.id[:ID_LENGTH]}"
            yield f'<figure class="page" data-about="{about}">\n{sheet(part)}'
            numbers = span(part.first_turn, part.last_turn)
            yield f"<figcaption><b>{numbers}</b> {many(part.tokens, 'token')}</figcaption>\n</figure>"
        yield "</div>"

    def _recalled(self, band: Band) -> Iterator[str]:
        yield '<div class="chat">'
        for part in band.parts:
            yield self._turn(part, part.text.partition("\n")[2])  # its first line says that it was recalled
        yield "</div>"

    def _newest(self) -> Iterator[str]:
        newest = [part for part in self.view.parts if part.kind == "turn"]
        yield '<section id="text">\n<h2>The newest turns, word for word</h2>\n<div class="chat">'
        for day, parts in itertools.groupby(newest, key=lambda part: self._time(part.first_turn).date()):
            yield f'<p class="day">{day}</p>'
            for part in parts:
                yield self._turn(part, part.text)
        yield f'</div>\n<p class="now">{"now" if newest else "nothing was said yet"}</p>\n</section>'

    def _turn(self, part: Part, text: str) -> str:
        turn = self.store.turn(self.view.conversation, part.first_turn)
        images = "".join(image(info.media_type, data, (info.width, info.height)) for info, data in part.images)
        star = " <em>★ important</em>" if turn.important else ""
        words = f'<div class="said" dir="auto"{lang(text)}>{said(text)}</div>' if text else ""
        return (
            f'<article class="turn {turn.role}">\n<header><b><bdi>{escape(speaker(turn.role, turn.meta))}</bdi></b> '
            f"{turn.number:,} · {turn.time:%H:%M}{star}</header>\n{images}{words}\n</article>"
        )

    def _times(self, first: int, last: int) -> str:
        """The days of a span of turns."""
        days = dict.fromkeys([self._time(first).date(), self._time(last).date()])
        return " – ".join(map(str, days))

    def _time(self, number: int) -> datetime:
        return self.store.turn(self.view.conversation, number).time

    def _tone(self, band: Band, style: str = "") -> str:
        """Attributes that give a band its colour."""
        kind = "level" if band.level is not None else band.name
        return f'data-kind="{kind}" style="--sharp: {self._sharpness(band):.2f};{style}"'

    def _sharpness(self, band: Band) -> float:
        """From 0 for the most faded level to 1."""
        return 1 - band.level / self.faintest if band.level else 1


def _label(band: Band) -> str:
    if band.level is not None:
        return f"Level {band.level}: {band.step}"
    names = {"legend": "Explanation", "important": "Important things", "details": "Exact details", "text": "Text"}
    return names.get(band.name, "Recalled turns")


def _anchor(band: Band) -> str:
    return band.name if band.level is None else f"level-{band.level}"


def _ratio(text_tokens: int, tokens: int) -> str:
    return f", {text_tokens / tokens:,.1f} times as many" if tokens and text_tokens > tokens else ""
