"""A view: what a model is shown of a conversation, oldest first, within a budget of tokens that is never exceeded.

A view is a list of parts: what each shows, of which turns, and what it costs. As chat messages the past is one message,
and then the newest turns follow as they were said.
"""

from __future__ import annotations

import base64
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, get_args

from sokdok.errors import require_choice
from sokdok.memory.stream import continued, indented
from sokdok.memory.turn import speaker, with_images

if TYPE_CHECKING:
    from sokdok.memory.forgetting.pages import Picture
    from sokdok.memory.forgetting.plan import Level
    from sokdok.memory.images import TurnImage
    from sokdok.memory.store.store import Store
    from sokdok.memory.turn import Turn
    from sokdok.tokens.models import VisionModel

Style = Literal["openai", "anthropic"]  # Provider whose messages are made.
Kind = Literal["preamble", "page", "abridged", "recalled", "turn"]
"""abridged: a level that is shown as text; recalled: a turn from further back, word for word, which was recalled by its
number or matches the question."""

PREAMBLE = (
    "What follows shows the earlier part of this conversation, oldest first. A turn begins with its number and its "
    "speaker, on pages behind a white 5B; on black, in texts in brackets at the start of a line; what looks like that "
    "elsewhere was said within a turn. Older turns are drawn smaller or abridged. White signs on black are no text: "
    "/ and | end a line, 1F600; is the character of that code point. If you need the exact words of a turn, recall it "
    "by its number."
)  # Text before the pages of a view.
RECALLED = "Exact words of earlier turns that may be asked about, oldest first; a later one may correct an earlier one:"
"""Line before recalled turns."""
IMAGES_SHARE = 0.25  # Share of the budget up to which images of one turn are shown; else they are named in its text.
TOOL = "[tool] "  # Beginning of a tool's words, whose role a chat message can't have by itself.
ELLIPSIS = "… "  # Beginning of a turn's text that was cut; two tokens at most.


@dataclass(frozen=True)
class Part:
    """One piece of a view."""

    kind: Kind
    tokens: int  # Tokens, with its share of the message around it.
    first_turn: int = 0
    last_turn: int = 0
    text: str = field(default="", repr=False)  # The text on it, of a page too.
    role: str = "user"
    level: Level | None = None
    level_number: int = 0  # Number of the level; 0 is the sharpest.
    pinned: bool = False  # Whether it shows the pinned stream: important turns and headings.
    picture: Picture | None = field(default=None, repr=False)
    images: tuple[tuple[TurnImage, bytes], ...] = field(default=(), repr=False)  # Images of a turn.

    def row(self) -> dict[str, Any]:
        """Return the part without what it shows, JSON-ready."""
        return {
            "kind": self.kind,
            "tokens": self.tokens,
            "first_turn": self.first_turn or None,
            "last_turn": self.last_turn or None,
            "pinned": self.pinned,
            "level": self.level_number if self.level else None,
            "level_name": self.level.name if self.level else None,
            "page": self.picture.id if self.picture else None,
            "size": self.picture.size if self.picture else None,
        }


def total(parts: Sequence[Part]) -> int:
    """Return the tokens of parts."""
    return sum(part.tokens for part in parts)


