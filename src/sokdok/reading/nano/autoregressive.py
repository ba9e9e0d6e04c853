"""Greedy autoregressive reading, many steps at a time.

Plain greedy decoding asks the decoder once per symbol. Here a *draft* (what the classifier reads on the way ahead) is
put to the decoder in one pass of up to `CHUNK` steps: the decoder's own output at step i counts as long as the drafts
of all steps before i were what it would have chosen, symbol and move. So every pass yields at least one symbol,
nearly always a whole chunk, and the text is that of plain greedy decoding (speculative decoding: Leviathan et al.
2023).

The read position only ever moves right or down, so reading ends on every page, whatever the model predicts. It does not
end before the last ink: an end with ink behind it is none, and what the classifier reads stands in its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sokdok.model.config import DecoderConfig
from sokdok.model.nano.alphabet import START, STOP, SUBCELL_HEIGHT, SUBCELL_WIDTH, Alphabet, advance, edges
from sokdok.pages.cells import END
from sokdok.reading.nano.grid import CellGrid, Walk
from sokdok.reading.nano.session import Encoded, NanoSession, Stepped

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
    window: tuple[np.ndarray, np.ndarray]
    """keys and values (layers, heads, W - 1, head_dim) of the text just read, right-aligned"""
    row: int = 0  # of the read position, in subcells
    column: int = 0
    move: int = START  # the move that led to the read position
    steps: int = 0  # text steps so far
    horizon: int = CHUNK
    """steps worth drafting: twice what the decoder last agreed to, since each refusal wastes what lies behind it"""
    done: bool = False
    classes: list[np.ndarray] = field(default_factory=list)
    logprob: list[np.ndarray] = field(default_factory=list)
    moves: list[np.ndarray] = field(default_factory=list)
    rows: list[np.ndarray] = field(default_factory=list)
    columns: list[np.ndarray] = field(default_factory=list)


def start(
    encoded: Encoded, page: int, size: tuple[int, int], grid: CellGrid, alphabet: Alphabet, config: DecoderConfig
) -> ReadState:
    """Begin at the top left of page number `page` of an encoded batch."""
    first = np.array([alphabet.start, *alphabet.encode(np.array([0x20]))[0, 1:]])
    prefix = encoded.keys[:, page], encoded.values[:, page]
    layers, heads, _, dim = prefix[0].shape
    empty = np.zeros((layers, heads, window_of(config) - 1, dim), np.float32)
    return ReadState(encoded.subcells[page], prefix, size, grid, first, (empty, empty))


def window_of(config: DecoderConfig) -> int:
    """Text steps that a step sees, itself included."""
    assert config.sliding_window is not None  # nano always has one
    return config.sliding_window


def read_all(session: NanoSession, alphabet: Alphabet, states: list[ReadState], chunk: int = CHUNK) -> None:
    """Read every page to its end; pages that finish leave the batch."""
    while active := [state for state in states if not state.done]:
        advance_all(session, alphabet, active, chunk)


def advance_all(session: NanoSession, alphabet: Alphabet, states: list[ReadState], chunk: int) -> None:
    """Run the decoder once: every page advances by at least one symbol."""
    drafts = [_plan(state, chunk) for state in states]
    steps = max(len(draft.rows) for draft in drafts)
    output = session.step(_inputs(states, drafts, steps, session.config.decoder))
    for page, (state, draft) in enumerate(zip(states, drafts, strict=True)):
        _accept(state, draft, output, page, alphabet)


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
        "symbols": symbols,
        "moves": moves,
        "local": local,
        "edges": near,
        "positions": prefix + read[:, None] + np.arange(steps),
        "keys": keys,
        "values": values,
        "mask": np.concatenate([seen, past, new], 2)[:, None],
    }


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
