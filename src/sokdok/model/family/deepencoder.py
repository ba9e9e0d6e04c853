"""DeepEncoder: pixels to very few vision tokens (arXiv 2510.18234, section 3.2; arXiv 2601.20552).

- SAM sees all the patches, of 16 pixels, most blocks through windows, so that a 1024-pixel page stays cheap; the
  compressor, two stride-2 convolutions *without* activation or norm between them, leaves one token in sixteen; a second
  encoder sees those at once: CLIP, or in DeepSeek-OCR-2 a query encoder. SAM's decomposed relative positions (MViTv2)
  enter attention as an additive bias computed from the unscaled query.
- `ConvStem` replaces the 16x16 projection in `nano`: a plain projection learnt no glyphs in 300 steps, the pyramid did.
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

Parameter names are those of the published checkpoints. Shapes: B images, H x W patches, C channels.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.config import ClipConfig, QueryEncoderConfig, SamConfig
from sokdok.model.family.decoder import Decoder


class LayerNorm2d(nn.LayerNorm):
    """LayerNorm over the channels of a (B, C, H, W) map."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class PatchEmbed(nn.Module):
    """One linear projection per patch: (B, 3, 16H, 16W) -> (B, H, W, C)."""

    def __init__(self, width: int, patch_size: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, kernel_size=patch_size, stride=patch_size)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.proj(pixels).permute(0, 2, 3, 1)


class ConvStem(nn.Module):
    """Three convolutions to the same 1/16 grid: (B, 3, 16H, 16W) -> (B, H, W, C)."""

    def __init__(self, width: int, stem_widths: tuple[int, ...]) -> None:
        super().__init__()
        quarter, eighth = stem_widths
        self.conv1 = nn.Conv2d(3, quarter, kernel_size=4, stride=4)
        self.conv2 = nn.Conv2d(quarter, eighth, kernel_size=3, stride=2, padding=1)
        self.conv3 = nn.Conv2d(eighth, width, kernel_size=3, stride=2, padding=1)

    def forward(self, pixels: Tensor) -> Tensor:
        x = F.gelu(self.conv1(pixels))
        x = F.gelu(self.conv2(x))
        return self.conv3(x).permute(0, 2, 3, 1)


def resize_grid(table: Tensor, height: int, width: int) -> Tensor:
    """Resize a (1, h, w, C) table of absolute positions to (1, height, width, C).

    Bicubic *with* antialiasing, in fp32: without it features move by .04, which no native-size test would show.
    """
    if table.shape[1:3] == (height, width):
        return table
    channels_first = table.permute(0, 3, 1, 2).float()
    resized = F.interpolate(channels_first, (height, width), mode="bicubic", antialias=True, align_corners=False)
    return resized.permute(0, 2, 3, 1).to(table.dtype)


def relative_positions(table: Tensor, size: int) -> Tensor:
    """Pick from a (2n-1, D) table the vector of each (query, key) offset along one axis: (size, size, D)."""
    span = 2 * size - 1  # offsets from -(size - 1) to size - 1
    if table.shape[0] != span:
        table = F.interpolate(table.float().T[None], size=span, mode="linear")[0].T.to(table.dtype)
    steps = torch.arange(size, device=table.device)
    return table[steps[:, None] - steps[None, :] + size - 1]


def window_partition(x: Tensor, window: int) -> tuple[Tensor, tuple[int, int]]:
    """Cut (B, H, W, C) into (B * windows, window, window, C), zero-padded at the end; also the padded (H, W)."""
    batch, height, width, channels = x.shape
    x = F.pad(x, (0, 0, 0, -width % window, 0, -height % window))  # 64 patches in windows of 14: 6 more
    rows, columns = x.shape[1] // window, x.shape[2] // window
    x = x.reshape(batch, rows, window, columns, window, channels).transpose(2, 3)
    return x.reshape(-1, window, window, channels), (rows * window, columns * window)


