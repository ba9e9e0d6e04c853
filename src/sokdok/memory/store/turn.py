"""What the store takes and gives back: turns, and the small records about them.

A `NewTurn` checks itself when it is made, so what reaches the store can be stored and read back as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sokdok.errors import InputError
from sokdok.memory.store.images import NewImage, TurnImage

LONGEST_NAME = 40
"""characters of a speaker's name"""
ROLES = ("user", "assistant", "system", "tool")


@dataclass(frozen=True)
class NewTurn:
    """A turn that is to be stored. Raises InputError for what could not be read back as it was."""

    role: str
    """user, assistant, system or tool"""
    text: str
    time: datetime | None = None
    """with its zone; None for the moment at which it is stored"""
    meta: Mapping[str, Any] = field(default_factory=dict)
    """whatever JSON can hold"""
    important: bool = False
    images: tuple[NewImage, ...] = ()

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise InputError(f"unknown role {self.role!r}; roles are {', '.join(ROLES)}")
        check_unicode(self.text, "the text")
        if self.time is not None:
            in_utc(self.time)
        encode_meta(self.meta)


@dataclass(frozen=True)
class Turn:
    """A stored turn."""

    conversation: str
    number: int
    """1, 2, … within its conversation"""
    role: str
    text: str
    time: datetime
    """in UTC"""
    meta: dict[str, Any]
    important: bool
    images: tuple[TurnImage, ...]
    start: int
    """where it begins on the conversation's stream, in drawing cells"""
    size: int
    """cells"""
    key_start: int
    """where it begins on the stream of important things"""
    key_size: int
    """cells; 0 for a turn that has no part in that stream"""


@dataclass(frozen=True)
class Hit:
    """A turn that a search found."""

    turn: Turn
    snippet: str
    """one line of its text around the first thing found"""
    score: float
    """BM25; more is better"""


class Conversation(NamedTuple):
    """A conversation in a file of many."""

    name: str
    turns: int
    last: datetime
    """time of its last turn"""


class Totals(NamedTuple):
    """A conversation in numbers."""

    turns: int
    important: int
    characters: int
    """of all texts"""
    first: datetime | None
    """the earliest time of a turn"""
    last: datetime | None
    """the latest"""


class Gist(NamedTuple):
    """The light form of a turn."""

    number: int
    speaker: str
    digest: str
    weight: float


class End(NamedTuple):
    """Where a conversation ends: what its next turn goes on from."""

    number: int
    """of its last turn; 0 if there is none"""
    length: int
    """of its stream, in cells"""
    key_length: int
    """of its stream of important things, in cells"""
    time: datetime | None
    """of its last turn"""


def speaker(role: str, meta: Mapping[str, Any]) -> str:
    """Who speaks: the name in the metadata, if it is a short one, else the role."""
    name = meta.get("name")
    return name if isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and name.isprintable() else role


def with_images(text: str, images: Sequence[TurnImage]) -> str:
    """A turn's text with its images in words behind it: `[image 640x480]`."""
    return " ".join([text, *(f"[image {image.width}x{image.height}]" for image in images)]) if images else text


def check_unicode(text: str, name: str) -> None:
    """Raises InputError for a lone surrogate, which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{name} holds a lone surrogate at character {error.start}: not valid Unicode") from None


def check_name(conversation: str) -> None:
    """Raises InputError for what would make no good name of a conversation."""
    if not conversation.strip() or not conversation.isprintable():
        raise InputError(f"{conversation!r} can't be a conversation's name: give it printable characters")


def in_utc(time: datetime) -> datetime:
    """The same moment in UTC. Raises InputError for a time without a zone, which is no moment."""
    if time.tzinfo is None:
        raise InputError(f"the time {time.isoformat()} has no zone: write {time.isoformat()}Z if it is UTC")
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise InputError(f"the time {time.isoformat()} lies outside of years 1 to 9999 in UTC") from None


def encode_meta(meta: Mapping[str, Any]) -> str:
    """Metadata as JSON. Raises InputError for what JSON can't hold."""
    try:
        text = json.dumps(dict(meta), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"the metadata can't be written as JSON ({error})") from None
    check_unicode(text, "the metadata")
    return text
