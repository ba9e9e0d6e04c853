"""Functions of arrays that every net's output goes through."""

from __future__ import annotations

import numpy as np


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Probabilities of independent logits, of any shape."""
    return 1 / (1 + np.exp(-np.clip(logits, -60, 60)))


def softmax(logits: np.ndarray, axis: int = -1) -> np.ndarray:
    """Probabilities along an axis, which sum to 1."""
    powers = np.exp(logits - logits.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)
