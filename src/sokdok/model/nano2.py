"""nano v2, in training: nano's eye with a cursor that is free to go anywhere on a page. No checkpoint of it ships yet.

- Encoder and expander are nano's own but for the stem: glyphs stand anywhere, at any size, so its convolutions overlap
  and its maps are normed. Behind the stem nano's weights are a valid start.
- The cursor is a point in pixels. Its *glimpse* is a window of 5x3 samples of the subcell features around it,
  interpolated, and a small MLP.
- A symbol decides what comes next: glyphs advance the cursor by (dx, dy), classified in half and whole pixels; marks
  that end a line, a block or a table cell send it to a place found by a *pointer* over the 16x16 patches and an
  offset within the patch; the end mark stops.
- Every output is the sum of what the glimpse says by itself and what the decoder adds (nano's copy path, for moves
  too). So the glimpse alone is a reader that can be trained densely on all symbols of a page at once.

Shapes: B pages, N places or T steps, h x w vision tokens, F subcell width, G glimpse width, D decoder width.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.alphabet import FINALS, VOWELS
from sokdok.model.config import NanoConfig
from sokdok.model.decoder import Decoder
from sokdok.model.deepencoder import DeepEncoder
from sokdok.model.nano import Expander, SymbolHead, Triple, _init, depth_to_space, lay_out, read_segment
from sokdok.model.sam import LayerNorm2d

GLIMPSE_WIDTH = 256
POINTER_WIDTH = 128
STEM_WIDTHS = 32, 96, 192
"""channels at 1/2, 1/4 and 1/8"""
PATCH = 16
SUBCELL = (4.0, 8.0)
"""width and height in pixels"""
ACROSS, DOWN = 5, 3
"""samples of a glimpse, 4 px apart across and 8 px apart down"""
DX_BINS, DX_FIRST, DX_STEP = 128, -4.0, 0.5
DY_BINS, DY_FIRST = 17, -8.0
"""advance in pixels: bin i is DX_FIRST + i * DX_STEP, DY_FIRST + i"""


class Reads(NamedTuple):
    """Logits at places (..., )."""

    symbol: Triple
    dx: Tensor
    dy: Tensor


def corners(index: Tensor, columns: int) -> Tensor:
    """Top left corners (..., 2) in pixels of patches (...) on a page `columns` patches wide."""
    return torch.stack((index % columns, index // columns), -1).float() * PATCH


class StemBlock(nn.Module):
    """Residual 3x3 convolution; an identity at first."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(width, width, 3, padding=1)
        self.expand = nn.Conv2d(width, width, 1)
        nn.init.zeros_(self.expand.weight)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.expand(F.gelu(self.mix(x)))


