"""Legibility profiles: how small a glyph each reader can read, and the probe that measures it.

- The probe has the reader in question read random strings at falling sizes of glyph, so that there is nothing to guess
  from; each page has one script and one size. Each row is filled up with spaces, which takes no mark for its end.
- A string counts as read exactly wherever it stands in what was read: a line that is lost, read twice or put in
  another place spoils its own strings only.
- nano's profile ships with it. Others are the user's: a JSON file each in `sokdok/legibility` of the system's folder
  for configurations (on Linux XDG_CONFIG_HOME, else `~/.config`); one called `nano` there goes before the shipped one.
- A profile is found under each of its model's names: what was measured as `gpt-4o-2024-11-20` holds for `gpt-4o`.
- A profile is data that people edit and copy, so it is checked when it is loaded, and an error names the file.
"""

from __future__ import annotations

import math
import random
import string
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args
from urllib.parse import quote

import msgspec
import numpy as np
import platformdirs

from sokdok.edits import distance
from sokdok.errors import InputError
from sokdok.files import replacing
from sokdok.pages.cells import slot
from sokdok.pages.draw import GLYPH_SIZES, GlyphSize, draw_text_page, get_glyph_size
from sokdok.pages.hangul import KS_X_1001
from sokdok.pages.page import Page
from sokdok.tokens.models import find_model

if TYPE_CHECKING:
    from sokdok.reading.reading import Reader, Reading

Script = Literal["latin", "digits", "hangul"]
SCRIPTS: tuple[Script, ...] = get_args(Script)
LEAST_SHARE = 0.9  # of the characters, read right, from which on a glyph counts as legible
_MOST_BYTES = 2**20  # of a profile's file; nano's has 5 kB
_LONGEST_REASON = 300  # characters of an error, which may quote the file
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Z = 1.96  # 95 % of a normal distribution lies within so many standard deviations


class LegibilityRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The measurement of one script in one size of glyph."""

    glyph: str  # `width`x`height` in pixels
    script: Script
    strings: Annotated[int, msgspec.Meta(ge=1)]  # how many were drawn
    exact: Share  # share of the strings that were read without a mistake
    characters: Share  # 1 - edit distance / length, white space aside; of each page at least 0
    failed: Annotated[int, msgspec.Meta(ge=0)] = 0  # pages that weren't read at all, whose strings count as read wrong

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval for `exact`."""
        n, share = self.strings, self.exact
        middle = share + _Z**2 / (2 * n)
        half = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
        scale = 1 + _Z**2 / n
        low, high = (middle - half) / scale, (middle + half) / scale
        return (low if share > 0 else 0.0), (high if share < 1 else 1.0)  # not what rounding makes of the bounds


class Legibility(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reader's legibility profile: how it reads each script in each size of glyph."""

    reader: str
    date: str  # of the measurement, ISO
    rows: tuple[LegibilityRow, ...]  # largest glyph first, its scripts in the order of SCRIPTS
    page: tuple[int, int] = (640, 640)  # (width, height) in pixels of the pages that were read

    @property
    def glyphs(self) -> tuple[GlyphSize, ...]:
        """The sizes that were measured, largest first."""
        sizes = {get_glyph_size(row.glyph) for row in self.rows}
        return tuple(sorted(sizes, key=lambda size: -size.area))

    def row(self, glyph: GlyphSize, script: str) -> LegibilityRow:
        """The measurement of one script in one size; KeyError if there is none."""
        for row in self.rows:
            if (row.glyph, row.script) == (str(glyph), script):
                return row
        raise KeyError(f"{script} in {glyph}")

    def legible(self, least: float = LEAST_SHARE) -> tuple[GlyphSize, ...]:
        """Sizes, largest first, in which at least that share of the characters of every script is read right."""
        unclear = {row.glyph for row in self.rows if row.characters < least}
        return tuple(glyph for glyph in self.glyphs if str(glyph) not in unclear)


def load_profile(name: str) -> Legibility | None:
    """The profile of the reader called `name`: the user's own, else the one that ships, else None.

    Raises InputError for a file that is no profile.
    """
    path = _path(name)
    if path.is_file():
        with path.open("rb") as file:
            return _parse(file.read(_MOST_BYTES + 1), str(path))
    if _short(name) != "nano":
        return None
    shipped = resources.files("sokdok") / "nano" / "legibility.json"
    return _parse(shipped.read_bytes(), str(shipped))


def save_profile(profile: Legibility) -> Path:
    """Keep a profile in the user's folder, whole or not at all, in place of an earlier one; returns its file."""
    path = _path(profile.reader)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(profile), indent=2) + b"\n")
    return path


def _path(name: str) -> Path:
    """Name the file of a user's profile; a slash in a name that no model has must not become a folder."""
    folder = platformdirs.user_config_path("sokdok", appauthor=False)
    return folder / "legibility" / f"{quote(_short(name), safe='')}.json"


def _short(name: str) -> str:
    """One name for all that people call a model, so that what was probed under one is found under another."""
    try:
        return find_model(name).name
    except InputError:
        return name


