"""Legibility profiles: how small a glyph each reader can read, as `asking.probe` measured it.

- nano's profile ships with it. Others are the user's: a JSON file each in `sokdok/legibility` of the system's folder
  for configurations (on Linux XDG_CONFIG_HOME, else `~/.config`); one called `nano` there goes before the shipped one.
- A profile is found under each of its model's names: what was measured as `gpt-4o-2024-11-20` holds for `gpt-4o`.
- A profile is data that people edit and copy, so it is checked when it is loaded, and an error names the file.
"""

from __future__ import annotations

import math
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, get_args
from urllib.parse import quote

import msgspec
import platformdirs

from sokdok.errors import InputError
from sokdok.files import replacing
from sokdok.pages.glyphs import GlyphSize, get_glyph_size
from sokdok.tokens.models import find_model

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
    failed: Annotated[int, msgspec.Meta(ge=0)] = 0
    """pages that could not be read at all, whose strings count as read wrong"""

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
        return tuple(
            glyph
            for glyph in self.glyphs
            if all(row.characters >= least for row in self.rows if row.glyph == str(glyph))
        )


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
    remedy = "measure it anew with `sokdok probe --save`, or remove it"
    if len(data) > _MOST_BYTES:
        raise InputError(f"{source} is no legibility profile (more than {_MOST_BYTES:,} bytes); {remedy}")
    try:
        profile = msgspec.json.decode(data, type=Legibility)
        _check_complete(profile)
    except (ValueError, RecursionError, InputError) as error:
        raise InputError(f"{source} is no legibility profile ({str(error)[:_LONGEST_REASON]}); {remedy}") from None
    return profile


def _check_complete(profile: Legibility) -> None:
    """Raise ValueError for a script that was left out, which would pass for a legible one, InputError for a glyph."""
    if not profile.rows:
        raise ValueError("it has no rows")
    for glyph in profile.glyphs:
        for script in SCRIPTS:
            if not any((row.glyph, row.script) == (str(glyph), script) for row in profile.rows):
                raise ValueError(f"{script} in {glyph} is missing")
