"""Images, prompts and a distance: what the parity tests of both encoders share."""

from typing import Any

import torch

from sokdok.model.family.deepseek_ocr import ImageTensors

IMAGE_ID = 190  # as in the fixtures' checkpoints
TOLERANCE = 1e-4


def make_image(side: int, tile: int, grid: tuple[int, int]) -> ImageTensors:
    """Random pixels: a global view of `side`, and tiles of `tile` pixels, 0 for none."""
    generator = torch.Generator().manual_seed(side + 7 * tile + grid[0])
    tiles = torch.randn(grid[0] * grid[1], 3, tile, tile, generator=generator) if tile else None
    return ImageTensors(torch.randn(3, side, side, generator=generator), tiles, grid)


def view_inputs(image: ImageTensors) -> dict[str, Any]:
    """The same image as transformers takes it, without the grid of its tiles."""
    inputs: dict[str, Any] = {"pixel_values": image.global_view[None]}
    if image.tiles is not None:
        inputs |= {"pixel_values_local": image.tiles, "num_local_patches": [len(image.tiles)]}
    return inputs


def prompt(tokens: int) -> torch.Tensor:
    """Ids (1, tokens + 6) of `tokens` image placeholders and some text."""
    return torch.tensor([[0, *[IMAGE_ID] * tokens, 5, 17, 101, 60, 9]])


def distance(ours: torch.Tensor, reference: torch.Tensor) -> float:
    assert ours.shape == reference.shape
    return (ours - reference).abs().max().item()
