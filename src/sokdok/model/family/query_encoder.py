"""The query encoder of DeepSeek-OCR-2: learnt queries read the page in an order of their own (arXiv 2601.20552).

- A Qwen2 stack in CLIP's place. Its input is the compressed SAM map, row by row, with one learnt query per cell behind;
  only the queries' outputs go on. They are the vision tokens, in reading order ("visual causal flow") and on no grid.
- Image tokens see one another and no query; a query sees the whole image and the queries before it. With a plain causal
  mask the result still reads plausibly, only worse: nothing but parity shows it.
- There are two sets of queries: 144 for tiles of 768 pixels, 256 for the global view of 1024.
- Qwen2's layers are the decoder's, plus biases on query, key and value.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sokdok.model.config import QueryEncoderConfig
from sokdok.model.family.decoder import Decoder


def visibility(patches: int, queries: int, device: torch.device | str | None = None) -> Tensor:
    """Who sees whom: bool (1, 1, N, N), N = patches + queries, True where the row's token sees the column's."""
    total = patches + queries
    visible = torch.ones(total, total, dtype=torch.bool, device=device).tril()
    visible[:, :patches] = True
    return visible[None, None]


class Qwen2(Decoder):
    """The decoder's stack with Qwen2's biases on embeddings (B, N, C) -> (B, N, C)."""

    def __init__(self, config: QueryEncoderConfig) -> None:
        super().__init__(config.stack)
        for layer in self.layers:
            for name in ("q_proj", "k_proj", "v_proj"):
                plain = getattr(layer.self_attn, name)
                setattr(layer.self_attn, name, nn.Linear(plain.in_features, plain.out_features))


class Qwen2Wrapper(nn.Module):
    """Holds the stack one name deeper, as the checkpoint does: `qwen2_model.model.model`."""

    def __init__(self, config: QueryEncoderConfig) -> None:
        super().__init__()
        self.model = Qwen2(config)

    def forward(self, embeds: Tensor, mask: Tensor) -> Tensor:
        return self.model(embeds, mask=mask)


class QueryEncoder(nn.Module):
    """Compressed SAM map (B, C, h, w) -> answers (B, queries, C) of the smallest set of queries that covers it."""

    def __init__(self, config: QueryEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.model = Qwen2Wrapper(config)
        for side in config.sides:
            self.add_module(f"query_{side}", nn.Embedding(config.queries(side), config.width))

    def queries_for(self, patches: int) -> Tensor:
        """The learnt queries (queries, C) for a map of `patches` cells. Raises ValueError beyond the largest set."""
        for side in self.config.sides:
            if patches <= self.config.queries(side):
                return self.get_parameter(f"query_{side}.weight")
        raise ValueError(f"no queries for a view of {patches} cells: {self.config.sides[-1]} pixels a side is the most")

    def forward(self, feature_map: Tensor) -> Tensor:
        patches = feature_map.flatten(2).transpose(1, 2)
        queries = self.queries_for(patches.shape[1]).expand(len(patches), -1, -1)
        mask = visibility(patches.shape[1], queries.shape[1], feature_map.device)
        return self.model(torch.cat((patches, queries), dim=1), mask)[:, patches.shape[1] :]
