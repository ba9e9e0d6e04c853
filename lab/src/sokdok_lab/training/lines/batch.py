"""Batches of windows as tensors, worn anew each time a window is drawn."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageFilter

from sokdok.model.nano.alphabet import Alphabet
from sokdok.model.nano.formats.lines import HEIGHT, PITCH, stretch
from sokdok_lab.training.lines.windows import WIDTH_PX, Window
from sokdok_lab.training.task import Batch


def stacked(windows: Sequence[Window], alphabet: Alphabet, rng: random.Random | None) -> Batch:
    """Stack B windows; their ink is worn anew unless `rng` is None.

    `pixels` (B, 1, 32, 512) uint8 ink; of the symbols in a window, padded to L, `first`, `vowel` and `final` (B, L)
    classes, `spans` (B, L, 2) where their boxes begin and end, in frames of 2 pixels, and `real` (B, L) whether they
    are any; and `known` (B, 256) the frames about which anything is known.
    """
    count, length = len(windows), max(len(window.symbols) for window in windows)
    symbols, spans = np.full((count, length), ord(" "), np.int64), np.zeros((count, length, 2), np.float32)
    real, known = np.zeros((count, length), bool), np.ones((count, WIDTH_PX // PITCH), bool)
    at = PITCH * (np.arange(WIDTH_PX // PITCH, dtype=np.float32) + 0.5)
    for i, window in enumerate(windows):
        size = len(window.symbols)
        symbols[i, :size], spans[i, :size], real[i, :size] = window.symbols, window.spans / PITCH, True
        for begin, end in window.unknown:
            known[i] &= (at < begin) | (at >= end)
    triples = alphabet.encode(symbols.ravel()).reshape(count, length, 3)
    pixels = np.stack([stretch(worn(window.ink, rng) if rng else window.ink) for window in windows])[:, None]
    named = {"pixels": pixels, "first": triples[..., 0], "vowel": triples[..., 1], "final": triples[..., 2]}
    named |= {"spans": spans, "real": real, "known": known}
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in named.items()}


def worn(ink: np.ndarray, rng: random.Random) -> np.ndarray:
    """Ink (32, W) uint8 with a little more of what happens to prints: another each time, in a fraction of a ms."""
    x: np.ndarray = ink
    if rng.random() < 0.1:
        x = np.asarray(Image.fromarray(x).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9))))
    if rng.random() < 0.08:
        scale = rng.uniform(0.35, 0.8)
        small = Image.fromarray(x).resize((round(x.shape[1] * max(scale, 0.5)), round(HEIGHT * scale)))
        x = np.asarray(small.resize((x.shape[1], HEIGHT), Image.Resampling.BILINEAR))
    if rng.random() < 0.06:
        buffer = io.BytesIO()
        Image.fromarray(x).save(buffer, "JPEG", quality=rng.randint(15, 70))
        x = np.asarray(Image.open(buffer))
    y: np.ndarray = x.astype(np.float32)
    if rng.random() < 0.15:
        y = 255 * (y / 255) ** rng.uniform(0.6, 1.6)
    if rng.random() < 0.15:
        y += np.linspace(rng.uniform(-30, 30), rng.uniform(-30, 30), y.shape[1], dtype=np.float32)
    if rng.random() < 0.15:
        noise = np.random.default_rng(rng.getrandbits(64))
        y += rng.uniform(2, 18) * noise.standard_normal(y.shape, np.float32)
    if rng.random() < 0.12:
        y = 255 - y
    if rng.random() < 0.3:
        y = np.roll(y, rng.choice([-1, 1]), 0)
    return np.clip(y, 0, 255)
