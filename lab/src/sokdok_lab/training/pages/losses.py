"""What is asked of nano on drawn pages at each step, and how well it does."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from sokdok.model.nano.nano import Nano, SymbolLogits
from sokdok_lab.training.pages.deep import DeepHeads
from sokdok_lab.training.task import Batch, Outcome


def triple_loss(logits: SymbolLogits, targets: Tensor) -> Tensor:
    """Sum of the three heads' cross-entropies; targets (..., 3), -100 where nothing is asked."""
    return torch.stack(
        [F.cross_entropy(head.flatten(0, -2).float(), targets[..., i].flatten()) for i, head in enumerate(logits)]
    ).sum()


def triple_accuracy(logits: SymbolLogits, targets: Tensor) -> Tensor:
    """Share of the symbols asked for of which all three classes are right."""
    right = torch.stack([head.argmax(-1) == targets[..., i] for i, head in enumerate(logits)]).all(0)
    asked = targets[..., 0] >= 0
    return (right & asked).sum() / asked.sum().clamp(min=1)


def compute(model: Nano, batch: Batch, *, read: bool, deep: DeepHeads | None = None) -> Outcome:
    """Ask the dense head for every symbol of a batch (`pages.samples.PageBatch`) and, if `read`, the decoder.

    Losses are cross-entropies in nats: `dense`; `deep`, the dense loss of earlier feature maps, zero without deep
    supervision; `symbol` and `move` of the decoder. Accuracies are shares of symbols of which all three classes are
    right, and of moves.
    """
    pixels = batch["pixels"].contiguous(memory_format=torch.channels_last)
    if deep is None:
        tokens, subcells = model.encode(pixels)
        earlier: list[Tensor] = []
    else:
        tokens, (subcells, *earlier) = deep(model, pixels)
    page, place = batch["anchors"].unbind(1)
    dense = model.dense_head(subcells[page, place])
    losses = {"dense": triple_loss(dense, batch["symbols"])}
    losses["deep"] = losses["dense"].new_zeros(())
    for features in earlier:
        losses["deep"] = losses["deep"] + triple_loss(model.dense_head(features[page, place]), batch["symbols"])
    measures = {"dense_accuracy": triple_accuracy(dense, batch["symbols"])}
    if not read:
        return Outcome(losses, measures)
    pages = torch.arange(len(pixels), device=pixels.device)[:, None]
    local = subcells[pages, batch["positions"]]
    logits, moves = model(tokens, batch["previous"], batch["arrivals"], local, batch["edges"], batch["offsets"])
    losses["symbol"] = triple_loss(logits, batch["targets"])
    losses["move"] = F.cross_entropy(moves.flatten(0, 1).float(), batch["moves"].flatten())
    asked = batch["moves"] >= 0
    measures["symbol_accuracy"] = triple_accuracy(logits, batch["targets"])
    measures["move_accuracy"] = ((moves.argmax(-1) == batch["moves"]) & asked).sum() / asked.sum()
    return Outcome(losses, measures)