def window_unpartition(x: Tensor, padded: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """Undo `window_partition` and crop to `size`: (B, H, W, C)."""
    window, channels = x.shape[1], x.shape[3]
    rows, columns = padded[0] // window, padded[1] // window
    x = x.reshape(-1, rows, columns, window, window, channels).transpose(2, 3)
    return x.reshape(-1, *padded, channels)[:, : size[0], : size[1]]


class SamAttention(nn.Module):
    """Attention over a (B, H, W, C) map with decomposed relative positions."""

    def __init__(self, width: int, heads: int, side: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.rel_pos_h = nn.Parameter(torch.zeros(2 * side - 1, width // heads))
        self.rel_pos_w = nn.Parameter(torch.zeros(2 * side - 1, width // heads))

    def positions(self, query: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
        """Bias by row and by column of the key, (N, HW, H) and (N, HW, W), from the *unscaled* query (N, HW, D)."""
        # MViTv2: a bias per (row, row) and one per (column, column) instead of one per pair of patches, so 2 n - 1
        # vectors an axis stand for n ** 4 offsets.
        grid = query.unflatten(1, (height, width))
        by_row = torch.einsum("nhwc,hkc->nhwk", grid, relative_positions(self.rel_pos_h, height))
        by_column = torch.einsum("nhwc,wkc->nhwk", grid, relative_positions(self.rel_pos_w, width))
        return by_row.flatten(1, 2), by_column.flatten(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        batch, height, width, channels = x.shape
        qkv = self.qkv(x).reshape(batch, height * width, 3, self.heads, channels // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).flatten(1, 2)  # each (N, HW, D), N = batch * heads
        by_row, by_column = self.positions(query, height, width)
        # Pieces are for inference on a CPU: loops over a batch can't be exported, gradients would keep every piece.
        in_pieces = x.device.type == "cpu" and not torch.is_grad_enabled() and not torch.compiler.is_compiling()
        attend = attend_in_pieces if in_pieces else attend_at_once
        out = attend(query, key, value, by_row, by_column).unflatten(0, (batch, self.heads))
        return self.proj(out.transpose(1, 2).reshape(batch, height, width, channels))


def attend_at_once(query: Tensor, key: Tensor, value: Tensor, by_row: Tensor, by_column: Tensor) -> Tensor:
    """Attend in N heads (N, HW, D) with biases (N, HW, H) and (N, HW, W): (N, HW, D)."""
    # The bias of a pair is the sum of its row's and its column's; written out it is as large as the scores.
    bias = (by_row[..., None] + by_column[..., None, :]).flatten(2)
    return F.scaled_dot_product_attention(query[None], key[None], value[None], attn_mask=bias[None])[0]


PIECE_SCORES = 2**20  # computed at a time, to stay in the processor's cache; a page of 64 x 64 patches has 200 million


def attend_in_pieces(query: Tensor, key: Tensor, value: Tensor, by_row: Tensor, by_column: Tensor) -> Tensor:
    """Attend as `attend_at_once`, some heads or queries at a time: a third of the time on a CPU, hardly any memory."""
    count, tokens, dim = query.shape
    heads = max(1, PIECE_SCORES // tokens**2)
    queries = min(tokens, max(1, PIECE_SCORES // tokens))
    # Scores in fp32, as the fused kernels have them: bf16 ones triple the error of the whole.
    out = torch.empty_like(query)
    query, keys = query.float() * dim**-0.5, key.float().transpose(1, 2)
    for n in range(0, count, heads):
        for q in range(0, tokens, queries):
            piece = (slice(n, n + heads), slice(q, q + queries))
            scores = (query[piece] @ keys[piece[0]]).unflatten(-1, (by_row.shape[-1], by_column.shape[-1]))
            scores += by_row[piece][..., None]
            scores += by_column[piece][..., None, :]
            out[piece] = scores.flatten(2).softmax(-1).to(value.dtype) @ value[piece[0]]
    return out


class SamMlp(nn.Module):
    """Two linear layers with exact GELU."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.lin1 = nn.Linear(width, hidden)
        self.lin2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.lin2(F.gelu(self.lin1(x)))


class SamBlock(nn.Module):
    """Pre-norm transformer block; windowed unless `window` is 0."""

    def __init__(self, config: SamConfig, window: int) -> None:
        super().__init__()
        self.window = window
        self.norm1 = nn.LayerNorm(config.width, eps=1e-6)
        self.attn = SamAttention(config.width, config.heads, window or config.grid)
        self.norm2 = nn.LayerNorm(config.width, eps=1e-6)
        self.mlp = SamMlp(config.width, int(config.width * config.mlp_ratio))

    def attend(self, x: Tensor) -> Tensor:
        """Attend on the normed map; padding comes after the norm, so that padded keys are zeros, as published."""
        if not self.window:
            return self.attn(x)
        windows, padded = window_partition(x, self.window)
        return window_unpartition(self.attn(windows), padded, (x.shape[1], x.shape[2]))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attend(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class SamEncoder(nn.Module):
    """Pixels (B, 3, 16H, 16W) -> compressed map (B, out_width, H/4, W/4)."""

    def __init__(self, config: SamConfig) -> None:
        super().__init__()
        self.config = config
        if config.stem == "conv":
            self.patch_embed: nn.Module = ConvStem(config.width, config.stem_widths)
        else:
            self.patch_embed = PatchEmbed(config.width, config.patch_size)
        table = torch.randn(1, config.grid, config.grid, config.width) if config.abs_pos else None
        self.pos_embed = None if table is None else nn.Parameter(0.02 * table)
        self.blocks = nn.ModuleList(
            SamBlock(config, 0 if i in config.global_blocks else config.window) for i in range(config.depth)
        )
        self.neck = nn.Sequential(
            nn.Conv2d(config.width, config.neck_width, kernel_size=1, bias=False),
            LayerNorm2d(config.neck_width, eps=1e-6),
            nn.Conv2d(config.neck_width, config.neck_width, kernel_size=3, padding=1, bias=False),
            LayerNorm2d(config.neck_width, eps=1e-6),
        )
        half, quarter = config.compressor_widths
        self.net_2 = nn.Conv2d(config.neck_width, half, kernel_size=3, stride=2, padding=1, bias=False)
        self.net_3 = nn.Conv2d(half, quarter, kernel_size=3, stride=2, padding=1, bias=False)

    def features(self, pixels: Tensor) -> Tensor:
        """Compute patch features before the neck, (B, H, W, width): what a dense head reads in training."""
        x = self.patch_embed(pixels)
        if self.pos_embed is not None:  # native at 1024 pixels, resized for every other page
            x = x + resize_grid(self.pos_embed, x.shape[1], x.shape[2])
        for block in self.blocks:
            x = block(x)
        return x

    def compress(self, features: Tensor) -> Tensor:
        """Compress features (B, H, W, width) 16 times: (B, out_width, ceil(H/4), ceil(W/4))."""
        return self.net_3(self.net_2(self.neck(features.permute(0, 3, 1, 2))))

    def forward(self, pixels: Tensor) -> Tensor:
        return self.compress(self.features(pixels))


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