@dataclass(frozen=True)
class View:
    """A view of a conversation, as `Memory.view` returns it."""

    conversation: str
    model: str
    budget: int
    turns: int  # Turns of the whole conversation.
    exact_count: bool  # Whether text was counted with the model's own tokenizer; else by an estimate that errs high.
    parts: tuple[Part, ...] = field(repr=False)

    @property
    def tokens(self) -> int:
        """Tokens of all parts, at most `budget`."""
        return total(self.parts)

    @property
    def pages(self) -> tuple[Part, ...]:
        """The parts that are pictures."""
        return tuple(part for part in self.parts if part.picture is not None)

    @property
    def text_from(self) -> int:
        """The first turn that is there as text to its end; 0 if none is."""
        return next((part.first_turn for part in self.parts if part.kind == "turn"), 0)

    @property
    def oldest(self) -> int:
        """The oldest turn that the view shows anything of, apart from important and recalled ones."""
        shown = [
            part.first_turn for part in self.parts if part.kind in ("page", "abridged", "turn") and not part.pinned
        ]
        return min(shown, default=0)

    def explain(self) -> dict[str, list[Part]]:
        """Return what is shown how sharply, the sharpest first: text, recalled turns, then pages level by level."""
        kinds = ("turn", "recalled", "page", "abridged", "preamble")
        found: dict[str, list[Part]] = {}
        for part in sorted(self.parts, key=lambda part: (kinds.index(part.kind), not part.pinned, part.level_number)):
            level = "important" if part.pinned else part.level.name if part.level else part.kind
            found.setdefault("text" if level == "turn" else level, []).append(part)
        return found

    def messages(self, style: Style = "openai") -> list[dict[str, object]]:
        """Return messages of OpenAI's chat completions or Anthropic's messages; put your own instructions before them.

        Raises InputError for another style.
        """
        require_choice("message style", style, get_args(Style))
        past = [part for part in self.parts if part.kind not in ("turn", "recalled")]
        messages: list[dict[str, object]] = []
        if past:
            blocks = [
                _image("image/png", part.picture.png, style) if part.picture else {"type": "text", "text": part.text}
                for part in past
            ]
            messages.append({"role": "user", "content": blocks})
        for kind, some in groupby(self.parts, key=lambda part: part.kind):
            if kind == "recalled":
                messages.append({"role": "user", "content": "\n".join(part.text for part in some)})
            elif kind == "turn":
                messages += [_turn(part, style) for part in some]
        return messages

    def row(self, text_tokens: int) -> dict[str, Any]:
        """Return the view without its parts, JSON-ready; `text_tokens` is what the whole conversation takes as text."""
        return {
            "conversation": self.conversation,
            "model": self.model,
            "turns": self.turns,
            "budget": self.budget,
            "tokens": self.tokens,
            "text_tokens": text_tokens,
            "ratio": text_tokens / self.tokens if self.tokens else None,
            "exact_count": self.exact_count,
            "text_from": self.text_from,
            "oldest": self.oldest,
        }


def about(turn: Turn) -> str:
    """Write a turn's number, speaker and time: `12 Mina, 2026-01-31 12:00 UTC`."""
    time = turn.time.replace(tzinfo=None).isoformat(" ", "minutes")
    return f"{turn.number} {speaker(turn.role, turn.meta)}, {time} UTC"


def exact_entry(turn: Turn) -> str:
    """Write a whole turn: its text is indented, so that none of its lines can pass for another turn's heading."""
    return f"[{about(turn)}]\n{indented(with_images(turn.text, turn.images))}"


def _turn(part: Part, style: Style) -> dict[str, object]:
    """Return a turn as a message of its own, with a role that the API knows."""
    role = "user" if part.role == "tool" or (part.role == "system" and style == "anthropic") else part.role
    if not part.images:
        return {"role": role, "content": part.text}
    blocks = [_image(info.media_type, data, style) for info, data in part.images]
    if part.text:
        blocks.append({"type": "text", "text": part.text})
    return {"role": "user", "content": blocks}  # the only one who may send pictures


def _image(media_type: str, data: bytes, style: Style) -> dict[str, Any]:
    encoded = base64.b64encode(data).decode()
    if style == "anthropic":
        return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": encoded}}
    # Left to itself OpenAI's newer models take the original size, at up to four times the price that was counted.
    return {"type": "image_url", "image_url": {"url": f"data:{media_type};base64,{encoded}", "detail": "high"}}


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
        """Return a recalled turn as a part."""
        text = exact_entry(turn)
        return Part("recalled", self._count(text) + 1, turn.number, turn.number, text)  # and the line end before it

    def shortened(self, part: Part) -> Part:
        """Cut a part to the end of its text that fits into the budget."""
        mark = TOOL if part.role == "tool" else ""
        left = self._budget - self._model.message_tokens
        lengths, count = range(1, len(part.text)), self._model.count_text
        fits = bisect_right(lengths, left, key=lambda length: count(f"{mark}{ELLIPSIS}{part.text[-length:]}"))
        # Where no word of a tool fits, its mark need not stand either: it alone can be more than a small budget.
        text = f"{mark}{ELLIPSIS}{part.text[len(part.text) - fits :]}" if fits else ELLIPSIS
        tokens = self._model.count_text(text) + self._model.message_tokens
        return replace(part, text=text, tokens=tokens, images=())

    def _image_tokens(self, turn: Turn) -> int:
        return sum(self._model.image_cost(image.width, image.height).tokens for image in turn.images)


def _marked(turn: Turn, text: str) -> str:
    """Write text of a turn; behind the mark of a tool every further line is indented, so that it is the tool's too."""
    return f"{TOOL}{continued(text)}" if turn.role == "tool" else text
