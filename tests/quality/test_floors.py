"""Quality floors: what nano reads on pictures made at test time must not get worse.

- Some thirty synthetic pictures of fixed seeds, none of which training uses; drawn in matplotlib's own fonts, so that
  every machine has them.
- Each floor lies a little under the value measured on the date beside it: room for another machine's rounding, not for
  a worse model. Whoever changes the model, the readers or `synth` on purpose measures again and writes it down here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import fmean

import pytest
from PIL import Image, ImageFilter

from sokdok.bench.evaluation import documents, figures
from sokdok.bench.evaluation.evaluate import Case, EvalSet, evaluate, rows_of
from sokdok.bench.evaluation.synthetic import synthetic_cases
from sokdok.bench.evaluation.systems import SokdokReader
from sokdok.pages import Page
from sokdok.reading import load

PICTURES = 6
"""of each set"""


@dataclass(frozen=True)
class Floor:
    """The least mean of a metric over the pictures of a set."""

    metric: str
    floor: float
    measured: float
    """on the date in FLOORS"""


FLOORS: dict[str, tuple[Floor, ...]] = {
    "synthetic pages": (Floor("fidelity", 0.0, 0.0),),
    "synthetic tables": (Floor("TEDS", 0.0, 0.0),),
    "synthetic charts": (Floor("RMS-F1", 0.0, 0.0),),
    "synthetic molecules": (Floor("InChIKey exact", 0.0, 0.0), Floor("Tanimoto", 0.0, 0.0)),
    "synthetic geometry": (Floor("relation F1", 0.0, 0.0), Floor("line F1 at IoU .75", 0.0, 0.0)),
}
"""Measured on 2026-11-25 with the nano of that day, onnxruntime on CPU."""

SETS = {evalset.name: evalset for evalset in (*documents.SYNTHETIC, *figures.SYNTHETIC)}


@cache
def cases(name: str) -> tuple[Case, ...]:
    """The pictures of a set."""
    pytest.importorskip("rdkit")
    matplotlib = pytest.importorskip("matplotlib")
    return tuple(synthetic_cases(SETS[name], PICTURES, Path(matplotlib.get_data_path()) / "fonts" / "ttf"))


@cache
def system() -> SokdokReader:
    return SokdokReader(load("nano"))


def scores(evalset: EvalSet, read: tuple[Case, ...]) -> Mapping[str, float]:
    """Mean of every metric over the pictures."""
    outcomes = evaluate(system(), evalset, read, None)
    assert not [outcome.error for outcome in outcomes if outcome.error]
    return {row.metric: row.value for row in rows_of(evalset, system(), None, outcomes) if row.set == evalset.name}


if __name__ == "__main__":
    import time
    for name in FLOORS:
        t = time.perf_counter(); c = cases(name); m = time.perf_counter() - t
        p = time.process_time(); t = time.perf_counter(); s = scores(SETS[name], c)
        print(name, {f.metric: round(s[f.metric], 4) for f in FLOORS[name]}, f"make {m:.1f} read {time.perf_counter()-t:.1f} cpu {time.process_time()-p:.1f}", [x.page().size for x in c], flush=True)
