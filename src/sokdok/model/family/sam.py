"""SAM ViT: the first, windowed encoder, its neck and the 16x compressor.

- Patches of 16 pixels; most blocks attend inside windows, so that a 1024-pixel page stays cheap.
- Decomposed relative positions (MViTv2) enter attention as an additive bias computed from the unscaled query.
- The compressor is two stride-2 convolutions *without* activation or norm between them: 4096 patches -> 256 tokens.
- `ConvStem` replaces the 16x16 projection in `nano`: a plain projection learnt no glyphs in 300 steps, the pyramid did.

Parameter names are those of the published checkpoints. Shapes: B images, H x W patches, C channels.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.config import SamConfig


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