class DeepStem(nn.Module):
    """Overlapping convolutions to the 1/16 grid: (B, 3, 16H, 16W) -> (B, H, W, C).

    Glyphs stand anywhere, so every stride is 2 and the 1/4 map is mixed before it is thinned; nano's 4x4 patches learnt
    one phase of one grid.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        half, quarter, eighth = STEM_WIDTHS
        self.conv1 = nn.Conv2d(3, half, 4, stride=2, padding=1)
        self.norm1 = LayerNorm2d(half)
        self.conv2 = nn.Conv2d(half, quarter, 3, stride=2, padding=1)
        self.norm2 = LayerNorm2d(quarter)
        self.block2 = StemBlock(quarter)
        self.norm3 = LayerNorm2d(quarter)
        self.conv3 = nn.Conv2d(quarter, eighth, 3, stride=2, padding=1)
        self.block3 = StemBlock(eighth)
        self.norm4 = LayerNorm2d(eighth)
        self.conv4 = nn.Conv2d(eighth, width, 3, stride=2, padding=1)

    def maps(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """The maps at 1/4 and 1/8, (B, C, rows, columns)."""
        x = F.gelu(self.norm1(self.conv1(pixels)))
        x = F.gelu(self.norm2(self.conv2(x)))
        quarter = self.norm3(self.block2(x))
        return quarter, self.norm4(self.block3(F.gelu(self.conv3(quarter))))

    def forward(self, pixels: Tensor) -> Tensor:
        return self.conv4(self.maps(pixels)[1]).permute(0, 2, 3, 1)


def fourier(points: Tensor, count: int = 6) -> Tensor:
    """Pixels (..., 2) -> (..., 4 * count) sines and cosines with periods of 32 to 1,024 pixels."""
    waves = 2 * torch.pi / (32.0 * 2.0 ** torch.arange(count, device=points.device))
    angles = (points[..., None] * waves).flatten(-2)
    return torch.cat((angles.sin(), angles.cos()), -1)


FOURIER = 24


def rotary(x: Tensor, points: Tensor) -> Tensor:
    """Turn the pairs of x (..., 4n) by the pixels of points (..., 2): half of them by x, half by y.

    Products of two turned vectors know their points' difference alone: "a line further down" is the same everywhere.
    """
    count = x.shape[-1] // 4
    periods = 24.0 * 64.0 ** (torch.arange(count, device=x.device) / (count - 1))
    angles = (points[..., None] * (2 * torch.pi / periods)).flatten(-2)
    first, second = x.float().chunk(2, -1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat((first * cos - second * sin, first * sin + second * cos), -1)


class Glimpse(nn.Module):
    """What lies around places on a page."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(ACROSS * DOWN * width, GLIMPSE_WIDTH + 128)
        self.fc2 = nn.Linear(GLIMPSE_WIDTH + 128, GLIMPSE_WIDTH)

    def bordered(self, features: Tensor) -> Tensor:
        """Normed features with a border of zeros, which lies beyond the page."""
        return F.pad(self.norm(features), (0, 0, ACROSS, ACROSS, DOWN, DOWN))

    def at(self, bordered: Tensor, pages: Tensor, places: Tensor) -> Tensor:
        """Glimpses (N, G) at places (N, 2) in pixels (x, y) on pages (N,)."""
        return self.fc2(F.gelu(self.fc1(window(bordered, pages, places))))

    def forward(self, features: Tensor, pages: Tensor, places: Tensor) -> Tensor:
        """Features (B, rows, columns, F), pages (N,), places (N, 2) in pixels (x, y) -> (N, G)."""
        return self.at(self.bordered(features), pages, places)


def window(padded: Tensor, pages: Tensor, places: Tensor) -> Tensor:
    """Interpolated samples around places, (N, DOWN * ACROSS * F), of features with a border."""
    rows, columns = padded.shape[1:3]
    # A subcell's features belong to its middle; the window is centred on the place.
    at = places / places.new_tensor(SUBCELL) - 0.5
    at = torch.minimum(at.clamp(min=-2.0), at.new_tensor([columns - 2.0 * ACROSS, rows - 2.0 * DOWN]))
    corner = at.floor()
    fraction = (at - corner).to(padded.dtype)
    column = corner[:, 0].long()[:, None] + torch.arange(ACROSS + 1, device=at.device) - ACROSS // 2 + ACROSS
    row = corner[:, 1].long()[:, None] + torch.arange(DOWN + 1, device=at.device) - DOWN // 2 + DOWN
    index = (pages[:, None, None] * rows + row[:, :, None]) * columns + column[:, None, :]
    near = F.embedding(index, padded.flatten(0, 2))
    fx, fy = fraction[:, 0, None, None, None], fraction[:, 1, None, None, None]
    near = near[:, :, :-1] + (near[:, :, 1:] - near[:, :, :-1]) * fx
    near = near[:, :-1] + (near[:, 1:] - near[:, :-1]) * fy
    return near.flatten(1)


