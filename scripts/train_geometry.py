"""Train the geometry nets: `python scripts/train_geometry.py figures --fonts FONTS --out RUN`; resumes by itself.

`figures` finds points, lines, marks and characters; `letters` tells characters apart.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from sokdok.model.nano.formats.geometry import CHARS
from sokdok.model.nano.letters import LetterNet
from sokdok.training.nets import fit
from sokdok.training.tasks import geometry, geometry_letters


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("net", choices=("figures", "letters"))
    parser.add_argument("--fonts", type=Path, required=True, help="folder of scripts/fetch_fonts.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=5000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if options.net == "figures":
        make, loss, net = geometry.make_batch, geometry.loss, geometry.new_net()
    else:
        make, loss, net = geometry_letters.make_batch, geometry_letters.loss, LetterNet(len(CHARS))
    fit(net, make(options.fonts), loss, options.out, steps=options.steps)


if __name__ == "__main__":
    main()