def _parse(data: bytes, source: str) -> Legibility:
    remedy = "measure it again with `sokdok probe --save`, or remove it"
    if len(data) > _MOST_BYTES:
        raise InputError(f"{source} is no legibility profile (more than {_MOST_BYTES:,} bytes); {remedy}")
    try:
        profile = msgspec.json.decode(data, type=Legibility)
        measured = {(row.glyph, row.script) for row in profile.rows}
        if not measured:
            raise ValueError("it has no rows")
        for glyph, script in product(profile.glyphs, SCRIPTS):  # one that was left out would pass for a legible one
            if (str(glyph), script) not in measured:
                raise ValueError(f"{script} in {glyph} is missing")
    except (ValueError, RecursionError, InputError) as error:
        raise InputError(f"{source} is no legibility profile ({str(error)[:_LONGEST_REASON]}); {remedy}") from None
    return profile


# The characters of each script's strings, and how many a string has.
_STRINGS: dict[Script, tuple[Sequence[str], int]] = {
    "latin": (string.ascii_letters, 8),
    "digits": (string.digits, 8),
    "hangul": (KS_X_1001, 4),
}

PAGE_PX = (640, 640)  # (width, height) of a page for a reader of which nothing is known


def default_page(name: str) -> tuple[int, int]:
    """Choose (width, height) for the reader called `name`: nearest to PAGE_PX of what its model does not resize."""
    try:
        sizes = find_model(name).page_sizes
    except InputError:
        return PAGE_PX
    return min(sizes, key=lambda size: abs(math.log(math.prod(size) / math.prod(PAGE_PX))))


@dataclass(frozen=True)
class Sheet:
    """A page of random strings, before it is drawn."""

    glyph: GlyphSize
    script: Script
    strings: tuple[str, ...]
    text: str  # the strings in full rows
    size: tuple[int, int]  # (width, height) in pixels

    def draw(self, alphabet: Collection[int] | None) -> Page:
        """Draw the page as the reader gets it."""
        return draw_text_page(self.text, self.glyph, self.size, alphabet, f"{self.script} in {self.glyph}")


def plan_sheets(
    glyphs: Iterable[GlyphSize] = GLYPH_SIZES, size: tuple[int, int] = PAGE_PX, *, strings: int = 100, seed: int = 0
) -> list[Sheet]:
    """Plan as many sheets of `size` (width, height) pixels as `strings` of every script take in each of the glyphs.

    Equal arguments give equal sheets. Raises InputError if a page is too small for one string.
    """
    return [
        sheet
        for glyph in glyphs
        for script in SCRIPTS
        for sheet in _sheets(glyph, script, size, strings, random.Random(f"{seed} {script} {glyph}"))
    ]


def _sheets(glyph: GlyphSize, script: Script, size: tuple[int, int], count: int, rng: random.Random) -> Iterator[Sheet]:
    columns, rows = glyph.grid(size)
    font, (characters, length) = glyph.cell.glyphs, _STRINGS[script]
    known = [char for char in characters if font.has(np.array([ord(char)]))[0]]
    width = length * int(font.widths[slot(np.array([ord(known[0])]))[0]])
    per_row = columns // (width + 1)  # a space behind each, so that none runs on into the next row
    if not per_row * rows:
        raise InputError(f"a page of {size[0]}x{size[1]} pixels has no room for {length} characters in {glyph} glyphs")
    strings = ["".join(rng.choices(known, k=length)) for _ in range(count)]
    for start in range(0, count, per_row * rows):
        chunk = strings[start : start + per_row * rows]
        filled = [chunk[at : at + per_row] for at in range(0, len(chunk), per_row)]
        # Spaces up to the end of a row take no mark for its end.
        text = "".join(" ".join(row) + " " * (columns - len(row) * (width + 1) + 1) for row in filled)
        yield Sheet(glyph, script, tuple(chunk), text, size)


def probe(
    reader: Reader,
    sheets: Sequence[Sheet],
    *,
    plain: Callable[[str], str] = str,
    report: Callable[[Sheet, Reading], None] = lambda sheet, reading: None,
    **options: Any,
) -> Legibility:
    """Have `reader` read the sheets (`plan_sheets`, of one page size) and say what came back.

    `plain` turns an answer into plain text, `report` is called with every page; `options` go to the reader's `read`.
    """
    tallies: dict[tuple[str, Script], _Tally] = {}
    pages = (sheet.draw(reader.abilities.alphabet) for sheet in sheets)  # drawn as the reader asks for them
    for sheet, reading in zip(sheets, reader.read(pages, **options), strict=True):
        tallies.setdefault((str(sheet.glyph), sheet.script), _Tally()).add(sheet, reading, plain)
        report(sheet, reading)
    rows = tuple(tally.row(glyph, script) for (glyph, script), tally in tallies.items())
    return Legibility(reader.name, datetime.now(UTC).date().isoformat(), rows, sheets[0].size)


class _Tally:
    """Counts what was drawn in one script and size, and how much of it came back."""

    def __init__(self) -> None:
        self.strings = self.exact = self.characters = self.errors = self.failed = 0

    def add(self, sheet: Sheet, reading: Reading, plain: Callable[[str], str]) -> None:
        """Count one page."""
        read = plain(reading.text).split() if reading.status != "failed" else []
        drawn = "".join(sheet.strings)
        self.strings += len(sheet.strings)
        self.exact += (Counter(sheet.strings) & Counter(read)).total()
        self.characters += len(drawn)
        self.errors += min(len(drawn), distance(drawn, "".join(read)))
        self.failed += reading.status == "failed"

    def row(self, glyph: str, script: Script) -> LegibilityRow:
        """The result."""
        right = 1 - self.errors / self.characters
        return LegibilityRow(glyph, script, self.strings, self.exact / self.strings, right, self.failed)
