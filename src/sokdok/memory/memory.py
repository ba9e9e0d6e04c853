"""`Memory`: a conversation that forgets like a person and looks things up like a machine.

memory = Memory("chat.db")
memory.add("user", "The gate code is 4417.")
view = memory.view(budget=8000, model="gpt-4o")   # never more than 8,000 tokens, however long the conversation
client.chat.completions.create(model="gpt-4o", messages=view.messages())
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sokdok.compress.legibility import Legibility
from sokdok.compress.pages import legible_glyphs
from sokdok.errors import InputError
from sokdok.files import read_file
from sokdok.memory.compose import Composer
from sokdok.memory.forgetting.plan import Consumer
from sokdok.memory.images import MAX_FILE_BYTES, inspect_image
from sokdok.memory.store.database import default_file
from sokdok.memory.store.store import Store
from sokdok.memory.turn import Hit, NewTurn, Stats, Turn, check_speaker
from sokdok.memory.view import View
from sokdok.model.nano.alphabet import nano_code_points
from sokdok.tokens.models import find_model

MAX_RECALLED_TURNS = 200  # Turns that can be recalled at once.
MAX_QUESTION_CHARS = 20_000  # Characters of a question that are looked at, from its beginning.
_RANGE = re.compile(r"#?(?P<first>\d{1,10})(?:\s*[-–]\s*(?P<last>\d{1,10}))?")  # A turn's number or a range of them.


class Memory:
    """One conversation of the file `path`; None is `memory.db` here if there is one, else that of the user's data.

    `legibility` is the consuming model's profile, by default the one that was measured with `sokdok probe`.
    `embeddings` (`http://localhost:8000/v1#bge-m3`) is a model that finds turns by meaning as well as by words; where
    it can't be reached, a warning says so. Raises InputError or StoreError for a file that can't be used (`Store`).
    """

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        conversation: str = "default",
        legibility: Legibility | None = None,
        create: bool = True,
        embeddings: str | None = None,
    ) -> None:
        self.store = Store(default_file() if path is None else path, create=create, embeddings=embeddings)
        self.conversation = conversation
        self._legibility = legibility
        self._composers: dict[tuple[str, int, bool], Composer] = {}

    def add(
        self,
        role: str,
        text: str,
        *,
        important: bool = False,
        images: Sequence[str | Path | bytes] = (),
        time: datetime | None = None,
        **meta: Any,
    ) -> Turn:
        """Store a turn and return it when it is on the disk. `name` in `meta` is the speaker's name on pages.

        Raises InputError for an unknown role, a name that could pass for more than one (`turn.check_speaker`), an image
        that is none, metadata that JSON can't hold.
        """
        return self.extend([new_turn(role, text, important=important, images=images, time=time, **meta)])[0]

    def extend(self, turns: Iterable[NewTurn]) -> Sequence[Turn]:
        """Store turns in one transaction: all or none."""
        return self.store.append(self.conversation, turns)

    def view(self, budget: int, model: str = "nano", about: str | None = None) -> View:
        """Return what to show `model` of the conversation in at most `budget` tokens; see `View.messages`.

        Turns that match what is asked stand there word for word, the rest fades by age. `about` is the question, by
        default the newest turn of a user; with an empty one the whole is shown as age alone has it. Raises InputError
        for an unknown model, naming the nearest, and for a budget in which nothing fits.
        """
        found, number = find_model(model), 0
        if about is None:
            turn = self.store.newest(self.conversation, "user")
            about, number = (turn.text, turn.number) if turn else ("", 0)
        about = about.strip()[:MAX_QUESTION_CHARS]
        key = (found.name, budget, bool(about))
        if key not in self._composers:
            legible = self._legibility.legible() if self._legibility else legible_glyphs(found.name, found)
            reader = Consumer(found, legible, alphabet=nano_code_points() if found.name == "nano" else None)
            self._composers[key] = Composer(self.store, self.conversation, reader, budget, asked=bool(about))
        return self._composers[key].compose(about, number)

    def search(self, query: str, limit: int = 10) -> list[Hit]:
        """Find turns that hold the words of `query`, the best first."""
        return self.store.search(query, self.conversation, limit)

    def recall(self, wanted: int | str) -> Sequence[Turn]:
        """Return the exact turns of a number (`12`) or a range (`12-20`).

        They stand as text in the next views for a few turns. Raises InputError for what is not there.
        """
        match = _RANGE.fullmatch(str(wanted).strip())
        if not match:
            raise InputError(f"{wanted!r} is no turn (12) or range of turns (12-20)")
        first = int(match["first"])
        last = max(first, int(match["last"] or first))
        if last - first >= MAX_RECALLED_TURNS:
            raise InputError(f"{wanted} is {last - first + 1:,} turns; recall at most {MAX_RECALLED_TURNS} at once")
        turns = self.store.turns(self.conversation, first, last)
        if not turns:
            self.store.turn(self.conversation, first)  # raises, and says which turns there are
        self.store.mark_recalled(self.conversation, [turn.number for turn in turns])
        return turns

    def forget(self) -> int:
        """Delete the conversation from the file, nothing of it is left to be read; return how many turns it had.

        The memory may go on with a first turn. Raises InputError if it has none.
        """
        turns = self.store.forget(self.conversation)
        self._composers.clear()
        return turns

    def stats(self) -> Stats:
        """Return the conversation in numbers."""
        return self.store.stats(self.conversation)

    def text_tokens(self, model: str, counted: Callable[[int], object] = lambda turns: None) -> int:
        """Count what a model would be sent if it were sent everything: each turn as text, its images as they are.

        `counted` is called with the number of turns that were counted since the last call.
        """
        reader = find_model(model)
        tokens = self.store.end(self.conversation).number * reader.message_tokens
        for turn in self.store.all_turns(self.conversation):
            images = sum(reader.image_cost(image.width, image.height).tokens for image in turn.images)
            tokens += reader.count_text(turn.text) + images
            counted(1)
        return tokens

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def new_turn(
    role: str,
    text: str,
    *,
    important: bool = False,
    images: Sequence[str | Path | bytes] = (),
    time: datetime | None = None,
    **meta: Any,
) -> NewTurn:
    """Return a turn for `Memory.extend`; images are files or their bytes. What a system says is always important.

    Raises InputError, as for `Memory.add`.
    """
    check_speaker(role, meta)
    opened = tuple(
        inspect_image(image, f"image {number}")
        if isinstance(image, bytes)
        else inspect_image(read_file(Path(image), most=MAX_FILE_BYTES), str(image))
        for number, image in enumerate(images, 1)
    )
    return NewTurn(role, text, time, meta, important or role == "system", opened)
