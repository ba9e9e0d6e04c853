"""Train the recogniser: `python scripts/train_recogniser.py --windows SHARDS --held-out VALIDATION --out RUN`.

It goes on by itself from the checkpoint in RUN, for ever or for `--minutes`. `--decay STEPS --branch-of RUN` starts a
branch whose rate falls, in another folder (`training.recogniser_run`). `--init average.pt` goes on from weights alone.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import torch

from sokdok.model.alphabet import Alphabet, recogniser_chars
from sokdok.training.allocator import keep_freed_memory
from sokdok.training.recogniser_run import Plan, Run
from sokdok.training.shards import Shards


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--windows", type=Path, required=True, help="folder of scripts/draw_windows.py")
    parser.add_argument("--held-out", type=Path, required=True, help="folder of scripts/draw_windows.py --held-out")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--init", type=Path, help="average.pt to go on from, where RUN has no checkpoint yet")
    parser.add_argument("--branch-of", type=Path, help="run from which a branch starts")
    parser.add_argument("--decay", type=int, default=0, help="steps in which the rate of a branch falls")
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--size", type=int, default=48, help="windows in a batch (default: %(default)s)")
    parser.add_argument("--peak", type=float, default=2e-3, help="highest learning rate (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    keep_freed_memory()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    alphabet = Alphabet(recogniser_chars())
    plan = Plan(peak=options.peak, decay=options.decay)
    run = Run(alphabet, options.out, plan, options.held_out, options.device)
    if not run.load(options.out):
        if options.branch_of:
            run.load(options.branch_of)
            run.start = run.step
        elif options.init:
            run.load_weights(options.init)
    batches = iter(Shards(options.windows, alphabet, options.size, seed=run.step))
    run.train(batches, time.time() + 60 * options.minutes)


if __name__ == "__main__":
    main()
