"""DeepEncoder: pixels to very few vision tokens (arXiv 2510.18234, section 3.2; arXiv 2601.20552).

- SAM sees all the patches, but through windows; the compressor leaves one token in sixteen; a second encoder sees those
  at once: CLIP, or in DeepSeek-OCR-2 a query encoder.
- With CLIP, a token is the concatenation of both views of its 64 x 64 pixel cell, *CLIP first*, through one linear
  layer. The class token takes part in CLIP's attention and is then dropped. CLIP has no patch embedding of its own: the
  SAM map *is* the patch embedding. The checkpoint still carries the convolution's weight, so the parameter exists under
  its name and is never used. quick_gelu, pre-LayerNorm (`pre_layrnorm`, sic) after the embeddings, none at the end.
- The query encoder is a Qwen2 stack (the decoder's layers, plus biases on query, key and value). Its input is the SAM
  map, row by row, with one learnt query per cell behind; only the queries' outputs go on, through the linear layer
  alone. They are the vision tokens, in reading order ("visual causal flow") and on no grid. Image tokens see each other
  and no query; a query sees the whole image and the queries before it. With a plain causal mask the result still reads
  plausibly, only worse: nothing but parity shows it. There are two sets of queries: 144 for tiles of 768 pixels, 256
  for the global view of 1024.
- To export to ONNX, trace inside `torch.nn.attention.sdpa_kernel(SDPBackend.MATH)`: with the CPU's fused kernel the
  exporter records a view of memory that its own decomposition of attention lays out otherwise, and fails.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.config import ClipConfig, QueryEncoderConfig, SamConfig
from sokdok.model.family.decoder import Decoder
from sokdok.model.family.sam import SamEncoder, resize_grid


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

    @property
    def dtype(self) -> torch.dtype:
        """The precision of its weights, in which pixels are wanted."""
        return self.projector.layers.weight.dtype

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
