"""Measure how a view grows with its conversation, from a thousand turns to a million: tokens, milliseconds, bytes.

- Turns are made from the built-in passages, three English to one Korean, each with a number of its own; they are
  appended in batches of 1,000, and at each size some more one by one, every one of them durable when the call returns.
- *Cold* is a new process: the interpreter's start, imports, the tokenizer and drawing every page are in it, and it ends
  when the view is there. *Opened* is a new `Memory` in a process that is warm. *Next* is the view after one more turn,
  *unchanged* the same view again.
- Wall-clock time on this machine, with whatever else runs on it.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

from sokdok.errors import SokdokError
from sokdok.memory.memory import Memory, new_turn
from sokdok.memory.turn import NewTurn
from sokdok.tokens.models import VisionModel
from sokdok_lab.bench.compression.texts import sentences
from sokdok_lab.bench.output import Advance, Row

BATCH_TURNS = 1000  # Turns appended in one transaction.
SINGLE_TURNS = 100  # Turns appended one by one at each size.
NEXT_TURNS = 40  # Turns after each of which a view is timed: enough for several new pages.
COLD_STARTS = 3  # New processes of which the median is taken.
SAMPLED_TURNS = 500  # Turns that are counted to estimate the tokens of all.
_COLD = "import sys; from sokdok import Memory; Memory(sys.argv[1], create=False).view(int(sys.argv[2]), sys.argv[3])"


PANELS = {"tokens": "tokens", "milliseconds": "milliseconds to make a view", "megabytes": "megabytes"}
_CURVES = (
    ("tokens", "view", "view_tokens", 1),
    ("tokens", "conversation as text", "raw_tokens", 1),
    ("milliseconds", "in a new process", "cold_ms", 1),
    ("milliseconds", "after one more turn, worst of 40", "worst_next_ms", 1),
    ("milliseconds", "after one more turn, median", "next_ms", 1),
    ("milliseconds", "unchanged", "unchanged_ms", 1),
    ("megabytes", "file", "file_bytes", 1e6),
    ("megabytes", "messages with pictures", "message_bytes", 1e6),
)  # panel, label, key, what is one of the panel's unit


def curves(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the points of a picture of rows: a line for each quantity, in the panel of its unit."""
    for panel, label, key, unit in _CURVES:
        for row in rows:
            place = {"system": label, "turns": row["turns"], "budget": f"budget {row['budget']:,}"}
            yield {**place, **dict.fromkeys(PANELS), panel: row[key] / unit}


def made_turns() -> Iterator[NewTurn]:
    """Yield turns without end, no two alike."""
    rng = random.Random("growth")
    pools = [sentences("en")] * 3 + [sentences("ko")]
    number = 0
    while True:
        number += 1
        text = " ".join(rng.sample(rng.choice(pools), rng.randint(1, 4)))
        yield new_turn("assistant" if number % 2 else "user", f"{text} ({number:,})")


def measure(
    folder: Path, budget: int, model: VisionModel, most: int, advance: Advance = lambda steps: None
) -> Iterator[Row]:
    """Grow one conversation in `folder` to `most` turns and measure its view at each size; `advance` counts turns."""
    path = folder / "growth.db"
    turns = made_turns()
    before = 0
    for size in [*(10**exponent for exponent in range(3, 10) if 10**exponent < most), most]:
        with Memory(path) as memory:
            start, seconds = before, 0.0
            while before < size - SINGLE_TURNS:
                batch = list(islice(turns, min(BATCH_TURNS, size - SINGLE_TURNS - before)))
                seconds += _seconds(partial(memory.extend, batch))
                before += len(batch)
                advance(len(batch))
            batch_rate = (before - start) / seconds
            single = [[turn] for turn in islice(turns, size - before)]
            single_rate = len(single) / sum(_seconds(partial(memory.extend, turn)) for turn in single)
            advance(size - before)
            before = size
        yield _row(path, size, budget, model, (batch_rate, single_rate), turns)
        before += NEXT_TURNS  # turns that timing the next view took


def _row(
    path: Path, size: int, budget: int, model: VisionModel, rates: tuple[float, float], turns: Iterator[NewTurn]
) -> Row:
    """Measure the view at one size; `rates` are those of appending."""
    cold = median(_cold(path, budget, model.name) for _ in range(COLD_STARTS))
    started = time.perf_counter()
    with Memory(path) as memory:
        view = memory.view(budget, model.name)
        opened = time.perf_counter() - started
        sample = memory.store.turns(memory.conversation, max(1, size // 2 - SAMPLED_TURNS), size // 2)
        raw = sum(model.count_text(turn.text) for turn in sample) * size // len(sample)
        unchanged = [_seconds(lambda: memory.view(budget, model.name)) for _ in range(NEXT_TURNS)]
        after = []
        for turn in islice(turns, NEXT_TURNS):
            memory.extend([turn])
            after.append(_seconds(lambda: memory.view(budget, model.name)))
    return {
        "turns": size,
        "budget": budget,
        "view_tokens": view.tokens,
        "used": view.tokens / budget,
        "raw_tokens": raw,  # of the conversation as text, estimated from a sample of its turns
        "pages": len(view.pages),
        "cold_ms": 1000 * cold,
        "opened_ms": 1000 * opened,
        "next_ms": 1000 * median(after),
        "worst_next_ms": 1000 * max(after),  # among which some begin a new page
        "unchanged_ms": 1000 * median(unchanged),
        "message_bytes": len(json.dumps(view.messages(), ensure_ascii=False).encode()),  # pictures included
        "file_bytes": sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*")),
        "batch_rate": rates[0],  # turns a second in batches, since the size before
        "single_rate": rates[1],  # one by one
    }


def _cold(path: Path, budget: int, model: str) -> float:
    """Return the seconds of a new process that makes a view, from its start to its end."""
    started = time.perf_counter()
    run = subprocess.run([sys.executable, "-c", _COLD, str(path), str(budget), model], capture_output=True, text=True)
    if run.returncode:
        raise SokdokError(f"a new process could not make the view: {run.stderr.strip().splitlines()[-1]}")
    return time.perf_counter() - started


def _seconds(action: Callable[[], object]) -> float:
    """Time an action."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
