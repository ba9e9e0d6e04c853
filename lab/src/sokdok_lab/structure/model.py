"""The structure network: attention over a page's nodes with a bias from their geometry, and heads for nodes and pairs.

No order goes in: what nodes there are, where they stand and how they look is all. Tables have a stage of their own, in
which nodes of one table look at each other alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sokdok.layout.structure.network import LINKS, ROLES
from sokdok.layout.structure.nodes import CLASSES, FIRST, HASHES, LAST, NUMBERS, SIDES

GRIDS = ("row", "column")  # of table nodes: j begins in one of the rows, columns of i
LEVELS = 5
PAIRS = 16
HIDDEN = 24


@dataclass(frozen=True)
class Size:
    """Sizes of the network."""

    width: int = 96
    heads: int = 4
    layers: int = 4
    table_layers: int = 4
    hidden: int = 2  # times the width: the feed-forward part of a layer
    table_hidden: int = 2  # and of a layer of tables
    rank: int = 16  # of the product of two nodes in a relation


def pair_numbers(place: Tensor, cell: Tensor) -> Tensor:
    """Batch × nodes × nodes × PAIRS numbers of how two nodes stand to each other."""
    x0, y0, x1, y1, em = place.unbind(-1)

    def difference(a: Tensor, b: Tensor) -> Tensor:
        return b[:, None, :] - a[:, :, None]

    left, right, top, bottom = (difference(v, v) for v in (x0, x1, y0, y1))
    across = torch.maximum(difference(x1, x0), -difference(x0, x1))
    down = torch.maximum(difference(y1, y0), -difference(y0, y1))
    size = difference(em, em).clamp(-1, 1)
    far = torch.stack([left, right, (left + right) / 2, top, bottom, across, down], -1)
    far = far.sign() * torch.log1p(far.abs())
    near = torch.tanh(torch.stack([left, right, bottom, across], -1) * 3)
    same = [(difference(cell[..., side], cell[..., side]).abs() < 0.3).to(place.dtype) for side in range(SIDES)]
    return torch.cat([far, near, size[..., None], torch.stack(same, -1)], -1)


class Layer(nn.Module):
    """Attention and a feed-forward part, each behind a norm."""

    def __init__(self, width: int, heads: int, hidden: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.norm, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, hidden * width), nn.Linear(hidden * width, width)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Nodes batch × nodes × width, bias batch × heads × nodes × nodes."""
        batch, count, width = x.shape
        q, k, v = self.qkv(self.norm(x)).view(batch, count, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5 + bias).softmax(-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch, count, width))
        return x + self.down(torch.nn.functional.gelu(self.up(self.norm2(x))))


class Relations(nn.Module):
    """Logits of relations between nodes: a product of low rank, and a hidden layer over both and their geometry."""

    def __init__(self, width: int, count: int, rank: int) -> None:
        super().__init__()
        self.count, self.rank = count, rank
        self.norm = nn.LayerNorm(width)
        self.query, self.key = nn.Linear(width, count * rank), nn.Linear(width, count * rank)
        self.here, self.there = nn.Linear(width, HIDDEN), nn.Linear(width, HIDDEN)
        self.out = nn.Linear(HIDDEN, count)

    def forward(self, x: Tensor, geometry: Tensor) -> Tensor:
        """Batch × relations × nodes × nodes, from nodes and hidden numbers of pairs."""
        batch, nodes, _ = x.shape
        x = self.norm(x)
        query, key = (
            part(x).view(batch, nodes, self.count, self.rank).transpose(1, 2) for part in (self.query, self.key)
        )
        product = query @ key.transpose(-1, -2) * self.rank**-0.5
        hidden = torch.relu(geometry + self.here(x)[:, :, None] + self.there(x)[:, None])
        return product + self.out(hidden).permute(0, 3, 1, 2)


class StructureNet(nn.Module):
    """From nodes' numbers and places to roles and relations."""

    def __init__(self, size: Size | None = None) -> None:
        super().__init__()
        self.size = size = size or Size()
        width = size.width
        self.letters, self.hash = nn.Embedding(CLASSES, 12), nn.Embedding(HASHES, 16)
        self.enter = nn.Sequential(
            nn.Linear(NUMBERS + 12 * (FIRST + LAST) + 16, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.geometry = nn.Linear(PAIRS, 2 * HIDDEN)
        self.bias = nn.Linear(HIDDEN, size.heads * size.layers)
        self.layers = nn.ModuleList(Layer(width, size.heads, size.hidden) for _ in range(size.layers))
        self.norm = nn.LayerNorm(width)
        self.role, self.level = nn.Linear(width, len(ROLES)), nn.Linear(width, LEVELS)
        self.flags, self.none = nn.Linear(width, 2), nn.Linear(width, 3)
        self.links = Relations(width, len(LINKS), size.rank)
        self.table_geometry = nn.Linear(PAIRS, 2 * HIDDEN)
        self.table_bias = nn.Linear(HIDDEN, size.heads * size.table_layers)
        self.table_layers = nn.ModuleList(Layer(width, size.heads, size.table_hidden) for _ in range(size.table_layers))
        self.grids = Relations(width, len(GRIDS), size.rank)
        # Weights of before 2026-12-03 have a head that said how lines are joined, which no graph had.
        self.register_load_state_dict_pre_hook(
            lambda net, state, prefix, *_: [state.pop(f"{prefix}join.{part}", None) for part in ("weight", "bias")]
        )

    def encode(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Nodes, and the geometry of pairs, as hidden numbers."""
        letters = self.letters(batch["letters"]).flatten(2)
        x = self.enter(torch.cat([batch["numbers"], letters, self.hash(batch["hash"])], -1))
        near, geometry = self.geometry(pair_numbers(batch["place"], batch["cell"])).chunk(2, -1)
        hidden = torch.zeros(batch["mask"].shape, dtype=x.dtype, device=x.device).masked_fill(~batch["mask"], -30000.0)[
            :, None, None
        ]
        bias = self.bias(torch.relu(near)).permute(0, 3, 1, 2) + hidden
        for layer, part in zip(self.layers, bias.chunk(self.size.layers, 1), strict=True):
            x = layer(x, part)
        return self.norm(x), geometry

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Logits by head; `links` batch × LINKS × nodes × nodes, `none` for successor, parent and caption."""
        x, geometry = self.encode(batch)
        return {
            "x": x, "role": self.role(x), "level": self.level(x), "flags": self.flags(x), "none": self.none(x),
            "links": self.links(x, geometry),
        }  # fmt: skip

    def grid(self, x: Tensor, place: Tensor, cell: Tensor, table: Tensor | None = None) -> Tensor:
        """Logits batch × GRIDS × nodes × nodes for nodes of tables; `table` is their table's number, -1 for none.

        Without it all are of one table.
        """
        near, geometry = self.table_geometry(pair_numbers(place, cell)).chunk(2, -1)
        bias = self.table_bias(torch.relu(near)).permute(0, 3, 1, 2)
        if table is not None:
            apart = (table[:, :, None] != table[:, None, :]) | (table < 0)[:, None, :]
            apart = apart & ~torch.eye(table.shape[1], dtype=torch.bool, device=table.device)
            bias = bias.masked_fill(apart[:, None], -30000.0)
        for layer, part in zip(self.table_layers, bias.chunk(self.size.table_layers, 1), strict=True):
            x = layer(x, part)
        out: Tensor = self.grids(x, geometry)
        return out
