"""`sokdok probe`: how small a glyph a reader can read, measured; with --save, what views go by from then on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import to_builtins
from msgspec.structs import replace

from sokdok.cli.ui import reader_options as asking
from sokdok.cli.ui.console import PANEL_MEASURE, note, print_json, progress
from sokdok.errors import InputError, SokdokError

if TYPE_CHECKING:
    from rich.table import Table

    from sokdok.asking.legibility import Legibility
    from sokdok.asking.probe import Sheet
    from sokdok.pages.glyphs import GlyphSize
    from sokdok.reading import Reader, Reading

_PIPE_WIDTH = 160


def register(app: typer.Typer) -> None:
    """Add `sokdok probe` to the product's commands."""
    app.command("probe", rich_help_panel=PANEL_MEASURE)(probe)


def probe(
    model: asking.Model = "nano",
    model_name: asking.ModelName = None,
    strings: Annotated[
        int, typer.Option(min=1, help="Random strings of each script and glyph; fewer take fewer pages.")
    ] = 100,
    page: Annotated[
        str | None, typer.Option(metavar="WxH", help="Pixels of a page. Default: one that the model does not resize.")
    ] = None,
    glyph: Annotated[
        list[str] | None, typer.Option(metavar="WxH", help="Only this size of glyph; can be given several times.")
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Keep the profile: views of this model go by it.")] = False,
    profile_name: Annotated[
        str | None, typer.Option(help="Call the profile this: the model's name in views. Default: the reader's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure how small a glyph a reader can read: random strings in falling sizes, in Latin, digits and Hangul."""
    from sokdok.asking.legibility import save_profile
    from sokdok.asking.probe import default_page, plan_sheets
    from sokdok.reading import load

    size = _size(page) if page else None
    glyphs = _glyphs(glyph)
    reader = load(model, model=model_name)
    sheets = plan_sheets(glyphs, size or default_page(profile_name or reader.name), strings=strings)
    note(f"{reader.name} reads {len(sheets):,} pages of {'x'.join(map(str, sheets[0].size))} pixels")
    measured = _measure(reader, sheets)
    profile = replace(measured, reader=profile_name) if profile_name else measured
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


def _size(page: str) -> tuple[int, int]:
    """(width, height) of `640x480`."""
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", page)
    if not found:
        raise InputError(f"a page is its width and height in pixels, e.g. 640x640, not {page!r}")
    return int(found[1]), int(found[2])


def _glyphs(names: list[str] | None) -> list[GlyphSize]:
    """The sizes without repetition, largest first; all by default."""
    from sokdok.pages.glyphs import GLYPH_SIZES, get_glyph_size

    chosen = {get_glyph_size(name) for name in names} if names else set(GLYPH_SIZES)
    return [size for size in GLYPH_SIZES if size in chosen]


def _measure(reader: Reader, sheets: list[Sheet]) -> Legibility:
    """Read the sheets, with a bar, and say on stderr what goes wrong."""
    from sokdok.asking import probe
    from sokdok.documents.build import build_page
    from sokdok.documents.write.markdown import plain_text
    from sokdok.reading import Reading
    from sokdok.reading.prompts import TASKS

    family = reader.abilities.family
    asked = asking.query(reader, "free" if family in TASKS["free"].families else None, None, None)
    options = {**asked.options} | asking.fitting(reader, mode=_mode(family, sheets[0].size))
    with progress("probing", total=len(sheets)) as advance:

        def report(sheet: Sheet, reading: Reading) -> None:
            if reading.status != "ok":
                note(
                    f"{sheet.script} in {sheet.glyph}: {reading.status}" + (f": {reading.error}" * bool(reading.error))
                )
            advance(1)

        def without_layout(text: str) -> str:
            return plain_text(build_page(Reading(0, "", "ok", text), 0, 0, 1))

        plain = without_layout if asked.layout else str
        return probe.probe(reader, sheets, plain=plain, report=report, **options)


def _mode(family: str | None, size: tuple[int, int]) -> str | None:
    """The mode in which these published models see pages of this size as they are; the others decide for themselves."""
    from sokdok.model.preprocess import MODES

    if family not in ("deepseek-ocr", "unlimited-ocr"):
        return None
    return next((mode.name for mode in MODES.values() if not mode.tile and (mode.base, mode.base) == size), None)


def _json(profile: Legibility) -> dict[str, Any]:
    """The profile as it is saved, with what follows from it."""
    rows = [to_builtins(row) | {"interval": row.interval} for row in profile.rows]
    return to_builtins(profile) | {"rows": rows, "legible": [str(glyph) for glyph in profile.legible()]}


def _print_table(profile: Legibility) -> None:
    from rich.console import Console

    from sokdok.asking.legibility import LEAST_SHARE

    out = Console(highlight=False)
    if not out.is_terminal:
        out.width = _PIPE_WIDTH  # nobody's window: cut nothing off
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
    from rich.table import Table

    from sokdok.asking.legibility import SCRIPTS

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
