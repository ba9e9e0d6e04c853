"""Turns as parts of a view: the newest as they were said, recalled ones with their number, and what they cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sokdok.memory.text.quoting import continued, indented
from sokdok.memory.turn import speaker, with_images
from sokdok.memory.view.part import Part
from sokdok.memory.view.preamble import RECALLED

if TYPE_CHECKING:
    from sokdok.memory.store.store import Store
    from sokdok.memory.turn import Turn
    from sokdok.tokens.models import VisionModel

IMAGES_SHARE = 0.25
"""Share of the budget up to which the images of one turn are shown; else they are named in its text."""
TOOL = "[tool] "  # Beginning of a tool's words, whose role a chat message can't have by itself.
ELLIPSIS = "… "  # Beginning of a turn's text that was cut; two tokens at most.


class TurnWriter:
    """Writes turns for a model in views of at most `budget` tokens; `count` counts the model's text tokens."""

    def __init__(self, store: Store, model: VisionModel, budget: int, count: Callable[[str], int]) -> None:
        self._store, self._model, self._budget, self._count = store, model, budget, count

    def cost(self, turn: Turn, text: str, last: bool) -> int:
        """Return the tokens of a piece of a turn, its images with its last piece, without the message around it."""
        images = self._image_tokens(turn) if last else 0
        if images > self._budget * IMAGES_SHARE:
            text, images = with_images(text, turn.images), 0
        return images + self._count(_marked(turn, text)) + (2 if text != turn.text else 0)

    def part(self, turn: Turn, text: str) -> Part:
        """Return a turn as a part, with the text that is left of it; a cut one begins with an ellipsis."""
        images = turn.images if text and self._image_tokens(turn) <= self._budget * IMAGES_SHARE else ()
        written = _marked(turn, text if text == turn.text else f"{ELLIPSIS}{text}")
        written = written if images else with_images(written, turn.images)
        tokens = self._count(written) + self._model.message_tokens + (self._image_tokens(turn) if images else 0)
        data = tuple((image, self._store.image(image.sha256)) for image in images)
        return Part("turn", tokens, turn.number, turn.number, written, turn.role, images=data)

    def recalled(self, turn: Turn) -> Part:
        """Return a recalled turn as a part: its number and speaker, then its exact text, indented."""
        heading = RECALLED.format(number=turn.number, speaker=speaker(turn.role, turn.meta))
        text = f"{heading}\n{indented(turn.text)}"
        return Part("recalled", self._count(text) + self._model.message_tokens, turn.number, turn.number, text)

    def shortened(self, part: Part) -> Part:
        """Cut a part to the end of its text that fits into the budget."""
        mark = TOOL if part.role == "tool" else ""
        left = self._budget - self._model.message_tokens
        fits, too_long = 0, len(part.text)
        while too_long - fits > 1:
            length = (fits + too_long) // 2
            within = self._model.count_text(f"{mark}{ELLIPSIS}{part.text[-length:]}") <= left
            fits, too_long = (length, too_long) if within else (fits, length)
        # Where no word of a tool fits, its mark need not stand either: it alone can be more than a small budget.
        text = f"{mark}{ELLIPSIS}{part.text[len(part.text) - fits :]}" if fits else ELLIPSIS
        tokens = self._model.count_text(text) + self._model.message_tokens
        return replace(part, text=text, tokens=tokens, images=())

    def _image_tokens(self, turn: Turn) -> int:
        return sum(self._model.image_cost(image.width, image.height).tokens for image in turn.images)


def _marked(turn: Turn, text: str) -> str:
    """Write text of a turn; behind the mark of a tool every further line is indented, so that it is the tool's too."""
    return f"{TOOL}{continued(text)}" if turn.role == "tool" else text
