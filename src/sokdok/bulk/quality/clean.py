"""A document that is kept, as it is written: lines left out, personal data masked, and all places moved with them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import accumulate

from sokdok.bulk.quality.personal import PREFIX
from sokdok.bulk.quality.recipe import Recipe
from sokdok.bulk.quality.text import Attributes, DocumentText, Span


@dataclass(frozen=True)
class Edit:
    """What stands in place of a piece of text."""

    start: int
    end: int
    text: str = ""  # empty: the piece is left out


def clean(
    document: DocumentText, attributes: Attributes, recipe: Recipe, mask: Collection[str] = ()
) -> tuple[DocumentText, Attributes]:
    """A document and its tags without what the recipe leaves out, `mask`ed kinds as `[EMAIL]`, `[PHONE]` …"""
    edits = _edits(attributes, recipe, mask)
    if not edits:
        return document, attributes
    moved = Moved(edits)
    text = moved.text(document.text)
    ends = tuple(moved.place(end) for end in document.page_ends)
    return replace(document, text=text, page_ends=ends), moved.attributes(attributes)


def _edits(attributes: Attributes, recipe: Recipe, mask: Collection[str]) -> list[Edit]:
    """What is done to the text, in order; of two that overlap the one that leaves out, or begins first."""
    wanted = [Edit(start, end) for name in recipe.leave_out for start, end, _ in attributes.get(name, ())]
    wanted += [
        Edit(start, end, f"[{kind.upper()}]")
        for kind in mask
        for start, end, _ in attributes.get(f"{PREFIX}{kind}", ())
    ]
    found: list[Edit] = []
    for edit in sorted(wanted, key=lambda edit: (edit.start, bool(edit.text), -edit.end)):
        last = found[-1] if found else None
        if last is None or edit.start >= last.end:
            found.append(edit)
        elif not edit.text and edit.end > last.end:  # it begins inside what is masked, or left out already
            found[-1] = Edit(last.start, edit.end, last.text)
    return found


class Moved:
    """Where things stand after edits, which are in order and apart from each other."""

    def __init__(self, edits: list[Edit]) -> None:
        self._edits = edits
        self._starts = [edit.start for edit in edits]
        self._gains = [0, *accumulate(len(edit.text) - (edit.end - edit.start) for edit in edits)]

    def text(self, text: str) -> str:
        """The text with the edits made."""
        parts, at = [], 0
        for edit in self._edits:
            parts += [text[at : edit.start], edit.text]
            at = edit.end
        return "".join([*parts, text[at:]])

    def place(self, at: int, *, end: bool = True) -> int:
        """Where what ends (or begins) at a place does so now; within an edit it takes all that is new."""
        number = bisect_right(self._starts, at - 1 if end else at)
        edit = self._edits[number - 1] if number else None
        if edit is None or at >= edit.end:
            return at + self._gains[number]
        new_start = edit.start + self._gains[number - 1]
        return new_start + (len(edit.text) if end else 0)

    def attributes(self, attributes: Attributes) -> Attributes:
        """Tags at their new places, without spans of what is gone."""
        moved = {name: tuple(filter(None, map(self._span, spans))) for name, spans in attributes.items()}
        return {name: spans for name, spans in moved.items() if spans or not attributes[name]}

    def _span(self, span: Span) -> Span | None:
        start, end, score = span
        new = self.place(start, end=False), self.place(end), score
        return new if new[0] < new[1] or start == end else None
