"""DeepEncoder: pixels to very few vision tokens (arXiv 2510.18234, section 3.2; arXiv 2601.20552).

- SAM sees all the patches, but through windows; the compressor leaves one token in sixteen; a second encoder sees those
  at once: CLIP, or in DeepSeek-OCR-2 a query encoder.
- With CLIP, a token is the concatenation of both views of its 64 x 64 pixel cell, *CLIP first*, through one linear
  layer. The class token takes part in CLIP's attention and is then dropped.
- With queries, a token is the answer to one of them, through the linear layer alone: a sequence, not a grid.
- To export to ONNX, trace inside `torch.nn.attention.sdpa_kernel(SDPBackend.MATH)`: with the CPU's fused kernel the
  exporter records a view of memory that its own decomposition of attention lays out otherwise, and fails.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sokdok.model.config import ClipConfig, QueryEncoderConfig, SamConfig
from sokdok.model.family.clip import ClipEncoder
from sokdok.model.family.query_encoder import QueryEncoder
from sokdok.model.family.sam import SamEncoder


class Projector(nn.Module):
    """The linear projection to the decoder's width, under the checkpoint's name `projector.layers`."""

    def __init__(self, in_width: int, out_width: int) -> None:
        super().__init__()
        self.layers = nn.Linear(in_width, out_width)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class DeepEncoder(nn.Module):
    """Normalised pixels (B, 3, H, W) -> vision tokens: with CLIP on their grid (B, H/64, W/64, out_width), with a query
    encoder in its order (B, queries, out_width).

    H and W are multiples of the patch size; they need not be equal, nor the size the positions were made for.
    """

    def __init__(self, sam: SamConfig, second: ClipConfig | QueryEncoderConfig, out_width: int) -> None:
        super().__init__()
        self.sam_model = SamEncoder(sam)
        self.by_queries = isinstance(second, QueryEncoderConfig)
        if isinstance(second, QueryEncoderConfig):
            self.qwen2_model = QueryEncoder(second)
            self.projector = Projector(second.width, out_width)
        else:
            self.vision_model = ClipEncoder(second)
            self.projector = Projector(second.width + sam.out_width, out_width)

    def fuse(self, sam_map: Tensor) -> Tensor:
        """Compressed map (B, C, h, w) -> vision tokens (B, h, w, out_width), or (B, queries, out_width)."""
        if self.by_queries:
            return self.projector(self.qwen2_model(sam_map))
        batch, channels, height, width = sam_map.shape
        patches = sam_map.flatten(2).transpose(1, 2)
        tokens = torch.cat((self.vision_model(sam_map)[:, 1:], patches), dim=-1)
        return self.projector(tokens).reshape(batch, height, width, -1)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.fuse(self.sam_model(pixels))
