"""The query encoder's own rules; its arithmetic is held to transformers in test_parity_ocr2."""

import pytest

torch = pytest.importorskip("torch")

from sokdok.model.config import QueryEncoderConfig  # noqa: E402
from sokdok.model.family.deepencoder import QueryEncoder, visibility  # noqa: E402

TINY = QueryEncoderConfig(width=16, depth=1, heads=2, kv_heads=1, mlp_width=24, sides=(128, 192))


def test_who_sees_whom() -> None:
    image, first, second = [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]
    assert visibility(2, 2).int().tolist() == [[[image, image, first, second]]]


@pytest.mark.parametrize(("cells", "name", "queries"), [(1, "query_128", 4), (4, "query_128", 4), (5, "query_192", 9)])
def test_the_smallest_set_that_covers_the_view_answers(cells: int, name: str, queries: int) -> None:
    encoder = QueryEncoder(TINY)
    assert torch.equal(encoder.queries_for(cells), encoder.get_parameter(f"{name}.weight"))
    assert encoder(torch.zeros(2, 16, 1, cells)).shape == (2, queries, 16)


def test_a_view_larger_than_every_set_is_refused() -> None:
    with pytest.raises(ValueError, match="no queries for a view of 10 cells: 192 pixels a side is the most"):
        QueryEncoder(TINY)(torch.zeros(1, 16, 1, 10))


@torch.no_grad()
def test_an_earlier_answer_ignores_later_queries() -> None:
    encoder = QueryEncoder(TINY).eval()
    view = torch.randn(1, 16, 2, 2, generator=torch.Generator().manual_seed(0))
    before = encoder(view)
    encoder.get_parameter("query_128.weight")[2] += 1
    after = encoder(view)
    assert torch.equal(before[:, :2], after[:, :2])
    assert not torch.allclose(before[:, 2], after[:, 2]) and not torch.allclose(before[:, 3], after[:, 3])
