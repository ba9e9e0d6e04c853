"""Greedy autoregressive reading, many steps at a time.

Plain greedy decoding asks the decoder once per symbol. Here a *draft* (what the classifier sees on the way ahead) is
put to the decoder in one pass of up to `CHUNK` steps: the decoder's own answer to step i counts as long as the drafts
of all steps before i were what it would have chosen, symbol and move. So every pass yields at least one symbol,
nearly always a whole chunk, and the text is that of plain greedy decoding (speculative decoding: Leviathan et al.
2023).

The cursor only ever moves right or down, so reading ends on every page, whatever the model says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sokdok.model.config import DecoderConfig
from sokdok.model.nano.alphabet import Alphabet
from sokdok.model.nano.moves import START, STOP, SUBCELL_HEIGHT, SUBCELL_WIDTH, advance, edges
from sokdok.pages.cells import END
from sokdok.reading.nano.grid import Walk
from sokdok.reading.nano.session import Encoded, NanoSession, Stepped

CHUNK = 192
"""steps a pass at most"""

Draft = Callable[[int, int, int], Walk | None]
"""(row, column, limit) in subcells -> what may be read from there"""


def no_draft(row: int, column: int, limit: int) -> Walk | None:
    """Plain greedy decoding: one step a pass."""
    return None


@dataclass
class Cursor:
    """One page being read."""

    subcells: np.ndarray
    """(N, F)"""
    prefix: tuple[np.ndarray, np.ndarray]
    """keys and values (layers, heads, P, head_dim) of its vision tokens"""
    size: tuple[int, int]
    """(width, height) in pixels"""
    draft: Draft
    last: np.ndarray
    """(3,) classes of the symbol before the cursor"""
    window: tuple[np.ndarray, np.ndarray]
    """keys and values (layers, heads, W - 1, head_dim) of the text just read, right-aligned"""
    row: int = 0
    column: int = 0
    move: int = START
    position: int = 0
    """text steps so far"""
    reach: int = CHUNK
    """steps worth drafting: twice what the decoder last agreed to, since each refusal wastes what lies behind it"""
    done: bool = False
    classes: list[np.ndarray] = field(default_factory=list)
    logprob: list[np.ndarray] = field(default_factory=list)
    moves: list[np.ndarray] = field(default_factory=list)


def start(
    encoded: Encoded, page: int, size: tuple[int, int], draft: Draft, alphabet: Alphabet, config: DecoderConfig
) -> Cursor:
    """A cursor at the top left of page number `page` of an encoded batch."""
    first = np.array([alphabet.start, *alphabet.encode(np.array([0x20]))[0, 1:]])
    prefix = encoded.keys[:, page], encoded.values[:, page]
    layers, heads, _, dim = prefix[0].shape
    empty = np.zeros((layers, heads, window_of(config) - 1, dim), np.float32)
    return Cursor(encoded.subcells[page], prefix, size, draft, first, (empty, empty))


def window_of(config: DecoderConfig) -> int:
    """Text tokens a step sees, itself included."""
    assert config.sliding_window is not None  # nano always has one
    return config.sliding_window


def read_all(session: NanoSession, alphabet: Alphabet, cursors: list[Cursor], chunk: int = CHUNK) -> None:
    """Advance every cursor to the end of its page; pages that finish leave the batch."""
    while active := [cursor for cursor in cursors if not cursor.done]:
        advance_all(session, alphabet, active, chunk)


def advance_all(session: NanoSession, alphabet: Alphabet, cursors: list[Cursor], chunk: int) -> None:
    """One decoder pass: every cursor reads at least one symbol."""
    drafts = [_plan(cursor, chunk) for cursor in cursors]
    steps = max(len(draft.rows) for draft in drafts)
    answer = session.step(_inputs(cursors, drafts, steps, session.config.decoder))
    for i, (cursor, draft) in enumerate(zip(cursors, drafts, strict=True)):
        _accept(cursor, draft, answer, i, alphabet)


def _plan(cursor: Cursor, chunk: int) -> Walk:
    """The draft from the cursor on; without one, the single step at the cursor."""
    draft = cursor.draft(cursor.row, cursor.column, min(chunk, cursor.reach)) if chunk > 1 else None
    if draft is not None and len(draft):
        return draft
    here = np.array([cursor.row]), np.array([cursor.column])
    return Walk(np.zeros((1, 3), np.int64), np.zeros(1), *here, np.array([STOP]))


def _inputs(cursors: list[Cursor], drafts: list[Walk], steps: int, config: DecoderConfig) -> dict[str, np.ndarray]:
    """Decoder inputs for a batch of drafts, padded to `steps`; see `Nano.step`."""
    window, prefix = window_of(config), cursors[0].prefix[0].shape[2]
    rows = [_steps(cursor, draft, steps) for cursor, draft in zip(cursors, drafts, strict=True)]
    symbols, moves, glimpses, near = (np.stack(part) for part in zip(*rows, strict=True))
    position = np.array([cursor.position for cursor in cursors])
    step, slot = np.arange(steps)[:, None], np.arange(window - 1)[None, :]
    # Slot j of the window holds text position p - (W - 1) + j, which step i still sees if j >= i.
    past = (slot >= step)[None] & (position[:, None, None] - (window - 1) + slot[None] >= 0)
    ahead = np.arange(steps)[None, :]
    new = np.broadcast_to((ahead <= step) & (ahead > step - window), (len(cursors), steps, steps))
    seen = np.ones((len(cursors), steps, prefix), bool)
    keys, values = (np.stack([np.concatenate([c.prefix[k], c.window[k]], 2) for c in cursors], axis=1) for k in (0, 1))
    return {
        "symbols": symbols,
        "moves": moves,
        "glimpses": glimpses,
        "edges": near,
        "positions": prefix + position[:, None] + np.arange(steps),
        "keys": keys,
        "values": values,
        "mask": np.concatenate([seen, past, new], 2)[:, None],
    }


def _steps(cursor: Cursor, draft: Walk, steps: int) -> tuple[np.ndarray, ...]:
    """Inputs of one page: what precedes each step, what lies under it."""
    pad = steps - len(draft.rows)
    symbols = np.concatenate([cursor.last[None], draft.classes[:-1]])
    moves = np.concatenate([[cursor.move], draft.moves[:-1]])
    places = draft.rows * (cursor.size[0] // SUBCELL_WIDTH) + draft.columns
    near = edges(draft.rows, draft.columns, cursor.size)
    return (
        np.pad(symbols, ((0, pad), (0, 0))),
        np.pad(moves, (0, pad)),
        cursor.subcells[np.pad(places, (0, pad))],
        np.pad(near, ((0, pad), (0, 0))),
    )


def _accept(cursor: Cursor, draft: Walk, answer: Stepped, i: int, alphabet: Alphabet) -> None:
    """Take the decoder's answers up to the first that its draft did not foresee, and move on."""
    count = len(draft.rows)
    classes, moves = answer.classes[i, :count], answer.moves[i, :count]
    agreed = (classes == draft.classes).all(1) & (moves == draft.moves)
    refused = np.flatnonzero(~agreed)
    taken = int(refused[0]) + 1 if len(refused) else count
    cursor.reach = max(8, 2 * taken) if len(refused) else CHUNK
    classes, moves = classes[:taken], moves[:taken]
    ended = np.flatnonzero((moves == STOP) | (alphabet.decode(classes) == END))
    if len(ended):
        taken = int(ended[0]) + 1
        classes, moves = classes[:taken], moves[:taken]
        cursor.done = True
    cursor.classes.append(classes)
    cursor.moves.append(moves)
    cursor.logprob.append(answer.logprob[i, :taken])
    fresh = answer.keys[:, i, :, :taken], answer.values[:, i, :, :taken]
    size = cursor.window[0].shape[2]
    keys, values = (np.concatenate([old, new], 2)[:, :, -size:] for old, new in zip(cursor.window, fresh, strict=True))
    cursor.window = keys, values
    cursor.last, cursor.move, cursor.position = classes[-1], int(moves[-1]), cursor.position + taken
    row, column = advance(draft.rows[taken - 1], draft.columns[taken - 1], moves[-1])
    cursor.row, cursor.column = int(row), int(column)
    beyond = cursor.row >= cursor.size[1] // SUBCELL_HEIGHT or cursor.column >= cursor.size[0] // SUBCELL_WIDTH
    cursor.done = cursor.done or beyond
