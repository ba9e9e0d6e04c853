"""Put a trained recogniser into a copy of a nano folder: `python scripts/export_recogniser.py AVERAGE NANO OUT`.

AVERAGE is the `average.pt` of a run (`training.recogniser_run`); it takes the place of `rows`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from sokdok.model.alphabet import Alphabet, recogniser_chars
from sokdok.model.export import replace_nets
from sokdok.model.nets import NETS
from sokdok.model.packing import load_packed
from sokdok.reading.nano.lines.reader import RECOGNISER_ALPHABET
from sokdok.training.recogniser_run import load_average


def main(average: Path, nano: Path, out: Path) -> None:
    """Copy the folder and add the net and its alphabet."""
    alphabet = Alphabet(recogniser_chars())
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(nano, out)
    lines = NETS["lines"]()  # written anew, folded
    tensors = load_packed(nano / "model.safetensors")
    lines.load_state_dict(
        {name.removeprefix("lines."): value for name, value in tensors.items() if name.startswith("lines.")},
        strict=False,
    )
    replace_nets(out, {"lines": lines, "recogniser": load_average(average, alphabet.classes)}, dropped=("rows",))
    alphabet.save(out / RECOGNISER_ALPHABET)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
