"""`sokdok probe`: how small a glyph a reader can read, measured; with --save, what views go by from then on."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from msgspec import to_builtins
from rich.table import Table

from sokdok.cli.ui.console import console, note, print_json, progress
from sokdok.cli.ui.options import Json, asks
from sokdok.compress.legibility import LEAST_SHARE, SCRIPTS, Legibility, Sheet, default_page, plan_sheets, save_profile
from sokdok.compress.legibility import probe as probe_reader
from sokdok.documents.build import build_page
from sokdok.documents.question import Question, open_reader
from sokdok.errors import SokdokError
from sokdok.model.preprocess import MODES
from sokdok.pages.draw import GLYPH_SIZES
from sokdok.reading import Reader, Reading
from sokdok.reading.prompts import TASKS, default_task


@asks("model set")
def probe(
    strings: Annotated[
        int, typer.Option(min=1, help="Random strings of each script and glyph; fewer take fewer pages.")
    ] = 100,
    save: Annotated[bool, typer.Option("--save", help="Keep the profile: views of this model go by it.")] = False,
    as_json: Json = False,
    *,
    question: Question,
) -> None:
    """Measure how small a glyph a reader can read: random strings in falling sizes, in Latin, digits and Hangul."""
    reader = open_reader(question)
    assert reader is not None  # pixels are looked at
    sheets = plan_sheets(GLYPH_SIZES, default_page(reader.name), strings=strings)
    note(f"{reader.name} reads {len(sheets):,} pages of {'x'.join(map(str, sheets[0].size))} pixels")
    profile = _measure(reader, sheets)
    failed = sum(row.failed for row in profile.rows)
    if save and not failed:
        note(f"saved in {save_profile(profile)}")
    if as_json:
        print_json(_json(profile))
    else:
        _print_table(profile)
    if failed:
        outcome = "the profile is not saved" if save else "their strings count as read wrong"
        raise SokdokError(f"{failed:,} of {len(sheets):,} pages failed: {outcome}")


def _measure(reader: Reader, sheets: list[Sheet]) -> Legibility:
    """Read the sheets, with a bar, and say on stderr what goes wrong."""
    family = reader.abilities.family
    task = None if family is None else "free" if family in TASKS["free"].families else default_task(family)
    mode, size = None, sheets[0].size
    if family in ("deepseek-ocr", "unlimited-ocr"):  # which see pages of this size as they are in one; others decide
        mode = next((mode.name for mode in MODES.values() if not mode.tile and (mode.base, mode.base) == size), None)
    options = {name: value for name, value in (("prompt", task and TASKS[task].prompt), ("mode", mode)) if value}
    with progress("probing", total=len(sheets)) as advance:

        def report(sheet: Sheet, reading: Reading) -> None:
            if reading.status != "ok":
                note(f"{sheet.script} in {sheet.glyph}: {reading.status}" + f": {reading.error}" * bool(reading.error))
            advance(1)

        def without_layout(text: str) -> str:
            return build_page(Reading(0, "", "ok", text), 0, 0, 1).text

        plain = without_layout if task and TASKS[task].layout else str
        return probe_reader(reader, sheets, plain=plain, report=report, **options)


def _json(profile: Legibility) -> dict[str, Any]:
    """The profile as it is saved, with what follows from it."""
    rows = [to_builtins(row) | {"interval": row.interval} for row in profile.rows]
    return to_builtins(profile) | {"rows": rows, "legible": [str(glyph) for glyph in profile.legible()]}


def _print_table(profile: Legibility) -> None:
    out = console()
    width, height = profile.page
    first = profile.rows[0]
    out.print(f"{profile.reader}, {first.strings:,} random strings of each script, {width}x{height} pixels a page")
    out.print()
    out.print(_table(profile))
    out.print()
    legible = profile.legible()
    smallest = f"smallest legible glyph: {legible[-1]}" if legible else "no glyph is legible"
    out.print(f"{smallest} (at least {LEAST_SHARE:.0%} of the characters right in every script)")


def _table(profile: Legibility) -> Table:
    """A row for each glyph: what is read exactly, with the 95 % interval, and characters read right, in percent."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("glyph", no_wrap=True)
    for script in SCRIPTS:
        table.add_column(f"{script} exact", justify="right", no_wrap=True)
        table.add_column("characters", justify="right", no_wrap=True)
    table.add_column("")
    legible = profile.legible()
    for glyph in profile.glyphs:
        cells = [str(glyph)]
        for row in (profile.row(glyph, script) for script in SCRIPTS):
            low, high = row.interval
            cells += [f"{row.exact:.1%} ({100 * low:.1f}-{100 * high:.1f})", f"{row.characters:.1%}"]
        mark = "" if glyph not in legible else "< smallest legible" if glyph == legible[-1] else "legible"
        table.add_row(*cells, mark)
    return table
