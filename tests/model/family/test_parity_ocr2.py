"""DeepSeek-OCR-2's encoder and token layout against the transformers implementation, on random weights.

Tolerance 1e-4 in fp32 at feature scale ~3, as for DeepSeek-OCR; every fault below moves features by a hundred times as
much at least.
"""

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from fakes.parity import TOLERANCE, distance, make_image, prompt, view_inputs  # noqa: E402

ModelPair = tuple[Any, Any]

CASES = [
    # name, side of the global view, tile side, (columns, rows), tokens expected
    ("fewer cells than queries", 64, 0, (0, 0), 144 + 1),
    ("768", 96, 0, (0, 0), 144 + 1),  # native for the smaller set
    ("just too large for 144", 104, 0, (0, 0), 256 + 1),  # 169 cells
    ("1024", 128, 0, (0, 0), 256 + 1),  # native for the larger set, and for SAM
    ("2x3", 128, 96, (2, 3), 6 * 144 + 256 + 1),
    ("3x1", 128, 96, (3, 1), 3 * 144 + 256 + 1),
]
IDS = [case[0] for case in CASES]


@torch.no_grad()
@pytest.mark.parametrize(("name", "side", "tile", "grid", "tokens"), CASES, ids=IDS)
def test_features_and_logits(model_pair_2: ModelPair, name: str, side: int, tile: int, grid: Any, tokens: int) -> None:
    reference, ours = model_pair_2
    image = make_image(side, tile, grid)
    expected = reference(input_ids=prompt(tokens), **view_inputs(image))
    (features,) = ours.model.encode_images([image])
    assert features.shape[0] == tokens
    assert distance(features, expected.image_outputs.pooler_output[0]) < TOLERANCE
    assert distance(ours(prompt(tokens), [image]), expected.logits) < TOLERANCE


@torch.no_grad()
def test_images_of_different_shapes_in_one_call(model_pair_2: ModelPair) -> None:
    """Batching views of equal size must change neither values nor order."""
    _, ours = model_pair_2
    images = [make_image(64, 0, (0, 0)), make_image(96, 64, (3, 1)), make_image(64, 96, (1, 2))]
    together = ours.model.encode_images(images)
    for image, features in zip(images, together, strict=True):
        assert distance(ours.model.encode_images([image])[0], features) < TOLERANCE
