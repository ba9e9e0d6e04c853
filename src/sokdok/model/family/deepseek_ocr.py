"""DeepSeek-OCR: encoder, token layout, decoder and head, with the published parameter names.

- Vision tokens are laid out in two dimensions: a learnt newline after each row of the grid, a learnt separator at the
  end. Tiles are woven into one wide grid before that, so rows run across tiles.
- Those of DeepSeek-OCR-2 are ordered by its queries already: tile follows tile, without newlines.
- Order is always local tiles, global view, separator, whatever the published config's `global_view_pos` says.
- The tile grid travels as data; the published code infers "no tiles" from a zero pixel sum, which a mid-grey page has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from sokdok.model import kernels
from sokdok.model.config import ModelConfig
from sokdok.model.family.decoder import Decoder, KVCache, Linear, run_layers
from sokdok.model.family.deepencoder import DeepEncoder
from sokdok.model.preprocess import PixelInputs


@dataclass(frozen=True)
class ImageTensors:
    """One image for the encoder: pixels normalised to -1..1."""

    global_view: Tensor  # (3, H, W)
    tiles: Tensor | None = None  # (columns * rows, 3, h, w), row-major; None without tiles.
    grid: tuple[int, int] = (0, 0)  # (columns, rows) of tiles.

    @classmethod
    def from_pixels(
        cls, pixels: PixelInputs, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> Self:
        """Move preprocessed pixels to a device and precision."""
        tiles = None if pixels.tiles is None else torch.from_numpy(pixels.tiles).to(device, dtype)
        return cls(torch.from_numpy(pixels.global_view).to(device, dtype), tiles, pixels.grid)


def weave(tiles: Tensor, grid: tuple[int, int]) -> Tensor:
    """Join tile grids (columns * rows, h, w, D), row-major, into one grid (rows * h, columns * w, D)."""
    columns, rows = grid
    count, height, width, dim = tiles.shape
    if count != columns * rows:
        raise ValueError(f"{count} tiles do not fill a grid of {columns} x {rows}")
    return tiles.reshape(rows, columns, height, width, dim).transpose(1, 2).reshape(rows * height, columns * width, dim)


def with_newlines(grid: Tensor, newline: Tensor) -> Tensor:
    """(h, w, D) -> (h * (w + 1), D): each row followed by the newline vector (D)."""
    height, _, dim = grid.shape
    return torch.cat((grid, newline.expand(height, 1, dim)), dim=1).flatten(0, 1)


def lay_out(
    global_grid: Tensor, tiles: Tensor | None, grid: tuple[int, int], newline: Tensor, separator: Tensor
) -> Tensor:
    """One image's token sequence (N, D): [tiles] global separator."""
    local = [] if tiles is None else [with_newlines(weave(tiles, grid), newline)]
    return torch.cat([*local, with_newlines(global_grid, newline), separator[None]])


class DeepseekModel(DeepEncoder):
    """Everything below the head. It *is* a DeepEncoder, so that parameter names stay flat, as published."""

    def __init__(self, config: ModelConfig) -> None:
        hidden = config.decoder.hidden
        super().__init__(config.sam, config.second_encoder, hidden)
        self.config = config
        if not self.by_queries:
            self.image_newline = nn.Parameter(torch.randn(hidden) / hidden**0.5)
        self.view_seperator = nn.Parameter(torch.randn(hidden) / hidden**0.5)
        self.embed_tokens = nn.Embedding(config.decoder.vocab, hidden)
        decoder = Decoder(config.decoder)
        self.layers, self.norm = decoder.layers, decoder.norm

    def encode_views(self, views: Sequence[Tensor]) -> list[Tensor]:
        """Encode (3, H, W) views of any sizes, equal sizes in one batch: a list of (h, w, D), or (queries, D), in the
        order given.
        """
        by_size: dict[torch.Size, list[int]] = defaultdict(list)
        for index, view in enumerate(views):
            by_size[view.shape].append(index)
        encoded: dict[int, Tensor] = {}
        for indices in by_size.values():
            batch = DeepEncoder.forward(self, torch.stack([views[i] for i in indices]).to(self.dtype))
            encoded.update(zip(indices, batch, strict=True))
        return [encoded[index] for index in range(len(views))]

    def encode_images(self, images: Sequence[ImageTensors]) -> list[Tensor]:
        """Each image's token sequence (N, D). All tiles of all images go through the encoder together."""
        tiles = [tile for image in images if image.tiles is not None for tile in image.tiles]
        encoded = iter(self.encode_views([image.global_view for image in images] + tiles))
        globals_ = [next(encoded) for _ in images]
        sequences = []
        for image, global_tokens in zip(images, globals_, strict=True):
            local = None if image.tiles is None else torch.stack([next(encoded) for _ in image.tiles])
            if self.by_queries:
                tokens = [] if local is None else [local.flatten(0, 1)]  # which have an order of their own
                sequences.append(torch.cat([*tokens, global_tokens, self.view_seperator[None]]))
            else:
                sequences.append(lay_out(global_tokens, local, image.grid, self.image_newline, self.view_seperator))
        return sequences

    def embed(self, input_ids: Tensor, images: Sequence[ImageTensors] = ()) -> Tensor:
        """Embed ids (B, T) and write the images' tokens, in order, over the placeholders: (B, T, D)."""
        embeds = self.embed_tokens(input_ids)
        if not images:
            return embeds
        vision = torch.cat(self.encode_images(images)).to(embeds.dtype)
        placeholders = input_ids == self.config.image_token_id
        if int(placeholders.sum()) != vision.shape[0]:
            raise ValueError(f"{int(placeholders.sum())} image placeholders for {vision.shape[0]} vision tokens")
        return embeds.masked_scatter(placeholders[..., None], vision)

    def forward(  # type: ignore[override]
        self,
        input_ids: Tensor,
        images: Sequence[ImageTensors] = (),
        positions: Tensor | None = None,
        mask: Tensor | None = None,
        cache: KVCache | None = None,
    ) -> Tensor:
        """Ids (B, T) with placeholders -> hidden states (B, T, D)."""
        embeds = self.embed(input_ids, images)
        return run_layers(self.config.decoder, self.layers, self.norm, embeds, positions, mask, cache)


class Head(Linear):
    """Hidden states (..., D) -> logits (..., vocab); fp32 where that costs nothing, since bf16 ties close ones."""

    def forward(self, x: Tensor) -> Tensor:
        if kernels.usable(x, self.weight):
            return kernels.linear(x, self.pair)
        return super().forward(x)


class DeepseekOCR(nn.Module):
    """The whole model: ids and images -> logits."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.model = DeepseekModel(config)
        self.lm_head = Head(config.decoder.hidden, config.decoder.vocab)

    def forward(
        self,
        input_ids: Tensor,
        images: Sequence[ImageTensors] = (),
        positions: Tensor | None = None,
        mask: Tensor | None = None,
        cache: KVCache | None = None,
        last_only: bool = False,
    ) -> Tensor:
        """Logits (B, T, vocab), or (B, 1, vocab) with last_only, which spares a prefill the head's cost."""
        hidden = self.model(input_ids, images, positions, mask, cache)
        return self.lm_head(hidden[:, -1:] if last_only else hidden)
