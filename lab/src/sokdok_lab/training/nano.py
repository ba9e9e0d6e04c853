"""nano: the family's architecture at 1/200 of its size, with two decoders that share what the encoder saw.

    pixels ─ encoder ─▶ vision tokens ─ upsampler ─▶ subcell features ─ dense head ─▶ every symbol of a known grid
                              └─ projection ─▶ prefix ─▶ decoder ─▶ symbol, move, symbol, move, …

- The *encoder* is the family's own (`deepencoder`): convolutional stem, windowed blocks, 16x compressor, CLIP blocks,
  projector. One vision token per 64x64 pixels, as wide as DeepSeek-OCR's compressed map (1,024).
- The *upsampler* undoes the compressor: from each vision token the features of its 8x16 *subcells* (8x4 pixels each).
  It sees nothing but the vision tokens.
- The *parallel decoder* is a classifier on every subcell: on a page whose grid is known it reads all symbols at once.
- The *autoregressive decoder* is the family's. Each text step stands at a *read position*, a subcell of the page. It
  receives the symbol before, the move that led here and the local feature, that of the subcell at the read position; it
  predicts the symbol that stands there and the move to the next. So it finds its way over a page without a grid.
- Its symbol logits are the classifier's at the read position plus its own correction (a copy path: Gu et al. 2016, See
  et al. 2017): it reads as soon as it knows where to look, and language can still overrule what the features say.
- Text steps see all vision tokens and the last `sliding_window` steps (Unlimited-OCR's reference window).

Shapes: B pages, h x w vision tokens, V their width, P positions of the prefix, T text steps, S cached positions,
F subcell width, D decoder width.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn

from sokdok.model.config import NanoConfig
from sokdok.model.family.decoder import Decoder, DecoderLayer, causal_mask, rope_table
from sokdok.model.family.deepencoder import DeepEncoder
from sokdok.model.nano.alphabet import DOWN, EDGE_STEPS, FINALS, MOVES, RIGHT, VOWELS

_SUBCELLS_PER_PATCH = 8  # 2 rows of 4 in a patch of 16x16 pixels
_IMPOSSIBLE = -1e4  # logit of a move that leaves the page

SymbolLogits = tuple[Tensor, Tensor, Tensor]  # first class, vowel, final: (..., classes), (..., 22), (..., 29)


class SymbolHead(nn.Module):
    """Predict a symbol's three classes from features (..., width)."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.first = nn.Linear(width, classes)
        self.vowel = nn.Linear(width, VOWELS + 1)
        self.final = nn.Linear(width, FINALS + 1)

    def forward(self, x: Tensor) -> SymbolLogits:
        return self.first(x), self.vowel(x), self.final(x)


class Upsampler(nn.Module):
    """Turn vision tokens (B, h, w, V) into subcell features (B, 8h * 16w, F), row by row.

    Two linear maps mirror the compressor's two convolutions; a small MLP then separates the subcells of a patch.
    """

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        neck, (half, _) = config.sam.neck_width, config.sam.compressor_widths
        self.to_halves = nn.Linear(config.vision_width, 4 * half)
        self.to_patches = nn.Linear(half, 4 * neck)
        self.norm = nn.LayerNorm(neck)
        self.fc1 = nn.Linear(neck, config.upsampler_width)
        self.fc2 = nn.Linear(config.upsampler_width, _SUBCELLS_PER_PATCH * config.subcell_width)

    def forward(self, tokens: Tensor) -> Tensor:
        x = depth_to_space(self.to_halves(tokens), 2, 2)  # (B, 2h, 2w, half): as before the second convolution
        x = depth_to_space(self.to_patches(x), 2, 2)  # (B, 4h, 4w, neck): as before the first, one per patch
        x = nn.functional.gelu(self.fc1(self.norm(x)))
        return depth_to_space(self.fc2(x), 2, 4).flatten(1, 2)


def depth_to_space(x: Tensor, rows: int, columns: int) -> Tensor:
    """Spread channels (B, h, w, rows * columns * C), ordered (row, column, C), to (B, rows * h, columns * w, C)."""
    batch, height, width, _ = x.shape
    x = x.reshape(batch, height, width, rows, columns, -1).transpose(2, 3)
    return x.reshape(batch, height * rows, width * columns, -1)


