"""Salvage every turn that can still be read from a damaged store, as lines that can be imported into a new one.

- What is given back is what was stored: checksums tell.
- The damaged file is only looked at, never opened as a database: nothing is written to it or beside it.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sokdok.errors import InputError
from sokdok.memory.images import NewImage, TurnImage
from sokdok.memory.store.database import PAGE_SIZE
from sokdok.memory.store.interchange import Line, write_line
from sokdok.memory.store.recovery.sqlite_pages import Pages, Row, Text
from sokdok.memory.store.schema import checksum, split_id
from sokdok.memory.turn import NewTurn, check_name


@dataclass
class Salvaged:
    """What was found in a damaged store."""

    turns: dict[int, NewTurn] = field(default_factory=dict)
    """Turns by id, without their images."""
    names: dict[int, str] = field(default_factory=dict)
    """Names of conversations by id."""
    images: dict[int, NewImage] = field(default_factory=dict)
    """Images by id."""
    links: dict[int, dict[int, int]] = field(default_factory=dict)
    """Id of the image by id of the turn and position in it."""

    @property
    def lost_turns(self) -> dict[str, int]:
        """Count missing turns by conversation, as far as their numbers tell: the last ones leave no gap."""
        lost: dict[str, int] = {}
        for turn in self.turns:
            conversation, number = split_id(turn)
            name = self._name(conversation)
            lost[name] = max(lost.get(name, 0), number)
        for turn in self.turns:
            lost[self._name(split_id(turn)[0])] -= 1
        return {name: count for name, count in lost.items() if count}

    @property
    def lost_images(self) -> int:
        """Count images that are missing from turns that were read."""
        links = [image for turn in self.turns for image in self.links.get(turn, {}).values()]
        return sum(image not in self.images for image in links)

    def lines(self) -> Iterator[str]:
        """Yield the turns in order, as `export_turns` writes them."""
        for turn, found in sorted(self.turns.items()):
            conversation, number = split_id(turn)
            linked = [image for _, image in sorted(self.links.get(turn, {}).items())]
            images = tuple(self.images[image] for image in linked if image in self.images)
            whole = NewTurn(found.role, found.text, found.time, found.meta, found.important, images)
            yield write_line(Line(self._name(conversation), number, whole))

    def _name(self, conversation: int) -> str:
        return self.names.get(conversation, f"conversation {conversation}")


def salvage(path: Path) -> Salvaged:
    """Read what is left of a damaged store, which this process must not have open as a Store: it would lose its locks.

    Raises InputError if the file can't be read or holds no turn.
    """
    found = Salvaged()
    log = _content(path.with_name(f"{path.name}-wal"), optional=True)
    for row in Pages(_content(path), log, PAGE_SIZE).rows():
        try:
            _collect(row, found)
        except (ValueError, RecursionError, InputError):  # its content is damaged after all
            continue
    if not found.turns:
        raise InputError(f"no turn can be read from {path}; it was left as it is")
    return found


def _content(path: Path, *, optional: bool = False) -> bytes | mmap.mmap:
    """Return a file's bytes, mapped into memory; empty for an `optional` one that is missing. Raises InputError."""
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
    except (OSError, ValueError) as error:
        if optional and isinstance(error, FileNotFoundError):
            return b""
        raise InputError(f"{path} can't be read ({getattr(error, 'strerror', None) or error})") from None


def _collect(row: Row, found: Salvaged) -> None:
    """Add a row to the table that its types give away. Raises ValueError or InputError for content that is none."""
    match row.values:
        case (None, Text() as role, Text() as text, Text() as time, Text() as meta, int(important), int(stored), *_):
            texts = role.decode(), text.decode(), time.decode(), meta.decode()
            if checksum(row.id, *texts, bool(important)) == stored:
                found.turns[row.id] = _turn(*texts, bool(important))
        case (None, Text() as name):
            check_name(name.decode())
            found.names[row.id] = name.decode()
        case (None, Text() as sha256, Text() as media_type, int(width), int(height), bytes(data)):
            if hashlib.sha256(data).hexdigest() == sha256.decode():
                found.images[row.id] = NewImage(data, TurnImage(sha256.decode(), media_type.decode(), width, height))
        case (int(turn), int(position), int(image)):
            found.links.setdefault(turn, {})[position] = image


def _turn(role: str, text: str, time: str, meta: str, important: bool) -> NewTurn:
    return NewTurn(role, text, datetime.fromisoformat(time), json.loads(meta), important)
