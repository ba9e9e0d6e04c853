"""Pages of bars, which are read off by their heights: what nets of lines are tested on without fonts."""

import random

import numpy as np

from sokdok.model.nano.alphabet import Alphabet
from sokdok_lab.synth.pages.truth import Block, SyntheticPage

ALPHABET = Alphabet(" abcdefgh가나")
EM = 24


def page(seed: int) -> SyntheticPage:
    """Two lines whose letters are bars as high as their place in the alphabet, an em wide."""
    rng = random.Random(seed)
    pixels, boxes, text = np.full((140, 700), 255, np.uint8), [], ""
    for row in range(2):
        top = 30 + 50 * row
        line = "".join(" " if i % 6 == 5 else rng.choice("abcdefgh") for i in range(20))
        for i, char in enumerate(line):
            left = 40 + 28 * i
            if char != " ":
                pixels[top + EM - 3 * (ord(char) - 96) : top + EM, left + 6 : left + 18] = 0
            boxes.append((left, top, left + EM, top + EM))
        boxes.append((left + EM, top, left + EM, top + EM))
        text += line + "\n"
    return SyntheticPage(pixels, text, np.array(boxes, np.float32), (Block("paragraph", 0, 42),))
