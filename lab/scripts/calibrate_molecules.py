"""Fit the confidence of molecules: `python lab/scripts/calibrate_molecules.py --fonts data/fonts`.

Draws molecules from seeds that no training uses, reads them, and finds by logistic regression how often one is right
with such a score whose two readings agree, or don't. Prints the constants of `figures.molecule.read`, and what is said
of the second half of the drawings against how many of them are right; to be run anew whenever that net changes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from sokdok.figures.molecule.read import NanoMolecules
from sokdok.model.nano.session import bundled_folder, open_graph
from sokdok_lab.bench.evaluation.figures import compare_molecules
from sokdok_lab.synth.molecules.maker import molecule
from sokdok_lab.training.tasks.molecules import CAPTION_FONTS, LABEL_FONTS, fonts_named

HEAVY_ATOMS = (5, 25)  # as most that people draw have
FIRST_SEED = 500_000  # from here on, below those of any training
BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


def main() -> None:
    """Read the options, draw, read, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=Path, required=True, help="folder of fonts (lab/scripts/fetch_fonts.py)")
    parser.add_argument("--count", type=int, default=400, help="drawings")
    options = parser.parse_args()
    graph = open_graph(bundled_folder() / "molecules.onnx")
    reader = NanoMolecules(lambda pixels: np.asarray(graph.run(None, {"pixels": pixels})[0]))
    fonts, captions = (fonts_named(options.fonts, names) for names in (LABEL_FONTS, CAPTION_FONTS))
    rows, right = [], []
    for seed in range(FIRST_SEED, FIRST_SEED + options.count):
        drawn = molecule(seed, fonts, HEAVY_ATOMS, caption_fonts=captions)
        reading = reader.read(drawn.pixels)
        if reading.text:
            rows.append((1.0, reading.score, float(reading.agreed)))
            right.append(compare_molecules(drawn.smiles, reading.text)[0])
    found, truth = np.array(rows), np.array(right)
    weights = fitted(found[::2], truth[::2])
    said = 1 / (1 + np.exp(-found[1::2] @ weights))
    print(f"BIAS, OF_SCORE, OF_AGREEMENT = {', '.join(f'{weight:.1f}' for weight in weights)}")
    print(f"{len(truth)} of {options.count} read, {truth.mean():.3f} right, agreed {found[:, 2].mean():.3f}")
    print("| said | drawings | said, mean | right |\n|---|---|---|---|")
    for low, high in zip(BINS, BINS[1:], strict=False):
        own = (said >= low) & (said < high)
        if own.any():
            print(f"| {low} to {high} | {own.sum()} | {said[own].mean():.2f} | {truth[1::2][own].mean():.2f} |")


def fitted(rows: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The weights (K,) of rows (N, K) in the logarithm of the odds that they are right (N,), by Newton's method."""
    weights = np.zeros(rows.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-rows @ weights))
        curvature = (rows * (chance * (1 - chance))[:, None]).T @ rows + 1e-2 * np.eye(len(weights))
        weights += np.linalg.solve(curvature, rows.T @ (right - chance) - 1e-2 * weights)
    return weights


if __name__ == "__main__":
    main()
