"""Put trained nets into nano: `python lab/scripts/assemble_nano.py lines=RUN recogniser=RUN [--nano FOLDER]`.

A RUN is the folder of a run of `sokdok train`; its averaged weights are taken. `nano=RUN` replaces nano itself,
which reads drawn pages; the other nets stay. What a replaced net had in int8 is removed; `--int8` writes the graph in
int8 that the folder lacks (`training.int8`).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from sokdok_lab.training import int8
from sokdok_lab.training.checkpoint import load_average
from sokdok_lab.training.export import replace
from sokdok_lab.training.nets import NETS
from sokdok_lab.training.tasks.drawn_pages import load_run


def main() -> None:
    """Read the options and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", metavar="NET=RUN", help=f"nets: nano, {', '.join(NETS)}")
    parser.add_argument("--nano", type=Path, default=Path("src/sokdok/nano"), help="checkpoint folder to change")
    parser.add_argument("--int8", action="store_true", help="write graphs in int8 where they lack")
    parser.add_argument("--fonts", type=Path, help="of pages by which int8 is calibrated; default: the system's")
    options = parser.parse_args()
    torch.set_num_threads(1)
    runs = dict(item.split("=", 1) for item in options.runs)
    loaded = {name: load_run(Path(run))[0] if name == "nano" else load_average(Path(run), NETS[name]())
              for name, run in runs.items()}  # fmt: skip
    if loaded:
        replace(options.nano, loaded)
    if options.int8:
        for path in int8.complete(options.nano, options.fonts):
            print(path)


if __name__ == "__main__":
    main()
