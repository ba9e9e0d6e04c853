"""What is asked of the model at each step, and how well it does."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from sokdok.model.nano.nano import Nano, SymbolLogits
from sokdok.training.pages.deep import DeepHeads
from sokdok.training.pages.samples import Batch


@dataclass(frozen=True)
class Losses:
    """Cross-entropies in nats and shares of symbols right (all three classes), over a batch."""

    dense: Tensor
    deep: Tensor
    """the dense loss of earlier feature maps; zero without deep supervision"""
    symbol: Tensor | None
    move: Tensor | None
    dense_accuracy: float
    symbol_accuracy: float | None
    move_accuracy: float | None

    @property
    def total(self) -> Tensor:
        if self.symbol is None or self.move is None:
            return self.dense + self.deep
        return self.dense + self.deep + self.symbol + self.move

    def numbers(self) -> dict[str, float]:
        tensors = {"dense": self.dense, "deep": self.deep, "symbol": self.symbol, "move": self.move}
        out = {name: float(value.detach()) for name, value in tensors.items() if value is not None}
        shares = {"dense_accuracy": self.dense_accuracy, "symbol_accuracy": self.symbol_accuracy}
        shares["move_accuracy"] = self.move_accuracy
        return out | {name: share for name, share in shares.items() if share is not None}


def triple_loss(logits: SymbolLogits, targets: Tensor) -> Tensor:
    """Sum of the three heads' cross-entropies; targets (..., 3), -100 where nothing is asked."""
    return torch.stack(
        [F.cross_entropy(head.flatten(0, -2).float(), targets[..., i].flatten()) for i, head in enumerate(logits)]
    ).sum()


def triple_accuracy(logits: SymbolLogits, targets: Tensor) -> float:
    """Share of the symbols asked for of which all three classes are right."""
    right = torch.stack([head.argmax(-1) == targets[..., i] for i, head in enumerate(logits)]).all(0)
    asked = targets[..., 0] >= 0
    return float((right & asked).sum() / asked.sum().clamp(min=1))


def compute(model: Nano, batch: Batch, device: torch.device, *, read: bool, deep: DeepHeads | None = None) -> Losses:
    """Losses of one batch: the dense head on every symbol and, if `read`, the decoder on the segments."""
    tensor = {name: torch.from_numpy(value).to(device) for name, value in vars(batch).items()}
    pixels = tensor["pixels"].contiguous(memory_format=torch.channels_last)
    if deep is None:
        tokens, subcells = model.encode(pixels)
        earlier: list[Tensor] = []
    else:
        tokens, (subcells, *earlier) = deep(model, pixels)
    page, place = tensor["anchors"].unbind(1)
    dense = model.dense_head(subcells[page, place])
    dense_loss = triple_loss(dense, tensor["symbols"])
    deep_loss = dense_loss.new_zeros(())
    for features in earlier:
        deep_loss = deep_loss + triple_loss(model.dense_head(features[page, place]), tensor["symbols"])
    dense_accuracy = triple_accuracy(dense, tensor["symbols"])
    if not read:
        return Losses(dense_loss, deep_loss, None, None, dense_accuracy, None, None)
    pages = torch.arange(len(pixels), device=device)[:, None]
    local = subcells[pages, tensor["cursors"]]
    logits, moves = model(tokens, tensor["previous"], tensor["arrivals"], local, tensor["edges"], tensor["offsets"])
    move_loss = F.cross_entropy(moves.flatten(0, 1).float(), tensor["moves"].flatten())
    asked = tensor["moves"] >= 0
    move_accuracy = float(((moves.argmax(-1) == tensor["moves"]) & asked).sum() / asked.sum())
    return Losses(
        dense_loss,
        deep_loss,
        triple_loss(logits, tensor["targets"]),
        move_loss,
        dense_accuracy,
        triple_accuracy(logits, tensor["targets"]),
        move_accuracy,
    )
