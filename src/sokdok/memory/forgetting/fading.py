"""One of a conversation's streams as it fades: which leaves stand where, what that costs, and the parts to show."""

from __future__ import annotations

from collections.abc import Callable

from sokdok.memory.forgetting.page_book import PageBook
from sokdok.memory.forgetting.schedule import Schedule
from sokdok.memory.view.part import Part


class FadingStream:
    """The pages in `book` for at most `tokens`, and at most `images` pictures where the provider sets a limit."""

    def __init__(self, book: PageBook, tokens: int, images: int | None, count: Callable[[str], int]) -> None:
        self.book, self.ladder = book, book.ladder
        self._count = count
        drawn = self.ladder.steps[0].size is not None
        self.schedule = Schedule(self.ladder, tokens, images if drawn else None)

    def cost(self, cells: int) -> int:
        """Tokens of the pages of the first `cells` cells; a leaf that is still filling has a page of its own."""
        if any(step.size is None for step in self.ladder.steps):  # of text a step says only what it costs at most
            return sum(part.tokens for part in self.parts(cells))
        leaves, rest = divmod(cells, self.ladder.leaf)
        return self.schedule.tokens(leaves) + (self.ladder.steps[0].tokens if rest else 0)

    def parts(self, cells: int) -> list[Part]:
        """Pages of the first `cells` cells, from the oldest to the newest."""
        leaf = self.ladder.leaf
        leaves, rest = divmod(cells, leaf)
        parts = [self._part(p.step, p.first * leaf, p.stop * leaf) for p in self.schedule.places(leaves)]
        return [*parts, self._part(0, leaves * leaf, cells)] if rest else parts

    def abridged(self, leaves: int) -> dict[int, str]:
        """What the abridged pages of the first `leaves` leaves say of each turn, by its number."""
        leaf, steps = self.ladder.leaf, self.ladder.steps
        told: dict[int, str] = {}
        for place in self.schedule.places(leaves):
            if steps[place.step].abridged:
                stretch = self.book.stretch(steps[place.step], place.first * leaf, place.stop * leaf)
                for number, line in stretch.lines.items():  # a turn may lie on two pages
                    told[number] = told.get(number, "") + line
        return told

    def _part(self, level: int, first: int, stop: int) -> Part:
        step = self.ladder.steps[level]
        stretch = self.book.stretch(step, first, stop)
        text, tokens, picture = stretch.text, step.tokens, None
        if step.size is None:
            text, tokens = self._within(text, step.tokens)
        else:
            picture = self.book.picture(step, text)
        return Part(
            "page" if picture else "abridged",
            tokens,
            stretch.first_turn,
            stretch.last_turn,
            text,
            step=step,
            level=level,
            key=self.book.key,
            picture=picture,
        )

    def _within(self, text: str, most: int) -> tuple[str, int]:
        """As much of a text as `most` tokens hold: some scripts take more of them than the step was made for."""
        while (tokens := self._count(text)) > most:
            text = text[: len(text) * most // (tokens + 1)]
        return text, tokens
