"""Write a view as one HTML file: a conversation from faded to sharp, and what every level of it costs.

- Nothing is fetched from elsewhere: style, script and pages are in the file. Light or dark as the reader's system is,
  on a phone as on a desk.
- What was said is escaped (`markup`), and a policy in the head allows no script but the one that ships, by its hash.
- Without the script all is there too: pages are then shown at full size with their text below them.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sokdok.files.markup import NONE, Markup, fill, joined
from sokdok.memory.turn import speaker
from sokdok.memory.view.sections import Section, sections
from sokdok.memory.view.timeline import templates
from sokdok.memory.view.timeline.elements import details, image, many, said, sheet, span, turns

if TYPE_CHECKING:
    from datetime import datetime

    from sokdok.memory.store.store import Store
    from sokdok.memory.view.part import Part
    from sokdok.memory.view.view import View

NUMBERED_SHARE = 0.05  # Share of the budget from which a piece of the bar has room for its number.
PALE_SHARPNESS = 0.8  # Sharpness below which a piece of the bar is so pale that its number is dark.
ID_CHARS = 12  # Characters of a page's id: enough to recall it by, and too many to be a turn's number.
_LABELS = {"preamble": "Explanation", "important": "Important things", "details": "Exact details", "text": "Text"}
"""Names of sections on the page."""


def timeline_html(view: View, store: Store, text_tokens: int) -> str:
    """Write a view of a conversation in `store`, which would cost `text_tokens` if all of it were sent as text."""
    page, style, script = (
        Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("page.html", "style.css", "script.js")
    )
    return fill(
        page,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        title=f"{view.conversation}: {view.turns:,} turns in {view.tokens:,} tokens",
        style=Markup(style),
        script=Markup(script),
        body=joined(_Timeline(view, store).body(text_tokens), "\n"),
    )


class _Timeline:
    """Writes the parts of the page."""

    def __init__(self, view: View, store: Store) -> None:
        self.view, self.store = view, store
        self.sections = sections(view)
        self.levels = [section for section in self.sections if section.level_number is not None]
        self.faintest = max((section.level_number or 0 for section in self.levels), default=0)

    def body(self, text_tokens: int) -> Iterator[Markup]:
        """Yield everything from the heading to the newest turn."""
        yield self._head(text_tokens)
        yield self._budget()
        if self.levels:
            yield Markup(templates.LEVELS)
            yield from map(self._level, self.levels)
        for section in self.sections:
            if section.pinned:
                yield self._apart(section, "Important things", self._pages(section))
            elif section.kind == "facts":
                yield self._apart(section, "Exact details of faded turns", details(section.parts[0].text))
            elif section.kind == "recalled":
                yield self._apart(section, "Recalled from earlier", self._recalled(section))
        yield self._newest()

    def _head(self, text_tokens: int) -> Markup:
        """Write what the view is of, and what it costs beside the whole conversation."""
        view = self.view
        more = view.tokens and text_tokens > view.tokens
        return fill(
            templates.HEAD,
            conversation=view.conversation,
            turns=many(view.turns, "turn"),
            tokens=many(view.tokens, "token"),
            times=f"{self._times(1, view.turns)} UTC. " if view.turns else "",
            model=view.model,
            budget=f"{view.budget:,}",
            text_tokens=f"{text_tokens:,}",
            counted="counted exactly" if view.exact_count else "estimated, erring high",
            ratio=f", {text_tokens / view.tokens:,.1f} times as many" if more else "",
        )

    def _budget(self) -> Markup:
        """Write the tokens of each section as a bar and as a table."""
        left = self.view.budget - self.view.tokens
        preamble = [fill(templates.PREAMBLE, text=part.text) for part in self.view.parts if part.kind == "preamble"]
        return fill(
            templates.BUDGET,
            bar=joined(map(self._bar, self.sections), "\n"),
            left=left,
            left_written=f"{left:,}",
            rows=joined(map(self._row, self.sections), "\n"),
            unspent=self._cells("", "", left),
            preamble=joined(preamble),
        )

    def _bar(self, section: Section) -> Markup:
        pale = section.level_number is not None and self._sharpness(section) < PALE_SHARPNESS
        return fill(
            templates.BAR,
            pale=Markup(templates.PALE) if pale else NONE,
            tone=self._tone(section, f" flex-grow: {section.tokens}"),
            label=_label(section),
            tokens=f"{section.tokens:,}",
            number=f"{section.tokens:,}" if section.tokens >= self.view.budget * NUMBERED_SHARE else "",
        )

    def _row(self, section: Section) -> Markup:
        name: str | Markup = _label(section)
        if section.kind != "preamble":
            name = fill(templates.LINK, anchor=_anchor(section), label=name)
        numbers = span(section.first_turn, section.last_turn) if section.first_turn else ""
        cells = self._cells(str(len(section.parts)), numbers, section.tokens)
        return fill(templates.ROW, tone=self._tone(section), name=name, cells=cells)

    def _cells(self, parts: str, numbers: str, tokens: int) -> Markup:
        share = f"{tokens / self.view.budget:.1%}"
        return fill(templates.CELLS, parts=parts, turns=numbers, tokens=f"{tokens:,}", share=share)

    def _level(self, section: Section) -> Markup:
        return fill(
            templates.LEVEL,
            anchor=_anchor(section),
            tone=self._tone(section),
            turns=turns(section.first_turn, section.last_turn),
            facts=self._facts(section, section.level_name),
            pages=self._pages(section),
        )

    def _apart(self, section: Section, heading: str, content: Markup) -> Markup:
        """Write a section that stands on no level of the stream."""
        return fill(
            templates.APART,
            anchor=_anchor(section),
            tone=self._tone(section),
            heading=heading,
            facts=self._facts(section),
            content=content,
        )

    def _facts(self, section: Section, level_name: str = "") -> Markup:
        """Write a section's days, level, number of pages and tokens."""
        first = section.parts[0]
        times = self._times(section.first_turn, section.last_turn) if section.first_turn else ""
        drawn = many(len(section.parts), "page" if first.picture else "text") if first.level else ""
        facts = [times, level_name, drawn, many(section.tokens, "token")]
        return fill(templates.FACTS, facts=joined((fill(templates.FACT, fact=fact) for fact in facts if fact), " "))

    def _pages(self, section: Section) -> Markup:
        return fill(templates.PAGES, figures=joined(map(self._figure, section.parts), "\n"))

    def _figure(self, part: Part) -> Markup:
        """Write a page that opens at full size when it is clicked on."""
        facts = [
            turns(part.first_turn, part.last_turn),
            self._times(part.first_turn, part.last_turn),
            many(part.tokens, "token"),
            part.level.name if part.level else "",
            *([f"page {part.picture.id[:ID_CHARS]}"] if part.picture else []),
        ]
        numbers, tokens = span(part.first_turn, part.last_turn), many(part.tokens, "token")
        return fill(templates.FIGURE, about=" · ".join(facts), sheet=sheet(part), turns=numbers, tokens=tokens)

    def _recalled(self, section: Section) -> Markup:
        # A recalled turn's part says that it was recalled, and is indented.
        written = (
            self._turn(part, self.store.turn(self.view.conversation, part.first_turn).text) for part in section.parts
        )
        return fill(templates.CHAT, turns=joined(written, "\n"))

    def _newest(self) -> Markup:
        """Write the newest turns, a heading for each day."""
        newest = [part for part in self.view.parts if part.kind == "turn"]
        days = (
            fill(templates.DAY, day=day, turns=joined((self._turn(part, part.text) for part in parts), "\n"))
            for day, parts in itertools.groupby(newest, key=lambda part: self._time(part.first_turn).date())
        )
        return fill(templates.NEWEST, days=joined(days, "\n"), now="now" if newest else "nothing was said yet")

    def _turn(self, part: Part, text: str) -> Markup:
        turn = self.store.turn(self.view.conversation, part.first_turn)
        return fill(
            templates.TURN,
            role=turn.role,
            speaker=speaker(turn.role, turn.meta),
            number=f"{turn.number:,}",
            time=f"{turn.time:%H:%M}",
            star=Markup(templates.STAR) if turn.important else NONE,
            images=joined(image(info.media_type, data, info.width, info.height) for info, data in part.images),
            said=said(text),
        )

    def _times(self, first: int, last: int) -> str:
        """Write the days of a span of turns."""
        days = dict.fromkeys([self._time(first).date(), self._time(last).date()])
        return " – ".join(map(str, days))

    def _time(self, number: int) -> datetime:
        return self.store.turn(self.view.conversation, number).time

    def _tone(self, section: Section, style: str = "") -> Markup:
        """Write the attributes that give a section its colour."""
        kind = "level" if section.level_number is not None else section.name
        return fill(templates.TONE, kind=kind, sharpness=f"{self._sharpness(section):.2f}", style=style)

    def _sharpness(self, section: Section) -> float:
        """Return a section's sharpness, from 0 for the most faded level to 1."""
        return 1 - section.level_number / self.faintest if section.level_number else 1


def _label(section: Section) -> str:
    if section.level_number is not None:
        return f"Level {section.level_number}: {section.level_name}"
    return _LABELS.get(section.name, "Recalled turns")


def _anchor(section: Section) -> str:
    return section.name if section.level_number is None else f"level-{section.level_number}"
