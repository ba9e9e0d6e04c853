"""DeepSeek-OCR-2's encoder and token layout against the transformers implementation, on random weights.

Tolerance 1e-4 in fp32 at feature scale ~3, as for DeepSeek-OCR; every fault below moves features by a hundred times as
much at least.
"""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from fakes.parity import TOLERANCE, distance, make_image, prompt, view_inputs  # noqa: E402
from sokdok.model.family import deepencoder, deepseek_ocr  # noqa: E402
from sokdok.model.family.deepencoder import QueryEncoder, visibility  # noqa: E402

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


def reference_features(reference: Any, image: deepseek_ocr.ImageTensors) -> torch.Tensor:
    return reference.get_image_features(**view_inputs(image)).pooler_output[0]


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


def causal(patches: int, queries: int, device: Any = None) -> torch.Tensor:
    return torch.ones(1, 1, patches + queries, patches + queries, dtype=torch.bool).tril()


def queries_see_all(patches: int, queries: int, device: Any = None) -> torch.Tensor:
    mask = visibility(patches, queries)
    mask[..., patches:, :] = True
    return mask


def image_sees_queries(patches: int, queries: int, device: Any = None) -> torch.Tensor:
    mask = visibility(patches, queries)
    mask[..., :patches, :] = True
    return mask


def other_queries(encoder: QueryEncoder, patches: int) -> torch.Tensor:
    return encoder.query_1024.weight[:144]


def image_tokens_go_on(encoder: QueryEncoder, feature_map: torch.Tensor) -> torch.Tensor:
    patches = feature_map.flatten(2).transpose(1, 2)
    queries = encoder.queries_for(patches.shape[1]).expand(len(patches), -1, -1)
    mask = visibility(patches.shape[1], queries.shape[1])
    return encoder.model(torch.cat((patches, queries), dim=1), mask)[:, : queries.shape[1]]


def global_first(view: torch.Tensor, tiles: Any, separator: torch.Tensor) -> torch.Tensor:
    return torch.cat([view, tiles.flatten(0, 1), separator[None]])


def woven(view: torch.Tensor, tiles: Any, separator: torch.Tensor) -> torch.Tensor:
    local = deepseek_ocr.weave(tiles.unflatten(1, (12, 12)), (2, 3))
    return torch.cat([local.flatten(0, 1), view, separator[None]])


FAULTS = [
    (deepencoder, "visibility", causal),
    (deepencoder, "visibility", queries_see_all),
    (deepencoder, "visibility", image_sees_queries),
    (QueryEncoder, "queries_for", other_queries),
    (QueryEncoder, "forward", image_tokens_go_on),
    (deepseek_ocr, "line_up", global_first),
    (deepseek_ocr, "line_up", woven),
]


@torch.no_grad()
@pytest.mark.parametrize(("owner", "name", "fault"), FAULTS, ids=[fault[2].__name__ for fault in FAULTS])
def test_a_fault_would_show(
    model_pair_2: ModelPair, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, fault: Any
) -> None:
    """Each known way to get the encoder slightly wrong exceeds the tolerance a hundred times."""
    reference, ours = model_pair_2
    image = make_image(64, 64, (2, 3))  # a few cells only, and 144 queries for each view
    expected = reference_features(reference, image)
    monkeypatch.setattr(owner, name, fault)
    assert distance(ours.model.encode_images([image])[0], expected) > 100 * TOLERANCE


@torch.no_grad()
def test_missing_biases_would_show(model_pair_2: ModelPair, monkeypatch: pytest.MonkeyPatch) -> None:
    reference, ours = model_pair_2
    image = make_image(64, 0, (0, 0))
    monkeypatch.setattr(ours.model.qwen2_model.model.model.layers[0].self_attn.k_proj, "bias", None)
    assert distance(ours.model.encode_images([image])[0], reference_features(reference, image)) > 100 * TOLERANCE
