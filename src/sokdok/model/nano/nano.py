"""nano: the family's architecture at 1/200 of its size, with a reader's eye.

- The encoder is the family's own (`deepencoder`): convolutional stem, windowed blocks, 16x compressor, CLIP
  blocks, projector. One token per 64x64 pixels, as wide as DeepSeek-OCR's compressed map (1,024).
- `Expander` undoes the compressor: from each vision token the features of its 16x8 *subcells* (4x8 pixels each). It
  sees nothing but the vision tokens.
- Two decoders share those features. The *parallel* one is a classifier on every subcell: on a page whose grid is known
  it reads all characters in one pass. The *autoregressive* one is the family's decoder, whose text tokens carry a
  *cursor*: each step receives the last symbol, the last move and the features under the cursor, and predicts the
  symbol that stands there and the move to the next. It finds its way over the page by itself: no grid is given.
- Its logits are the classifier's at the cursor plus its own correction (a copy path: Gu et al. 2016, See et
  al. 2017), so it reads as soon as it knows where to look, and language can still overrule the eye.
- Text tokens see all vision tokens and the last `sliding_window` text tokens (Unlimited-OCR's reference window).

Shapes: B pages, h x w vision tokens, V their width, T text steps, F subcell width, D decoder width.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn

from sokdok.model.config import NanoConfig
from sokdok.model.family.cache import causal_mask
from sokdok.model.family.decoder import Decoder, DecoderLayer, rope_table
from sokdok.model.family.deepencoder import DeepEncoder
from sokdok.model.nano.alphabet import FINALS, VOWELS
from sokdok.model.nano.moves import DOWN, EDGE_STEPS, MOVES, RIGHT

SUBCELL_ROWS, SUBCELL_COLUMNS = 8, 16
"""subcells per vision token: 8x4 pixels"""
_PATCHES, _PER_PATCH = 16, 8

Triple = tuple[Tensor, Tensor, Tensor]
"""logits of the first class, the vowel and the final: (..., classes), (..., 22), (..., 29)"""


class SymbolHead(nn.Module):
    """(..., width) -> logits of a symbol's three classes."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.first = nn.Linear(width, classes)
        self.vowel = nn.Linear(width, VOWELS + 1)
        self.final = nn.Linear(width, FINALS + 1)

    def forward(self, x: Tensor) -> Triple:
        return self.first(x), self.vowel(x), self.final(x)


class Expander(nn.Module):
    """Vision tokens (B, h, w, V) -> subcell features (B, 8h * 16w, F), row by row.

    Two linear maps mirror the compressor's two convolutions; a small MLP then tells the subcells of a patch apart.
    """

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        neck, (half, _) = config.sam.neck_width, config.sam.compressor_widths
        self.to_halves = nn.Linear(config.vision_width, 4 * half)
        self.to_patches = nn.Linear(half, 4 * neck)
        self.norm = nn.LayerNorm(neck)
        self.fc1 = nn.Linear(neck, config.expander_width)
        self.fc2 = nn.Linear(config.expander_width, _PER_PATCH * config.subcell_width)

    def patches(self, tokens: Tensor) -> Tensor:
        """Vision tokens (B, h, w, V) -> hidden features of their patches (B, 4h, 4w, expander width)."""
        x = depth_to_space(self.to_halves(tokens), 2, 2)
        x = depth_to_space(self.to_patches(x), 2, 2)
        return nn.functional.gelu(self.fc1(self.norm(x)))

    def subcells(self, patches: Tensor) -> Tensor:
        """Those of `patches` -> features of their subcells (B, 8h, 16w, F)."""
        return depth_to_space(self.fc2(patches), 2, 4)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.subcells(self.patches(tokens)).flatten(1, 2)


def depth_to_space(x: Tensor, rows: int, columns: int) -> Tensor:
    """(B, h, w, rows * columns * C) -> (B, rows * h, columns * w, C); channels are ordered (row, column, C)."""
    batch, height, width, _ = x.shape
    x = x.reshape(batch, height, width, rows, columns, -1).transpose(2, 3)
    return x.reshape(batch, height * rows, width * columns, -1)


def lay_out(tokens: Tensor, newline: Tensor, separator: Tensor) -> Tensor:
    """Vision tokens (B, h, w, V) in a row (B, h * (w + 1) + 1, V), with the newline and separator vectors (V)."""
    batch, height, _, width = tokens.shape
    rows = torch.cat((tokens, newline.to(tokens.dtype).expand(batch, height, 1, width)), 2).flatten(1, 2)
    return torch.cat((rows, separator.to(tokens.dtype).expand(batch, 1, width)), 1)