class Nano2(nn.Module):
    """`see` a page, then `look` at places and `point` from line ends; `decode` adds the autoregressive decoder."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        self.config = config
        hidden = config.decoder.hidden
        self.encoder = DeepEncoder(config.sam, config.clip, config.vision_width)
        stem = DeepStem(config.sam.width)
        self.encoder.sam_model.patch_embed = stem
        self.expander = Expander(config)
        self.glimpse = Glimpse(config.subcell_width)
        self.head = SymbolHead(GLIMPSE_WIDTH, config.classes)
        self.dx_head = nn.Linear(GLIMPSE_WIDTH, DX_BINS)
        self.dy_head = nn.Linear(GLIMPSE_WIDTH, DY_BINS)
        self.key = nn.Linear(config.expander_width, POINTER_WIDTH)
        self.query1 = nn.Linear(GLIMPSE_WIDTH + 2 * FOURIER, 256)
        self.query2 = nn.Linear(256, POINTER_WIDTH)
        self.offset1 = nn.Linear(256 + config.expander_width + 2 * FOURIER, 256)
        self.offset2 = nn.Linear(256, 2 * PATCH)
        # The decoder.
        self.image_newline = nn.Parameter(torch.randn(config.vision_width) / config.vision_width**0.5)
        self.view_seperator = nn.Parameter(torch.randn(config.vision_width) / config.vision_width**0.5)
        self.bridge = nn.Linear(config.vision_width, hidden)
        self.embed_first = nn.Embedding(config.classes + 1, hidden)
        self.embed_vowel = nn.Embedding(VOWELS + 1, hidden)
        self.embed_final = nn.Embedding(FINALS + 1, hidden)
        self.embed_glimpse = nn.Linear(GLIMPSE_WIDTH + 2 * FOURIER, hidden)
        self.decoder = Decoder(config.decoder)
        self.own_head = SymbolHead(hidden, config.classes)
        self.own_dx, self.own_dy = nn.Linear(hidden, DX_BINS), nn.Linear(hidden, DY_BINS)
        self.own_query = nn.Linear(hidden, 256)
        self.apply(_init)
        for block in (stem.block2, stem.block3):
            nn.init.zeros_(block.expand.weight)
        for layer in (self.own_head.first, self.own_head.vowel, self.own_head.final, self.own_dx, self.own_dy):
            nn.init.zeros_(layer.weight)
        nn.init.zeros_(self.own_query.weight)

    def see(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pixels (B, 3, H, W) -> vision tokens (B, h, w, V), patches (B, 4h, 4w, E), subcells (B, 8h, 16w, F)."""
        tokens = self.encoder(pixels)
        return (tokens, *self.expand(tokens))

    def expand(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Vision tokens -> the expander's hidden features of each patch, and the subcells'."""
        patches = self.expander.patches(tokens)
        return patches, self.expander.subcells(patches)

    def look(self, glimpse: Tensor) -> Reads:
        """What glimpses (..., G) say by themselves."""
        return Reads(self.head(glimpse), self.dx_head(glimpse), self.dy_head(glimpse))

    def keys(self, patches: Tensor) -> Tensor:
        """Patch features (B, rows, columns, E) -> pointer keys (B, rows * columns, POINTER_WIDTH)."""
        rows, columns = patches.shape[1:3]
        index = torch.arange(rows * columns, device=patches.device)
        middles = corners(index, columns) + PATCH / 2
        key = self.key(patches).flatten(1, 2)
        return torch.cat([rotary(half, middles) for half in key.chunk(2, -1)], -1)

    def query(self, glimpse: Tensor, places: Tensor, starts: Tensor) -> Tensor:
        """Before the activation: from a line's end at `places` that began at `starts`, (N, 256)."""
        where = torch.cat((fourier(places), fourier(starts)), -1).to(glimpse.dtype)
        return self.query1(torch.cat((glimpse, where), -1))

    def scores(self, query: Tensor, places: Tensor, starts: Tensor, keys: Tensor) -> Tensor:
        """Logits (J, P) of the patches for queries (J, 256); keys (J, P, POINTER_WIDTH).

        Half of a query knows the patches by their way from the line's start, half by that from the cursor.
        """
        by_start, by_place = self.query2(F.gelu(query)).chunk(2, -1)
        turned = torch.cat((rotary(by_start, starts), rotary(by_place, places)), -1)
        return torch.einsum("jd,jpd->jp", turned, keys.float()) / 8

    def offsets(self, query: Tensor, places: Tensor, starts: Tensor, patch: Tensor, corner: Tensor) -> Tensor:
        """Where inside a patch (J, E) at `corner` (J, 2) a jump lands: logits (J, 2, PATCH) of x and y."""
        where = torch.cat((fourier(corner - starts), fourier(corner - places)), -1).to(patch.dtype)
        x = self.offset2(F.gelu(self.offset1(torch.cat((F.gelu(query), patch, where), -1))))
        return x.unflatten(-1, (2, PATCH))

    def prefix(self, tokens: Tensor) -> Tensor:
        """As `Nano.prefix`."""
        return self.bridge(lay_out(tokens, self.image_newline, self.view_seperator))

    def embed_steps(self, symbols: Tensor, glimpses: Tensor, places: Tensor, starts: Tensor) -> Tensor:
        """Decoder input (B, T, D): the symbol before (B, T, 3), glimpse (B, T, G), cursor and line start in pixels."""
        x = self.embed_first(symbols[..., 0]) + self.embed_vowel(symbols[..., 1]) + self.embed_final(symbols[..., 2])
        where = torch.cat((fourier(places), fourier(starts)), -1).to(glimpses.dtype)
        return x + self.embed_glimpse(torch.cat((glimpses, where), -1))

    def decode(self, tokens: Tensor, steps: Tensor, offset: Tensor) -> Tensor:
        """Teacher-forced hidden states (B, T, D) of embedded steps that begin at text position `offset` (B,)."""
        prefix = self.prefix(tokens)
        return read_segment(self.decoder, prefix, steps.to(prefix.dtype), offset)

    def add(self, reads: Reads, hidden: Tensor) -> Reads:
        """The decoder's correction of what the glimpses say."""
        own = self.own_head(hidden)
        symbol = cast(Triple, tuple(a + b for a, b in zip(reads.symbol, own, strict=True)))
        return Reads(symbol, reads.dx + self.own_dx(hidden), reads.dy + self.own_dy(hidden))


class EarlyMaps(nn.Module):
    """Deep supervision as in `training.deep`: subcell features of the 1/8 map and of the blocks' output."""

    def __init__(self, model: Nano2) -> None:
        super().__init__()
        sam, width = model.config.sam, model.config.subcell_width
        self.quarter = nn.Linear(2 * STEM_WIDTHS[1], width)
        self.eighth = nn.Linear(STEM_WIDTHS[2], 2 * width)
        self.blocks = nn.Linear(sam.width, 8 * width)

    def forward(self, model: Nano2, pixels: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Pixels -> vision tokens, patches, and the subcell maps (B, 8h, 16w, F), the final one first."""
        sam = model.encoder.sam_model
        stem = cast(DeepStem, sam.patch_embed)
        quarter, eighth = stem.maps(pixels)
        x = stem.conv4(eighth).permute(0, 2, 3, 1)
        for block in sam.blocks:
            x = block(x)
        tokens = model.encoder.fuse(sam.compress(x))
        patches, subcells = model.expand(tokens)
        return tokens, patches, [subcells, depth_to_space(self.blocks(x), 2, 4), *self.shallow(quarter, eighth)]

    def shallow(self, quarter: Tensor, eighth: Tensor) -> list[Tensor]:
        """The subcell maps of the stem's maps at 1/8 and 1/4."""
        first = quarter.permute(0, 2, 3, 1).unflatten(1, (-1, 2)).transpose(2, 3).flatten(3)
        return [depth_to_space(self.eighth(eighth.permute(0, 2, 3, 1)), 1, 2), self.quarter(first)]


def load_nano(model: Nano2, state: dict[str, Tensor], rows: Tensor) -> list[str]:
    """Copy nano's weights where names and shapes agree; `rows` (classes,) maps classes to nano's, -1 for new ones.

    Returns the names that were copied.
    """
    own = model.state_dict()
    copied = []
    for name, value in state.items():
        if name == "embed_first.weight":
            known = rows >= 0
            own[name][: len(rows)][known] = value[rows[known]].float()
            own[name][-1] = value[-1].float()
        elif name in own and own[name].shape == value.shape:
            own[name].copy_(value.float())
        else:
            continue
        copied.append(name)
    return copied
