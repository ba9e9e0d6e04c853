"""The records of a memory: turns as they are given and as they are stored, and what is known about them.

A `NewTurn` checks itself when it is made, so what reaches the store can be stored and read back as it was. A `Turn` has
one shape from the store to what commands print and servers answer.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sokdok.errors import InputError, encoded, require_choice
from sokdok.memory.images import NewImage, TurnImage

MAX_NAME_CHARS = 40  # Length of a speaker's name, at most; of a longer one the role is shown.
ROLES = ("user", "assistant", "system", "tool")  # Who may speak, in the terms of chat APIs.
_BRACKETS = {
    ord(bracket): other for pair in ("[]", "［］", "【】", "〔〕") for bracket, other in zip(pair, "()", strict=True)
}  # Brackets that enclose a speaker's name, and others that look alike, as round ones.
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class NewTurn:
    """A turn to be stored. Raises InputError for what could not be read back as it was."""

    role: str  # One of `ROLES`.
    text: str
    time: datetime | None = None  # With its zone; None: the moment at which it is stored.
    meta: Mapping[str, Any] = field(default_factory=dict)  # Anything that JSON can hold; `name` is the speaker's.
    important: bool = False
    images: tuple[NewImage, ...] = ()

    def __post_init__(self) -> None:
        require_choice("role", self.role, ROLES)
        encoded(self.text)
        if self.time is not None:
            in_utc(self.time)
        encode_meta(self.meta)


@dataclass(frozen=True)
class Turn:
    """A stored turn, as it was given."""

    conversation: str
    number: int  # 1, 2, … within its conversation.
    role: str
    text: str
    time: datetime  # In UTC.
    important: bool
    meta: dict[str, Any]  # `name` is the speaker's.
    images: tuple[TurnImage, ...]

    def row(self) -> dict[str, Any]:
        """Return the turn, JSON-ready."""
        return {each.name: getattr(self, each.name) for each in fields(Turn)} | {"time": self.time.isoformat()}


@dataclass(frozen=True)
class PlacedTurn(Turn):
    """A stored turn and its places on the streams that pages are cut from (`stream`), in cells."""

    start: int
    size: int
    pinned_start: int
    pinned_size: int  # 0 for a turn that has no part in the pinned stream.


@dataclass(frozen=True)
class Hit(Turn):
    """A turn that a search found."""

    snippet: str  # One line of its text around the foremost word found.
    score: float  # BM25; more is better. 0 of what an embedding model alone found.

    def row(self) -> dict[str, Any]:
        """Return the hit, JSON-ready."""
        return super().row() | {"snippet": self.snippet, "score": self.score}


class Conversation(NamedTuple):
    """A conversation in a file of many."""

    name: str
    turns: int
    last: datetime  # Time of its last turn.


@dataclass(frozen=True)
class Stats:
    """A conversation in numbers."""

    conversation: str
    turns: int
    important: int
    characters: int  # Characters of all texts.
    first: datetime | None  # Earliest time of a turn.
    last: datetime | None  # Latest time of a turn.
    file_bytes: int  # Size of the whole file, which may hold other conversations.

    @property
    def days(self) -> int:
        """Days from the first turn to the last, both counted in."""
        return (self.last.date() - self.first.date()).days + 1 if self.first and self.last else 0


class TurnSummary(NamedTuple):
    """A turn in one line, for pages that hold very many."""

    number: int
    role: str
    name: Any  # The speaker's, as the metadata have it.
    text: str
    weight: float  # Value per cell: which turns keep their summary where not all can.
    size: int  # Cells of the whole turn on the conversation's stream.


class End(NamedTuple):
    """The end of a conversation, from which its next turn goes on."""

    number: int  # Number of its last turn; 0 if there is none.
    length: int  # Cells of its stream.
    pinned_length: int  # Cells of its pinned stream.
    time: datetime | None  # Time of its last turn.


def speaker(role: str, meta: Mapping[str, Any]) -> str:
    """Return who speaks, as it is shown: the name in the metadata if it is a short one, else the role.

    In a name that `check_speaker` refuses, as older files and imports may have, what is misleading becomes other signs.
    It does not get longer by that: its length is part of a turn's size on its stream.
    """
    name = meta.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME_CHARS or not name.isprintable():
        return role
    name = _DATE.sub(lambda date: "~" * len(date[0]), name.translate(_BRACKETS))
    return f"~{name[1:]}" if _is_other_role(name, role) else name


def check_speaker(role: str, meta: Mapping[str, Any]) -> None:
    """Raise InputError for a name that could pass for more than a name: with brackets, a date, or another role's."""
    name = meta.get("name")
    if not isinstance(name, str):
        return
    if _is_other_role(name, role):
        raise InputError(f"a speaker of role {role!r} can't be called {name!r:.80}, which is a role: give another name")
    if name.translate(_BRACKETS) != name or _DATE.search(name):
        raise InputError(f"the name {name!r:.80} holds a bracket or a date: leave it out, names are shown in brackets")


def _is_other_role(name: str, role: str) -> bool:
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    return plain in ROLES and plain != role


def with_images(text: str, images: Sequence[TurnImage]) -> str:
    """Return a turn's text with its images in words behind it: `[image 640x480]`."""
    return " ".join([text, *(f"[image {image.width}x{image.height}]" for image in images)]) if images else text


def check_name(conversation: str) -> None:
    """Raise InputError for a conversation's name that is blank or not printable."""
    if not conversation.strip() or not conversation.isprintable():
        raise InputError(f"{conversation!r} can't be a conversation's name: give it printable characters")


def in_utc(time: datetime) -> datetime:
    """Return the same moment in UTC. Raises InputError for a time without a zone, which is no moment."""
    if time.tzinfo is None:
        raise InputError(f"the time {time.isoformat()} has no zone: write {time.isoformat()}Z if it is UTC")
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise InputError(f"the time {time.isoformat()} lies outside of years 1 to 9999 in UTC") from None


def encode_meta(meta: Mapping[str, Any]) -> str:
    """Return metadata as JSON. Raises InputError for what JSON can't hold."""
    try:
        text = json.dumps(dict(meta), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"the metadata can't be written as JSON ({error})") from None
    encoded(text, name="the metadata")
    return text