class Nano(nn.Module):
    """Encode pages with `encode`; then read them with `dense_head`, or step by step with `prefill` and `step`."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        self.config = config
        hidden = config.decoder.hidden
        # pixels → vision tokens → subcell features → symbols
        self.encoder = DeepEncoder(config.sam, config.clip, config.vision_width)
        self.image_newline = nn.Parameter(torch.randn(config.vision_width) / config.vision_width**0.5)
        self.view_seperator = nn.Parameter(torch.randn(config.vision_width) / config.vision_width**0.5)
        self.upsampler = Upsampler(config)
        self.dense_head = SymbolHead(config.subcell_width, config.classes)
        # vision tokens and text steps → decoder input
        self.projection = nn.Linear(config.vision_width, hidden)
        self.embed_first = nn.Embedding(config.classes + 1, hidden)
        self.embed_vowel = nn.Embedding(VOWELS + 1, hidden)
        self.embed_final = nn.Embedding(FINALS + 1, hidden)
        self.embed_move = nn.Embedding(len(MOVES), hidden)
        self.embed_edges = nn.ModuleList(nn.Embedding(EDGE_STEPS + 1, hidden) for _ in ("right", "bottom"))
        self.embed_local = nn.Linear(config.subcell_width, hidden)
        # decoder input → symbol and move
        self.decoder = Decoder(config.decoder)
        self.symbol_head = SymbolHead(hidden, config.classes)
        self.move_head = nn.Linear(hidden, len(MOVES))
        self.apply(_init)
        self._mirror_compressor()

    @torch.no_grad()
    def _mirror_compressor(self) -> None:
        """Start compressor and upsampler as an exact round trip, so that dense supervision reaches the stem at once.

        Each convolution begins as a random rotation of its 2x2 inputs (the other taps are zero), the projector as the
        identity on the SAM half, the upsampler as the inverse rotations. Without it the token-level loss sat on a
        plateau for hundreds of steps.
        """
        sam = self.encoder.sam_model
        for conv, linear in ((sam.net_2, self.upsampler.to_patches), (sam.net_3, self.upsampler.to_halves)):
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

    def encode(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Encode normalised pixels (B, 3, H, W): vision tokens (B, h, w, V) and subcell features (B, 8h * 16w, F)."""
        tokens = self.encoder(pixels)
        return tokens, self.upsampler(tokens)

    def prefix(self, tokens: Tensor) -> Tensor:
        """Turn vision tokens (B, h, w, V) into decoder input (B, P, D): a newline ends each row, a separator all."""
        batch, height, _, width = tokens.shape
        newlines = self.image_newline.to(tokens.dtype).expand(batch, height, 1, width)
        separator = self.view_seperator.to(tokens.dtype).expand(batch, 1, width)
        return self.projection(torch.cat((torch.cat((tokens, newlines), 2).flatten(1, 2), separator), 1))

    def embed_steps(self, symbols: Tensor, moves: Tensor, local: Tensor, edges: Tensor) -> Tensor:
        """Embed text steps as decoder input (B, T, D): the sum of all that a step knows before it predicts.

        symbols (B, T, 3): classes of the symbol before; moves (B, T): the move that led here; local (B, T, F): features
        of the subcell at the read position; edges (B, T, 2): subcells to the right and bottom edge, at most EDGE_STEPS.
        """
        x = self.embed_first(symbols[..., 0]) + self.embed_vowel(symbols[..., 1]) + self.embed_final(symbols[..., 2])
        right, bottom = (embed(edges[..., i]) for i, embed in enumerate(self.embed_edges))
        return x + self.embed_move(moves) + right + bottom + self.embed_local(local)

    def predict(self, hidden: Tensor, local: Tensor, edges: Tensor) -> tuple[SymbolLogits, Tensor]:
        """Predict symbol logits and move logits (B, T, moves) from hidden states (B, T, D)."""
        # The copy path: what the classifier sees at the read position, corrected by what language expects.
        corrections, copied = self.symbol_head(hidden), self.dense_head(local)
        first, vowel, final = (a + b for a, b in zip(corrections, copied, strict=True))
        # A move that reaches the edge in the direction it goes leaves the page: nothing can be read there, and without
        # such moves reading ends on every page.
        distance = torch.tensor([RIGHT, DOWN], device=edges.device).T  # (moves, 2)
        leaves = (distance >= edges[..., None, :]).any(-1) & (distance > 0).any(-1)
        return (first, vowel, final), self.move_head(hidden).masked_fill(leaves, _IMPOSSIBLE)

    def forward(
        self, tokens: Tensor, symbols: Tensor, moves: Tensor, local: Tensor, edges: Tensor, offset: Tensor
    ) -> tuple[SymbolLogits, Tensor]:
        """Read T teacher-forced steps that begin at text position `offset` (B,); for the others see `embed_steps`."""
        prefix, steps = self.prefix(tokens), self.embed_steps(symbols, moves, local, edges)
        length, count = prefix.shape[1], steps.shape[1]
        positions = torch.arange(length + count, device=steps.device).expand(steps.shape[0], -1).clone()
        positions[:, length:] += offset[:, None]  # a segment from the middle of a page keeps its place in the text
        mask = causal_mask(length + count, 0, length, self.config.decoder.sliding_window, steps.device)
        hidden = self.decoder(torch.cat((prefix, steps), 1), positions, mask)[:, length:]
        return self.predict(hidden, local, edges)

    def prefill(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Compute keys and values of the vision prefix, each (layers, B, heads, P, head_dim)."""
        x = self.prefix(tokens)
        positions = torch.arange(x.shape[1], device=x.device)[None]
        config = self.config.decoder
        empty = x.new_zeros(config.layers, x.shape[0], config.kv_heads, 0, config.head_dim)
        mask = causal_mask(x.shape[1], device=x.device)
        _, keys, values = self._run(x, positions, empty, empty, mask)
        return keys, values

    def step(
        self,
        symbols: Tensor,
        moves: Tensor,
        local: Tensor,
        edges: Tensor,
        positions: Tensor,
        keys: Tensor,
        values: Tensor,
        mask: Tensor,
    ) -> tuple[SymbolLogits, Tensor, Tensor, Tensor]:
        """Read T steps behind a cache: symbol logits, move logits, new keys and values (layers, B, heads, T, head_dim).

        positions (B, T): of the steps in the sequence, prefix included; keys, values: what came before (layers, B,
        heads, S, head_dim); mask (B, 1, T, S + T) bool: what each step sees; for the others see `embed_steps`.
        """
        x = self.embed_steps(symbols, moves, local, edges)
        hidden, new_keys, new_values = self._run(x, positions, keys, values, mask)
        logits, move_logits = self.predict(hidden, local, edges)
        return logits, move_logits, new_keys, new_values

    def _run(
        self, x: Tensor, positions: Tensor, keys: Tensor, values: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Run the decoder's layers on x (B, T, D): hidden states (B, T, D) and the new keys and values.

        `Decoder.forward` written out with the cache as plain arguments and results, the form that exports to ONNX.
        """
        config = self.config.decoder
        rope = rope_table(positions, config.head_dim, config.rope_theta, x.dtype)
        new_keys, new_values = [], []
        for i, layer in enumerate(cast(Iterable[DecoderLayer], self.decoder.layers)):
            # Attention over the cache and the new steps; rotary positions are absolute, so old keys stay as they are.
            query, key, value = layer.self_attn.project(layer.input_layernorm(x), rope)
            all_keys, all_values = torch.cat((keys[i], key), 2), torch.cat((values[i], value), 2)
            out = nn.functional.scaled_dot_product_attention(query, all_keys, all_values, attn_mask=mask)
            x = x + layer.self_attn.o_proj(out.transpose(1, 2).flatten(2))
            # Feed-forward.
            x = x + layer.mlp(layer.post_attention_layernorm(x))
            # Only what is new goes out: the caller decides what a cache keeps (the reader drops what left the window).
            new_keys.append(key)
            new_values.append(value)
        return self.decoder.norm(x), torch.stack(new_keys), torch.stack(new_values)


def _init(module: nn.Module) -> None:
    """Initialise projections with a truncated normal of 1/sqrt(inputs), embeddings with .02, biases with zero."""
    if isinstance(module, nn.Linear | nn.Conv2d):
        fan_in = module.weight[0].numel()
        nn.init.trunc_normal_(module.weight, std=fan_in**-0.5)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
