#!/usr/bin/env python3
"""Train nano's molecule net on synthetic drawings; ended at any moment, it goes on when started again.

    python scripts/train_molecules.py runs/molecule --fonts data/fonts --steps 9000

`--fonts` is the folder that scripts/fetch_fonts.py fills; without it labels are drawn in Pillow's own font.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import torch

from sokdok.training.nets import fit
from sokdok.training.tasks.molecules import Batches, molecule_net
from sokdok.training.tasks.molecules import loss as molecule_loss

LABEL_FONTS = re.compile(
    r"(Liberation(Sans|Serif)|Arimo|Tinos|Nimbus(Sans|Roman)|DejaVuSans|heros|termes|FreeSans|FreeSerif|STIXGeneral"
    r"|Roboto|Carlito|OpenSans|lmsans10|lmroman10)(-|\.)?(Regular|Bold|regular|bold|$)?(\.|$)"
)
"""upright fonts of the kinds that drawing programs write labels in"""


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, help="folder of the run")
    parser.add_argument("--fonts", type=Path, help="folder of fonts")
    parser.add_argument("--steps", type=int, default=9000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    fit(
        molecule_net(),
        Batches(label_fonts(options.fonts)),
        molecule_loss,
        options.out,
        steps=options.steps,
        device=options.device,
    )


def label_fonts(folder: Path | None) -> tuple[str, ...]:
    """Paths of the fonts for labels below a folder, sorted."""
    if folder is None:
        return ()
    return tuple(sorted(str(path) for path in folder.rglob("*.[to]tf") if LABEL_FONTS.search(path.name)))


if __name__ == "__main__":
    main()
