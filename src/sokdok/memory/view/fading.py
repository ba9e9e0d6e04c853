"""One of a conversation's streams as it fades: which chunks stand where, what that costs, and the parts to show."""

from __future__ import annotations

from collections.abc import Callable

from sokdok.memory.forgetting.page_book import PageBook
from sokdok.memory.forgetting.schedule import Schedule
from sokdok.memory.view.part import Part


class FadingStream:
    """The pages in `book` for at most `tokens`, and at most `images` pictures where the provider sets a limit."""

    def __init__(self, book: PageBook, tokens: int, images: int | None, count: Callable[[str], int]) -> None:
        self.book, self.plan = book, book.plan
        self._count = count
        drawn = self.plan.levels[0].size is not None
        self.schedule = Schedule(self.plan, tokens, images if drawn else None)

    def cost(self, cells: int) -> int:
        """Return the tokens of the first `cells` cells; a chunk that is still filling has a page of its own."""
        if any(level.size is None for level in self.plan.levels):  # a level of text says what it costs at most
            return sum(part.tokens for part in self.parts(cells))
        chunks, rest = divmod(cells, self.plan.chunk_cells)
        return self.schedule.tokens(chunks) + (self.plan.levels[0].tokens if rest else 0)

    def parts(self, cells: int) -> list[Part]:
        """Return pages of the first `cells` cells, from the oldest to the newest."""
        length = self.plan.chunk_cells
        chunks, rest = divmod(cells, length)
        parts = [
            self._part(page.level, page.first * length, page.stop * length) for page in self.schedule.pages(chunks)
        ]
        return [*parts, self._part(0, chunks * length, cells)] if rest else parts

    def abridged_lines(self, chunks: int) -> dict[int, str]:
        """Return what the abridged pages of the first `chunks` chunks say of each turn, by its number."""
        length, levels = self.plan.chunk_cells, self.plan.levels
        lines: dict[int, str] = {}
        for page in self.schedule.pages(chunks):
            if levels[page.level].abridged:
                span = self.book.text(levels[page.level], page.first * length, page.stop * length)
                for number, line in span.lines.items():  # a turn may lie on two pages
                    lines[number] = lines.get(number, "") + line
        return lines

    def _part(self, number: int, first: int, stop: int) -> Part:
        """Return cells [first, stop) as they stand on level `number`."""
        level = self.plan.levels[number]
        span = self.book.text(level, first, stop)
        text, tokens, picture = span.text, level.tokens, None
        if level.size is None:
            text, tokens = self._within(text, level.tokens)
        else:
            picture = self.book.picture(level, span)
        return Part(
            "page" if picture else "abridged",
            tokens,
            span.first_turn,
            span.last_turn,
            text,
            level=level,
            level_number=number,
            pinned=self.book.pinned,
            picture=picture,
        )

    def _within(self, text: str, most: int) -> tuple[str, int]:
        """Cut a text to `most` tokens and count it: some scripts take more of them than the level was made for."""
        while (tokens := self._count(text)) > most:
            text = text[: len(text) * most // (tokens + 1)]
        return text, tokens
