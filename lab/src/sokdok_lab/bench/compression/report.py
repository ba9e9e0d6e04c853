"""Print the compression experiment: tables, and in plain words what differs from what was published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sokdok_lab.bench.compression.builtin import BUILTIN
from sokdok_lab.bench.compression.compression import TRUNCATION, Row

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

TITLES = {
    "natural": "natural: English texts drawn by sokdok",
    "random": "random: random letters drawn by sokdok",
    "original": "original: the page images themselves",
    "korean": "korean: Korean prose drawn by sokdok",
    "mixed": "mixed: English, Korean and code, drawn by sokdok",
    "ks_x_1001": "ks_x_1001: all 2,350 syllables, shuffled, drawn by sokdok",
}
_SHORT = {"autoregressive": "autoregr.", "parallel": "parallel"}


def tables(rows: Sequence[Row]) -> Iterable[Table]:
    """Yield a table for each condition, a line per mode and bucket: the decoders, the baseline, published values."""
    for condition in dict.fromkeys(row.condition for row in rows):
        yield _table([row for row in rows if row.condition == condition])


def _table(rows: list[Row]) -> Table:
    from rich import box
    from rich.table import Table

    decoders = [name for name in _SHORT if any(row.decoder == name for row in rows)]
    columns = ["\nmode", "text\ntokens", "\ntexts", "vision\ntokens", "\nratio"]
    for name in decoders:
        columns += [f"{_SHORT[name]}\nfidelity", "\nexact", "\nwords", "\nloops"]
    columns += ["cut off\nfidelity", "\npaper", "\nmeasured"]
    table = Table(
        title=TITLES[rows[0].condition], title_justify="left", box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for name in columns:
        table.add_column(name, justify="left" if name == "\nmode" else "right", no_wrap=True)
    lines: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        lines.setdefault((row.mode, row.bucket), {})[row.decoder] = row
    mode = None
    for (line_mode, _), line in lines.items():
        if mode not in (None, line_mode):
            table.add_section()
        mode = line_mode
        table.add_row(*_cells(line, decoders))
    return table


def _cells(line: dict[str, Row], decoders: list[str]) -> list[str]:
    any_row = next(iter(line.values()))
    cells = [any_row.mode, any_row.bucket, str(any_row.pages), f"{any_row.vision_tokens:.0f}", f"{any_row.ratio:.1f}x"]
    for name in decoders:
        row = line.get(name)
        values = (row.fidelity, row.exact, _words(row)) if row else (None, None, None)
        cells += [*map(_number, values), f"{row.looped:.0%}" if row else ""]
    cut_off = line.get(TRUNCATION)
    return [*cells, _number(cut_off.fidelity if cut_off else None), _number(any_row.paper), _number(any_row.measured)]


def _words(row: Row) -> float:
    """Return the word column: Fox's set precision, but for syllables the share read right in their place."""
    return row.words_right if row.condition == "ks_x_1001" else row.word_precision


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def notes(rows: Sequence[Row]) -> list[str]:
    """Return what a reader of the tables must know before comparing columns, a line each."""
    conditions = {row.condition for row in rows}
    fox = any(row.measured is not None for row in rows)
    builtin_pages = any(row.data == BUILTIN for row in rows if row.condition in ("natural", "random"))
    lines = [
        "fidelity = 1 - edit distance / longer length, over characters, white space collapsed; exact: not collapsed.",
        "words = share of the truth's word types found, Fox's 'precision' (order-free)."
        + (" For ks_x_1001: share of syllables read right, in order." if "ks_x_1001" in conditions else ""),
        "text tokens are DeepSeek's; vision tokens are counted the paper's way, all page images of a text together.",
        "cut off = baseline: the text's first tokens, as many as the vision tokens spent, and nothing of the rest.",
        "autoregr. finds its way over any page; parallel reads all cells of the grid that sokdok draws on at once.",
    ]
    if any(row.paper is not None for row in rows):
        lines.append(
            "paper = DeepSeek-OCR's own 'precision' (formula not published) reading the 100 original Fox page images."
            + (" Our natural rows are not those images: we draw the text." if "natural" in conditions else "")
        )
    if fox:
        lines.append(
            "measured = DeepSeek-OCR's fidelity, arXiv 2601.03714, all 112 pages of which this folder may hold a part: "
            "natural and random drawn in Noto Sans 16 px, original the page images."
        )
    if builtin_pages:
        lines.append(
            "English texts are the built-in ones, not Fox: published columns are for orientation only. Fox: --data DIR."
        )
    if any(row.images > 1 for row in rows):
        lines.append("Some texts took more than one page image; their vision tokens are all counted.")
    return lines


def print_report(rows: Sequence[Row], console: Console) -> None:
    """Print tables, then what must be known to compare their columns."""
    for table in tables(rows):
        console.print(table)
    for line in notes(rows):
        console.print(line, markup=False, soft_wrap=True)
