"""The line reader's net: shapes, and what passes through the codes."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from sokdok.model.nano.alphabet import FINALS, VOWELS  # noqa: E402
from sokdok.model.nano.formats.channels import STRIDE  # noqa: E402
from sokdok.model.nano.formats.recogniser import CODE_PIXELS, CODES_PER_TOKEN, HEIGHT  # noqa: E402
from sokdok.model.nano.rows import RowReader  # noqa: E402
from sokdok.model.nano.unet import UNet  # noqa: E402


@pytest.fixture(scope="module")
def net() -> RowReader:
    torch.manual_seed(0)
    return RowReader(50, width=64, code=16).eval()


def test_an_answer_every_two_pixels_and_a_code_every_32(net: RowReader) -> None:
    pixels = torch.rand(3, 1, HEIGHT, 160)
    logits = net(pixels)
    assert [tuple(head.shape) for head in logits] == [(3, 80, size) for size in (51, VOWELS + 1, FINALS + 1)]
    assert net.encode(net.features(pixels)).shape == (3, 160 // CODE_PIXELS, 16)
    assert CODES_PER_TOKEN * CODE_PIXELS == 512


def test_what_is_read_is_read_from_the_codes_alone(net: RowReader) -> None:
    codes = torch.zeros(1, 5, 16)
    assert torch.equal(net.decode(codes).first[0, 20], net.decode(codes.clone()).first[0, 20])
    changed = codes.clone()
    changed[0, 4] = 5
    near, far = net.decode(changed).first - net.decode(codes).first, 16
    assert near[0, 70].abs().max() > 1e-3
    assert near[0, :far].abs().max() < 1e-6  # the decoder reaches 56 pixels


def test_a_row_reads_the_same_beside_others(net: RowReader) -> None:
    pixels = torch.rand(2, 1, HEIGHT, 96)
    torch.testing.assert_close(net(pixels).first[:1], net(pixels[:1]).first)


def test_the_finder_answers_for_every_four_pixels() -> None:
    assert UNet(3, 7, (8, 8, 16, 16))(torch.rand(2, 3, 64, 96)).shape == (2, 7, 64 // STRIDE, 96 // STRIDE)