def read_segment(decoder: Decoder, prefix: Tensor, steps: Tensor, offset: Tensor) -> Tensor:
    """Hidden states (B, T, D) of embedded steps (B, T, D) that begin at text position `offset` (B,) behind a prefix."""
    length, count = prefix.shape[1], steps.shape[1]
    positions = torch.arange(length + count, device=steps.device).expand(steps.shape[0], -1).clone()
    positions[:, length:] += offset[:, None]
    mask = causal_mask(length + count, 0, length, decoder.config.sliding_window, steps.device)
    return decoder(torch.cat((prefix, steps), 1), positions, mask)[:, length:]


class Nano(nn.Module):
    """Encoder, expander and both decoders; `see` a page, then read it with `dense_head` or step by step."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        self.config = config
        hidden = config.decoder.hidden
        self.encoder = DeepEncoder(config.sam, config.clip, config.vision_width)
        self.image_newline = nn.Parameter(torch.randn(config.vision_width) / config.vision_width**0.5)
        self.view_seperator = nn.Parameter(torch.randn(config.vision_width) / config.vision_width**0.5)
        self.expander = Expander(config)
        self.dense_head = SymbolHead(config.subcell_width, config.classes)
        self.bridge = nn.Linear(config.vision_width, hidden)
        self.embed_first = nn.Embedding(config.classes + 1, hidden)
        self.embed_vowel = nn.Embedding(VOWELS + 1, hidden)
        self.embed_final = nn.Embedding(FINALS + 1, hidden)
        self.embed_move = nn.Embedding(len(MOVES), hidden)
        self.embed_edges = nn.ModuleList(nn.Embedding(EDGE_STEPS + 1, hidden) for _ in ("right", "bottom"))
        self.glimpse = nn.Linear(config.subcell_width, hidden)
        self.decoder = Decoder(config.decoder)
        self.symbol_head = SymbolHead(hidden, config.classes)
        self.move_head = nn.Linear(hidden, len(MOVES))
        self.apply(_init)
        self._mirror_compressor()

    @torch.no_grad()
    def _mirror_compressor(self) -> None:
        """Start compressor and expander as an exact round trip, so that dense supervision reaches the stem at once.

        Each convolution begins as a random rotation of its 2x2 inputs (the other taps are zero), the projector as the
        identity on the SAM half, the expander as the inverse rotations. Without it the token-level loss sat on a
        plateau for hundreds of steps.
        """
        sam = self.encoder.sam_model
        for conv, linear in ((sam.net_2, self.expander.to_patches), (sam.net_3, self.expander.to_halves)):
            out, inputs = conv.weight.shape[:2]
            rotation = torch.empty(out, 4 * inputs)
            nn.init.orthogonal_(rotation)
            conv.weight.zero_()
            conv.weight[:, :, 1:, 1:] = rotation.reshape(out, 2, 2, inputs).permute(0, 3, 1, 2)
            linear.weight.copy_(rotation.T)
            linear.bias.zero_()
        projector = self.encoder.projector.layers
        nn.init.normal_(projector.weight, std=0.002)
        clip_width = self.config.clip.width
        projector.weight[:, clip_width:] += torch.eye(projector.weight.shape[0], clip_width)
        for head in (self.symbol_head.first, self.symbol_head.vowel, self.symbol_head.final):
            head.weight.zero_()  # the copy path alone decides at first

    def see(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised pixels (B, 3, H, W) -> vision tokens (B, h, w, V) and subcell features (B, 8h * 16w, F)."""
        tokens = self.encoder(pixels)
        return tokens, self.expander(tokens)

    def prefix(self, tokens: Tensor) -> Tensor:
        """Vision tokens (B, h, w, V) -> decoder input (B, h * (w + 1) + 1, D) with row newlines and separator."""
        return self.bridge(lay_out(tokens, self.image_newline, self.view_seperator))

    def embed_steps(self, symbols: Tensor, moves: Tensor, glimpses: Tensor, edges: Tensor) -> Tensor:
        """Decoder input (B, T, D) of text steps.

        symbols (B, T, 3): classes of the symbol before; moves (B, T): the move that led here; glimpses (B, T, F):
        subcell features under the cursor; edges (B, T, 2): subcells to the right and bottom edge, at most EDGE_STEPS.
        """
        x = self.embed_first(symbols[..., 0]) + self.embed_vowel(symbols[..., 1]) + self.embed_final(symbols[..., 2])
        right, bottom = (embed(edges[..., i]) for i, embed in enumerate(self.embed_edges))
        return x + self.embed_move(moves) + right + bottom + self.glimpse(glimpses)

    def predict(self, hidden: Tensor, glimpses: Tensor, edges: Tensor) -> tuple[Triple, Tensor]:
        """Hidden states (B, T, D) -> symbol logits, the classifier's copy included, and move logits (B, T, moves).

        A move that would leave the page has no chance: nothing can be read there.
        """
        own, copied = self.symbol_head(hidden), self.dense_head(glimpses)
        first, vowel, final = (a + b for a, b in zip(own, copied, strict=True))
        reach = torch.tensor([RIGHT, DOWN], device=edges.device).T
        leaves = (reach >= edges[..., None, :]).any(-1) & (reach > 0).any(-1)
        return (first, vowel, final), self.move_head(hidden).masked_fill(leaves, -1e4)

    def forward(
        self, tokens: Tensor, symbols: Tensor, moves: Tensor, glimpses: Tensor, edges: Tensor, offset: Tensor
    ) -> tuple[Triple, Tensor]:
        """Teacher-forced reading of T steps that begin at text position `offset` (B,). See `embed_steps`."""
        steps = self.embed_steps(symbols, moves, glimpses, edges)
        return self.predict(read_segment(self.decoder, self.prefix(tokens), steps, offset), glimpses, edges)

    def prefill(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of the vision prefix, each (layers, B, heads, P, head_dim)."""
        x = self.prefix(tokens)
        positions = torch.arange(x.shape[1], device=x.device)[None]
        empty = x.new_zeros(self.config.decoder.layers, x.shape[0], *self._kv_shape(0))
        mask = causal_mask(x.shape[1], device=x.device)
        _, keys, values = self._run(x, positions, empty, empty, mask)
        return keys, values

    def step(
        self,
        symbols: Tensor,
        moves: Tensor,
        glimpses: Tensor,
        edges: Tensor,
        positions: Tensor,
        keys: Tensor,
        values: Tensor,
        mask: Tensor,
    ) -> tuple[Triple, Tensor, Tensor, Tensor]:
        """T cached steps: symbol logits, move logits and the new keys and values (layers, B, heads, T, head_dim).

        keys, values: what came before (layers, B, heads, S, head_dim); mask (B, 1, T, S + T) bool.
        """
        x = self.embed_steps(symbols, moves, glimpses, edges)
        hidden, new_keys, new_values = self._run(x, positions, keys, values, mask)
        logits, move_logits = self.predict(hidden, glimpses, edges)
        return logits, move_logits, new_keys, new_values

    def _kv_shape(self, length: int) -> tuple[int, int, int]:
        return self.config.decoder.kv_heads, length, self.config.decoder.head_dim

    def _run(
        self, x: Tensor, positions: Tensor, keys: Tensor, values: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The layer stack on explicit caches, the form that exports to ONNX."""
        config = self.config.decoder
        rope = rope_table(positions, config.head_dim, config.rope_theta, x.dtype)
        new_keys, new_values = [], []
        for i, layer in enumerate(cast(Iterable[DecoderLayer], self.decoder.layers)):
            query, key, value = layer.self_attn.project(layer.input_layernorm(x), rope)
            all_keys, all_values = torch.cat((keys[i], key), 2), torch.cat((values[i], value), 2)
            out = nn.functional.scaled_dot_product_attention(query, all_keys, all_values, attn_mask=mask)
            x = x + layer.self_attn.o_proj(out.transpose(1, 2).flatten(2))
            x = x + layer.mlp(layer.post_attention_layernorm(x))
            new_keys.append(key)
            new_values.append(value)
        return self.decoder.norm(x), torch.stack(new_keys), torch.stack(new_values)


def _init(module: nn.Module) -> None:
    """Truncated normal, 1/sqrt(inputs), for projections; .02 for embeddings; zero biases."""
    if isinstance(module, nn.Linear | nn.Conv2d):
        fan_in = module.weight[0].numel()
        nn.init.trunc_normal_(module.weight, std=fan_in**-0.5)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
