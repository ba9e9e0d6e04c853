"""Our architecture against the transformers implementation, on random weights.

Tolerance 1e-4 in fp32 at feature scale ~10: the smallest fault known (antialiasing off) moves features by .04.
DeepSeek-OCR-2's encoder has tests of its own, in test_parity_ocr2.
"""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


from fakes.parity import IMAGE_ID, TOLERANCE, distance, make_image, prompt, view_inputs  # noqa: E402
from sokdok.model.family.decoder import KVCache  # noqa: E402
from sokdok.model.family.deepseek_ocr import ImageTensors  # noqa: E402

ModelPair = Callable[[bool], tuple[Any, Any]]

CASES = [
    # name, side of the global view, tile side, (columns, rows), tokens expected
    ("tiny", 64, 0, (0, 0), 1 * 2 + 1),
    ("small", 80, 0, (0, 0), 2 * 3 + 1),  # 5 patches: odd, not a multiple of the window
    ("base", 128, 0, (0, 0), 2 * 3 + 1),  # native; 8 patches in windows of 3: padded
    ("large", 160, 0, (0, 0), 3 * 4 + 1),
    ("windows fit", 192, 0, (0, 0), 3 * 4 + 1),  # 12 patches: no padding
    ("gundam 2x3", 128, 80, (2, 3), 2 * 3 + 1 + 6 * 5),
    ("gundam 3x1", 128, 80, (3, 1), 2 * 3 + 1 + 2 * 7),
]
IDS = [case[0] for case in CASES]


def reference_inputs(image: ImageTensors) -> dict[str, Any]:
    grid = {} if image.tiles is None else {"patches_grid": [list(image.grid)]}
    return view_inputs(image) | grid


@torch.no_grad()
@pytest.mark.parametrize(("name", "side", "tile", "grid", "tokens"), CASES, ids=IDS)
def test_vision_tokens(model_pair: ModelPair, name: str, side: int, tile: int, grid: Any, tokens: int) -> None:
    reference, ours = model_pair(False)
    image = make_image(side, tile, grid)
    expected = reference.get_image_features(**reference_inputs(image)).pooler_output[0]
    (features,) = ours.model.encode_images([image])
    assert features.shape[0] == tokens
    assert distance(features, expected) < TOLERANCE


@torch.no_grad()
@pytest.mark.parametrize(("name", "side", "tile", "grid", "tokens"), CASES, ids=IDS)
def test_logits(model_pair: ModelPair, name: str, side: int, tile: int, grid: Any, tokens: int) -> None:
    reference, ours = model_pair(False)
    image = make_image(side, tile, grid)
    expected = reference(input_ids=prompt(tokens), **reference_inputs(image)).logits
    logits = ours(prompt(tokens), [image])
    assert distance(logits, expected) < TOLERANCE
    assert distance(ours(prompt(tokens), [image], last_only=True), expected[:, -1:]) < TOLERANCE


STEPS = torch.randint(0, IMAGE_ID, (1, 12), generator=torch.Generator().manual_seed(3))


def reference_steps(reference: Any, ids: torch.Tensor, image: ImageTensors) -> torch.Tensor:
    from transformers import DynamicCache

    cache = DynamicCache(config=reference.config.text_config)
    outputs = [reference(input_ids=ids, cache=cache, use_cache=True, **reference_inputs(image)).logits]
    outputs += [reference(input_ids=token, cache=cache, use_cache=True).logits for token in STEPS.split(1, dim=1)]
    return torch.cat(outputs, dim=1)


def our_steps(ours: Any, ids: torch.Tensor, image: ImageTensors, size: int = 1) -> torch.Tensor:
    cache = KVCache(ours.config.decoder, capacity=64)
    outputs = [ours(ids, [image], cache=cache)] + [ours(tokens, cache=cache) for tokens in STEPS.split(size, dim=1)]
    return torch.cat(outputs, dim=1)


@torch.no_grad()
@pytest.mark.parametrize("window", [False, True], ids=["full", "reference sliding window"])
def test_cached_steps(model_pair: ModelPair, window: bool) -> None:
    """Twelve steps after the prefill, three times the window."""
    reference, ours = model_pair(window)
    assert (ours.config.decoder.sliding_window is not None) == window
    image = make_image(80, 0, (0, 0))
    assert distance(our_steps(ours, prompt(7), image), reference_steps(reference, prompt(7), image)) < TOLERANCE


@torch.no_grad()
def test_several_tokens_on_a_filled_cache(model_pair: ModelPair) -> None:
    """A step of several tokens (verifying a draft) sees what single steps see."""
    _, ours = model_pair(False)
    ids, image = prompt(7), make_image(80, 0, (0, 0))
    assert distance(our_steps(ours, ids, image, 5), our_steps(ours, ids, image)) < TOLERANCE


CASES_2 = [
    # name, side of the global view, tile side, (columns, rows), tokens expected
    ("fewer cells than queries", 64, 0, (0, 0), 144 + 1),
    ("768", 96, 0, (0, 0), 144 + 1),  # native for the smaller set
    ("just too large for 144", 104, 0, (0, 0), 256 + 1),  # 169 cells
    ("1024", 128, 0, (0, 0), 256 + 1),  # native for the larger set, and for SAM
    ("2x3", 128, 96, (2, 3), 6 * 144 + 256 + 1),
    ("3x1", 128, 96, (3, 1), 3 * 144 + 256 + 1),
]


@torch.no_grad()
@pytest.mark.parametrize(("name", "side", "tile", "grid", "tokens"), CASES_2, ids=[case[0] for case in CASES_2])
def test_features_and_logits(model_pair_2: Any, name: str, side: int, tile: int, grid: Any, tokens: int) -> None:
    reference, ours = model_pair_2
    image = make_image(side, tile, grid)
    expected = reference(input_ids=prompt(tokens), **view_inputs(image))
    (features,) = ours.model.encode_images([image])
    assert features.shape[0] == tokens
    assert distance(features, expected.image_outputs.pooler_output[0]) < TOLERANCE
    assert distance(ours(prompt(tokens), [image]), expected.logits) < TOLERANCE


@torch.no_grad()
def test_images_of_different_shapes_in_one_call(model_pair_2: Any) -> None:
    """Batching views of equal size must change neither values nor order."""
    _, ours = model_pair_2
    images = [make_image(64, 0, (0, 0)), make_image(96, 64, (3, 1)), make_image(64, 96, (1, 2))]
    together = ours.model.encode_images(images)
    for image, features in zip(images, together, strict=True):
        assert distance(ours.model.encode_images([image])[0], features) < TOLERANCE
