"""CLIP ViT: the second encoder, global attention over the few compressed tokens.

- It has no patch embedding of its own: the SAM map *is* the patch embedding. The checkpoint still carries the
  convolution's weight, so the parameter exists under its name and is never used.
- quick_gelu, pre-LayerNorm (`pre_layrnorm`, sic) after the embeddings, and no LayerNorm at the end.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.config import ClipConfig
from sokdok.model.family.sam import resize_grid


class ClipEmbeddings(nn.Module):
    """Class token and positions around a map: (B, C, h, w) -> (B, 1 + hw, C)."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.grid = config.grid
        self.class_embedding = nn.Parameter(torch.randn(config.width))
        self.patch_embedding = nn.Conv2d(3, config.width, config.patch_size, stride=config.patch_size, bias=False)
        self.patch_embedding.requires_grad_(False)  # unused: no optimiser should carry its moments
        self.position_embedding = nn.Embedding(config.grid**2 + 1, config.width)

    def positions(self, height: int, width: int) -> Tensor:
        """(1, 1 + height * width, C): the class position kept, the square part resized to the map."""
        table = self.position_embedding.weight
        square = table[1:].reshape(1, self.grid, self.grid, -1)
        resized = resize_grid(square, height, width).reshape(1, height * width, -1)
        return torch.cat((table[None, :1], resized), dim=1)

    def forward(self, feature_map: Tensor) -> Tensor:
        batch, channels, height, width = feature_map.shape
        tokens = feature_map.flatten(2).transpose(1, 2)
        first = self.class_embedding.expand(batch, 1, channels)
        return torch.cat((first, tokens), dim=1) + self.positions(height, width)


class ClipAttention(nn.Module):
    """Full self-attention with one fused projection: (B, N, C) -> (B, N, C)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv_proj = nn.Linear(width, 3 * width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        qkv = self.qkv_proj(x).reshape(batch, tokens, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        out = F.scaled_dot_product_attention(query, key, value)
        return self.out_proj(out.transpose(1, 2).reshape(batch, tokens, width))


def quick_gelu(x: Tensor) -> Tensor:
    """OpenAI CLIP's approximation of GELU: x * sigmoid(1.702 x)."""
    return x * torch.sigmoid(1.702 * x)


class ClipMlp(nn.Module):
    """Two linear layers with quick_gelu."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(quick_gelu(self.fc1(x)))


class ClipBlock(nn.Module):
    """Pre-norm transformer block."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.layer_norm1 = nn.LayerNorm(config.width, eps=1e-5)
        self.self_attn = ClipAttention(config.width, config.heads)
        self.layer_norm2 = nn.LayerNorm(config.width, eps=1e-5)
        self.mlp = ClipMlp(config.width, config.mlp_width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class ClipTransformer(nn.Module):
    """The blocks, under the name the checkpoint gives them."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(ClipBlock(config) for _ in range(config.depth))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


class ClipEncoder(nn.Module):
    """Compressed SAM map (B, C, h, w) -> tokens (B, 1 + hw, C), the class token first."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.embeddings = ClipEmbeddings(config)
        self.pre_layrnorm = nn.LayerNorm(config.width, eps=1e-5)
        self.transformer = ClipTransformer(config)

    def forward(self, feature_map: Tensor) -> Tensor:
        return self.transformer(self.pre_layrnorm(self.embeddings(feature_map)))
