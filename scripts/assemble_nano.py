"""Put trained nets into nano's checkpoint: `python scripts/assemble_nano.py lines=RUN recogniser=RUN [--nano FOLDER]`.

A RUN is the folder of a run of `sokdok train`; its averaged weights are taken. `nano=RUN` replaces nano itself,
which reads drawn pages; the other nets stay.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from sokdok.model.nano.export import replace_nano, replace_nets
from sokdok.model.nano.nets import NETS
from sokdok.training.checkpoint import load_average
from sokdok.training.pages.snapshot import load_run


def main() -> None:
    """Read the options and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", metavar="NET=RUN", help=f"nets: nano, {', '.join(NETS)}")
    parser.add_argument("--nano", type=Path, default=Path("src/sokdok/nano"), help="checkpoint folder to change")
    options = parser.parse_args()
    torch.set_num_threads(1)
    runs = dict(item.split("=", 1) for item in options.runs)
    if "nano" in runs:
        replace_nano(options.nano, load_run(Path(runs.pop("nano")))[0])
    if runs:
        replace_nets(options.nano, {name: load_average(Path(run), NETS[name]()) for name, run in runs.items()})


if __name__ == "__main__":
    main()
