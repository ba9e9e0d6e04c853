"""Pages that sokdok drew: read by either of two decoders over the vision tokens of their mode, and checked.

- The *parallel* decoder reads every cell of a page at once, once it knows which cell it is drawn in, and walks over the
  grid from glyph to glyph.
- The *autoregressive* decoder reads greedily, many steps at a time. Plain greedy decoding asks the decoder once per
  symbol. Here a *draft* (what the classifier reads on the way ahead) is put to the decoder in one pass of up to `CHUNK`
  steps: the decoder's own output at step i counts as long as the drafts of all steps before i were what it would have
  chosen, symbol and move. So every pass yields at least one symbol, nearly always a whole chunk, and the text is that
  of plain greedy decoding (speculative decoding: Leviathan et al. 2023). The read position only ever moves right or
  down, so reading ends on every page, whatever the model predicts. It does not end before the last ink: an end with ink
  behind it is none, and what the classifier reads stands in its place.
- The *check* says whether all of a page was read. sokdok draws exactly: no two symbols of a cell look alike, and where
  each one stands follows from those before it. So if what was read, drawn where it was read, gives the page's own
  pixels and leaves no cell out, then it is what was drawn; if not, the cells that differ are what is missing or wrong.
  The check does not read: what a cell shows is for the decoders to say. A dozen signs of the smallest
  cell look like two others side by side (Ⅳ and IV), and are not distinguished.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sokdok.model.config import DecoderConfig
from sokdok.model.nano.alphabet import (
    START,
    STOP,
    SUBCELL_HEIGHT,
    SUBCELL_WIDTH,
    Alphabet,
    advance,
    edges,
    moves_between,
)
from sokdok.model.nano.session import Encoded, NanoSession, Stepped
from sokdok.model.preprocess import Mode
from sokdok.pages.cells import BREAK, CELLS, END, Cell, slot
from sokdok.pages.draw import draw
from sokdok.pages.layout import Layout

PAPER, INK = 1.0, -1.0  # of normalised pixels


@dataclass(frozen=True)
class Decoded:
    """The text of one drawn page, as one of the decoders read it."""

    decoder: str
    symbols: np.ndarray  # (N,)
    logprob: np.ndarray  # (N,) natural log-probability of each symbol
    unread: int  # cells of the page that it does not account for (`unread_cells`)
    cells: int  # cells of the page

    @property
    def mean_logprob(self) -> float:
        return float(self.logprob.mean()) if len(self.logprob) else 0.0

    @property
    def missing(self) -> str:
        """How much of the page is missing from its text or wrong in it; empty if nothing is."""
        if not self.unread:
            return ""
        cells = f"{self.unread:,} of {self.cells:,} cells ({self.unread / self.cells:.1%})"
        return f"text is wrong or missing: {cells} do not look like what was read"


def read_drawn(session: NanoSession, pixels: np.ndarray, mode: Mode, decoder: str) -> list[Decoded]:
    """Read drawn pages from their pixels (B, 3, side, side) with one of `reader.DECODERS`."""
    encoded, size = session.encode(mode.name, pixels), (mode.base, mode.base)
    # 1. The parallel decoder: which cell a page is drawn in, what stands in each, and a walk over the grid.
    grids = []
    for page, subcells in zip(pixels, encoded.subcells, strict=True):
        inked = inked_subcells(page)
        cell = find_cell(session, subcells, inked, page)
        grids.append(classify_page(session, subcells, inked, cell))
    drafted = [_checked("parallel", session, grid.walk(), grid, page) for grid, page in zip(grids, pixels, strict=True)]
    if decoder == "parallel":
        return drafted
    # 2. The autoregressive decoder, with the grids as drafts.
    states = [start(session, encoded, page, size, grid) for page, grid in enumerate(grids)]
    read_all(session, states)
    read = [
        _checked("autoregressive", session, state.walk, state.grid, page)
        for state, page in zip(states, pixels, strict=True)
    ]
    # 3. Of both the text that accounts for more of the page.
    return [better(*texts) for texts in zip(read, drafted, strict=True)] if decoder == "auto" else read


def better(read: Decoded, drafted: Decoded) -> Decoded:
    """Choose the autoregressive text, unless the parallel one accounts for more of the page."""
    return drafted if drafted.unread < read.unread else read


def _checked(decoder: str, session: NanoSession, walk: Walk, grid: CellGrid, pixels: np.ndarray) -> Decoded:
    """Compare what was read with the page."""
    symbols = session.alphabet.decode(walk.classes)
    unread = unread_cells(symbols, walk.rows, walk.columns, grid.cell, pixels)
    return Decoded(decoder, symbols, walk.logprob, int(unread.sum()), unread.size)


def inked_subcells(pixels: np.ndarray) -> np.ndarray:
    """Find the 4x8 pixel subcells that are not blank paper: (H / 8, W / 4) bool of normalised pixels (3, H, W)."""
    return np.asarray(_any_in((pixels != PAPER).any(0), SUBCELL_WIDTH, SUBCELL_HEIGHT))


def inked_cells(subcells: np.ndarray, cell: Cell) -> np.ndarray:
    """Find the cells of a grid that are not blank paper, (rows, columns) bool, by their subcells (H / 8, W / 4)."""
    return _any_in(subcells, cell.width // SUBCELL_WIDTH, cell.height // SUBCELL_HEIGHT)


def unread_cells(
    symbols: np.ndarray, rows: np.ndarray, columns: np.ndarray, cell: Cell, pixels: np.ndarray
) -> np.ndarray:
    """Find the cells of a page that what was read does not account for, (rows, columns) bool.

    symbols (N,) were read at the subcells rows, columns (N,); pixels (3, H, W) are the page's, normalised. A cell is
    accounted for if just one symbol covers it and it looks as that symbol is drawn. A line end covers the rest of its
    row, the end mark the rest of the page.
    """
    height, width = pixels.shape[1:]
    glyphs, down, right = cell.glyphs, cell.height // SUBCELL_HEIGHT, cell.width // SUBCELL_WIDTH
    grid = height // cell.height, width // cell.width
    widths = glyphs.widths[slot(symbols)]
    on_grid = (rows % down == 0) & (columns % right == 0) & (columns // right + widths <= grid[1])
    drawn = glyphs.has(symbols) & on_grid
    rows, columns = rows // down, columns // right
    covered = np.zeros(grid, np.int64)
    np.add.at(covered, (rows[~drawn], columns[~drawn]), 2)  # what can't stand where it was read is wrong in any case
    symbols, widths, rows, columns = symbols[drawn], widths[drawn], rows[drawn], columns[drawn]
    np.add.at(covered, (rows, columns), 1)
    np.add.at(covered, (rows[widths == 2], columns[widths == 2] + 1), 1)
    for row, column in zip(rows[symbols == BREAK], columns[symbols == BREAK], strict=True):
        covered[row, column + 1 :] += 1
    for row, column in zip(rows[symbols == END], columns[symbols == END], strict=True):
        covered.reshape(-1)[row * grid[1] + column + 1 :] += 1
    redrawn = draw(Layout(cell, (width, height), symbols, columns, rows))
    differs = (pixels != np.where(redrawn == 0, INK, PAPER)).any(0)
    return (covered != 1) | _any_in(differs, cell.width, cell.height)


def _any_in(values: np.ndarray, width: int, height: int) -> np.ndarray:
    """Whether any of values (H, W) holds in each tile of width x height: (H / height, W / width)."""
    rows, columns = values.shape[0] // height, values.shape[1] // width
    tiles = values[: rows * height, : columns * width].reshape(rows, height, columns, width)
    return np.asarray(tiles.any((1, 3)))


_BAND_PX = 32  # height of what is read to find the cell: two rows of the tallest


@dataclass(frozen=True)
class Walk:
    """N symbols as they would be read one after the other."""

    classes: np.ndarray  # (N, 3)
    logprob: np.ndarray  # (N,)
    rows: np.ndarray  # (N,) of each read position, in subcells
    columns: np.ndarray  # (N,)
    moves: np.ndarray  # (N,) from each read position to the next; stop where the text or the page ends

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class CellGrid:
    """What the classifier predicts for every cell of a page."""

    cell: Cell
    classes: np.ndarray  # (rows, columns, 3)
    logprob: np.ndarray  # (rows, columns)
    symbols: np.ndarray  # (rows, columns) decoded
    last: int  # index, row by row, of the last cell of the page that is not blank, where alone an end mark can stand

    @cached_property
    def _strides(self) -> list[list[int]]:
        """Cells to skip at each cell; 0 ends the text and -1 the row. Lists, since they are walked one by one."""
        widths = self.cell.glyphs.widths[slot(self.symbols)].astype(int)
        return np.where(self.symbols == END, 0, np.where(self.symbols == BREAK, -1, widths)).tolist()

    def walk(self, row: int = 0, column: int = 0, limit: int | None = None) -> Walk:
        """Follow the text from a cell on: row by row, past two-cell glyphs, to the end mark, page's end or `limit`."""
        rows, columns = self.symbols.shape
        at: list[tuple[int, int]] = []
        stride = 1
        while row < rows and stride and (limit is None or len(at) < limit):
            at.append((row, column))
            stride = self._strides[row][column]
            column += stride
            if stride < 0 or column >= columns:
                row, column = row + 1, 0
        return self._walk(at, (row, column) if stride and row < rows else None)

    def _walk(self, at: list[tuple[int, int]], following: tuple[int, int] | None) -> Walk:
        path = np.array(at + [following] if following else at, np.int64).reshape(-1, 2)
        rows = path[:, 0] * (self.cell.height // SUBCELL_HEIGHT)
        columns = path[:, 1] * (self.cell.width // SUBCELL_WIDTH)
        moves = moves_between(rows, columns)[: len(at)]
        row, column = path[: len(at)].T
        return Walk(self.classes[row, column], self.logprob[row, column], rows[: len(at)], columns[: len(at)], moves)

    def goes_on(self, row: int, column: int) -> bool:
        """Whether there is ink behind the cell at a read position in subcells."""
        columns = self.symbols.shape[1]
        cell = row * SUBCELL_HEIGHT // self.cell.height * columns + column * SUBCELL_WIDTH // self.cell.width
        return cell < self.last

    def walk_from(self, row: int, column: int, limit: int) -> Walk | None:
        """Follow the text from a read position in subcells; None if no cell of the grid begins there."""
        down, right = self.cell.height // SUBCELL_HEIGHT, self.cell.width // SUBCELL_WIDTH
        if row % down or column % right:
            return None
        return self.walk(row // down, column // right, limit)


def classify_page(
    session: NanoSession, subcells: np.ndarray, inked: np.ndarray, cell: Cell, band: slice | None = None
) -> CellGrid:
    """Read every cell of a page at once, or those of a band of it, in pixels from the top.

    subcells: (N, F) features of the page; inked: (H / 8, W / 4) which of the subcells are not blank paper. An end mark
    with ink behind it is none: the next best class stands in its place.
    """
    ink = inked_cells(inked, cell)
    rows = slice(0, len(ink)) if band is None else slice(band.start // cell.height, band.stop // cell.height)
    last = int(np.flatnonzero(ink).max(initial=-1)) - rows.start * ink.shape[1]
    grid = subcells.reshape(*inked.shape, -1)
    anchors = grid[:: cell.height // SUBCELL_HEIGHT, :: cell.width // SUBCELL_WIDTH][rows, : ink.shape[1]]
    shape = anchors.shape[:2]
    best, other = session.classify(np.ascontiguousarray(anchors.reshape(-1, anchors.shape[-1])))
    ends = (session.alphabet.decode(best.classes) == END) & (np.arange(shape[0] * shape[1]) != last)
    classes = np.where(ends[:, None], other.classes, best.classes)
    logprob = np.where(ends, other.logprob, best.logprob)
    symbols = session.alphabet.decode(classes)
    return CellGrid(cell, classes.reshape(*shape, 3), logprob.reshape(shape), symbols.reshape(shape), last)


def find_cell(session: NanoSession, subcells: np.ndarray, inked: np.ndarray, pixels: np.ndarray) -> Cell:
    """Find the cell of a page: the one in which what is read in the first rows with ink looks most like them.

    pixels: (3, H, W) of the page, normalised; the others as for `classify_page`.
    """
    top = int(np.flatnonzero(inked.any(1)).min(initial=len(inked) - 1)) * SUBCELL_HEIGHT // _BAND_PX * _BAND_PX
    band = slice(top, top + _BAND_PX)
    unread = []
    for cell in CELLS.values():
        walk = classify_page(session, subcells, inked, cell, band).walk()
        symbols = session.alphabet.decode(walk.classes)
        unread.append(unread_cells(symbols, walk.rows, walk.columns, cell, pixels[:, band]).mean())
    return list(CELLS.values())[int(np.argmin(unread))]


CHUNK = 192  # most steps of a pass
_LEAST_DRAFT = 8  # steps drafted at least, however often the decoder disagreed


@dataclass
class ReadState:
    """How far one page is read."""

    subcells: np.ndarray  # (N, F)
    prefix: tuple[np.ndarray, np.ndarray]  # keys and values (layers, heads, P, head_dim) of its vision tokens
    size: tuple[int, int]  # (width, height) in pixels
    grid: CellGrid  # what the classifier reads, for drafts
    last: np.ndarray  # (3,) classes of the symbol before the read position
    window: tuple[np.ndarray, np.ndarray]  # keys, values (layers, heads, W - 1, head_dim) of the text just read
    row: int = 0  # of the read position, in subcells
    column: int = 0
    move: int = START  # the move that led to the read position
    steps: int = 0  # text steps so far
    horizon: int = CHUNK  # steps worth drafting: twice what was last agreed to; a refusal wastes what lies behind
    done: bool = False
    classes: list[np.ndarray] = field(default_factory=list)
    logprob: list[np.ndarray] = field(default_factory=list)
    moves: list[np.ndarray] = field(default_factory=list)
    rows: list[np.ndarray] = field(default_factory=list)
    columns: list[np.ndarray] = field(default_factory=list)

    @property
    def walk(self) -> Walk:
        """What was read."""
        return Walk(*map(np.concatenate, (self.classes, self.logprob, self.rows, self.columns, self.moves)))


def start(session: NanoSession, encoded: Encoded, page: int, size: tuple[int, int], grid: CellGrid) -> ReadState:
    """Begin at the top left of page number `page` of an encoded batch."""
    alphabet = session.alphabet
    first = np.array([alphabet.start, *alphabet.encode(np.array([0x20]))[0, 1:]])
    prefix = encoded.keys[:, page], encoded.values[:, page]
    layers, heads, _, dim = prefix[0].shape
    empty = np.zeros((layers, heads, window_of(session.config.decoder) - 1, dim), np.float32)
    return ReadState(encoded.subcells[page], prefix, size, grid, first, (empty, empty))


def window_of(config: DecoderConfig) -> int:
    """Text steps that a step sees, itself included."""
    assert config.sliding_window is not None  # nano always has one
    return config.sliding_window


def read_all(session: NanoSession, states: list[ReadState], chunk: int = CHUNK) -> None:
    """Read every page to its end: each advances by at least one symbol a run; pages that finish leave the batch."""
    while active := [state for state in states if not state.done]:
        drafts = [_plan(state, chunk) for state in active]
        steps = max(len(draft.rows) for draft in drafts)
        output = session.step(_inputs(active, drafts, steps, session.config.decoder))
        for page, (state, draft) in enumerate(zip(active, drafts, strict=True)):
            _accept(state, draft, output, page, session.alphabet)


def _plan(state: ReadState, chunk: int) -> Walk:
    """Draft from the read position on; without a draft, the single step there."""
    draft = state.grid.walk_from(state.row, state.column, min(chunk, state.horizon)) if chunk > 1 else None
    if draft is not None and len(draft):
        return draft
    here = np.array([state.row]), np.array([state.column])
    return Walk(np.zeros((1, 3), np.int64), np.zeros(1), *here, np.array([STOP]))


def _inputs(states: list[ReadState], drafts: list[Walk], steps: int, config: DecoderConfig) -> dict[str, np.ndarray]:
    """Make the decoder's inputs for a batch of drafts, padded to `steps`; see `Nano.step`."""
    window, prefix = window_of(config), states[0].prefix[0].shape[2]
    rows = [_step_inputs(state, draft, steps) for state, draft in zip(states, drafts, strict=True)]
    symbols, moves, local, near = (np.stack(part) for part in zip(*rows, strict=True))
    read = np.array([state.steps for state in states])
    step, slot = np.arange(steps)[:, None], np.arange(window - 1)[None, :]
    # Every step sees the whole page. Slot j of the window holds text step read - (W - 1) + j, which step i still sees
    # if j >= i, and which is empty before the text's first step. Of the new steps each sees those up to itself.
    seen = np.ones((len(states), steps, prefix), bool)
    past = (slot >= step)[None] & (read[:, None, None] - (window - 1) + slot[None] >= 0)
    ahead = np.arange(steps)[None, :]
    new = np.broadcast_to((ahead <= step) & (ahead > step - window), (len(states), steps, steps))
    keys, values = (np.stack([np.concatenate([s.prefix[k], s.window[k]], 2) for s in states], axis=1) for k in (0, 1))
    return {
        "symbols": symbols, "moves": moves, "local": local, "edges": near,
        "positions": prefix + read[:, None] + np.arange(steps), "keys": keys, "values": values,
        "mask": np.concatenate([seen, past, new], 2)[:, None],
    }  # fmt: skip


def _step_inputs(state: ReadState, draft: Walk, steps: int) -> tuple[np.ndarray, ...]:
    """One page's symbols (T, 3) and moves (T,) before each step, local features (T, F) and edges (T, 2) at it."""
    pad = steps - len(draft.rows)
    symbols = np.concatenate([state.last[None], draft.classes[:-1]])
    moves = np.concatenate([[state.move], draft.moves[:-1]])
    places = draft.rows * (state.size[0] // SUBCELL_WIDTH) + draft.columns
    near = edges(draft.rows, draft.columns, state.size)
    return (
        np.pad(symbols, ((0, pad), (0, 0))),
        np.pad(moves, (0, pad)),
        state.subcells[np.pad(places, (0, pad))],
        np.pad(near, ((0, pad), (0, 0))),
    )


def _accept(state: ReadState, draft: Walk, output: Stepped, page: int, alphabet: Alphabet) -> None:
    """Take the decoder's output up to the first step that the draft did not foresee, and move on."""
    count = len(draft.rows)
    classes, moves, logprob = (o[page, :count] for o in (output.classes, output.moves, output.logprob))
    # The step that disagrees still counts: all before it were right, so it is what plain decoding would have read.
    refused = np.flatnonzero(~((classes == draft.classes).all(1) & (moves == draft.moves)))
    taken = int(refused[0]) + 1 if len(refused) else count
    state.horizon = max(_LEAST_DRAFT, 2 * taken) if len(refused) else CHUNK
    ended = np.flatnonzero((moves[:taken] == STOP) | (alphabet.decode(classes[:taken]) == END))
    if len(ended):
        taken = int(ended[0]) + 1
        state.done = not _read_on(state, draft, classes, moves, logprob, taken - 1)
    classes, moves = classes[:taken], moves[:taken]
    state.classes.append(classes)
    state.moves.append(moves)
    state.logprob.append(logprob[:taken])
    state.rows.append(draft.rows[:taken])
    state.columns.append(draft.columns[:taken])
    # The cache keeps the last W - 1 steps: nothing later sees further back.
    fresh = output.keys[:, page, :, :taken], output.values[:, page, :, :taken]
    size = state.window[0].shape[2]
    keys, values = (np.concatenate([old, new], 2)[:, :, -size:] for old, new in zip(state.window, fresh, strict=True))
    state.window = keys, values
    state.last, state.move, state.steps = classes[-1], int(moves[-1]), state.steps + taken
    row, column = advance(draft.rows[taken - 1], draft.columns[taken - 1], moves[-1])
    state.row, state.column = int(row), int(column)
    beyond = state.row >= state.size[1] // SUBCELL_HEIGHT or state.column >= state.size[0] // SUBCELL_WIDTH
    state.done = state.done or beyond


def _read_on(
    state: ReadState, draft: Walk, classes: np.ndarray, moves: np.ndarray, logprob: np.ndarray, step: int
) -> bool:
    """Put what the classifier reads in the place of an end at `step` that has ink behind it; whether there is any."""
    row, column = int(draft.rows[step]), int(draft.columns[step])
    here = state.grid.walk_from(row, column, 1) if state.grid.goes_on(row, column) else None
    if here is None or not len(here):
        return False
    classes[step], moves[step], logprob[step] = here.classes[0], here.moves[0], here.logprob[0]
    return True
