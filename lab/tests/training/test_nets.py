"""The recogniser's net: shapes, what passes through the codes, and that what ships still fits."""

import pytest
import torch

from sokdok.model.nano.alphabet import FINALS, VOWELS
from sokdok.model.nano.formats.lines import CODE_PIXELS, HEIGHT
from sokdok.model.nano.session import bundled_folder
from sokdok_lab.training.export import load_nets, load_packed
from sokdok_lab.training.nets import NETS, Asked, Recogniser


@pytest.fixture(scope="module")
def net() -> Recogniser:
    torch.manual_seed(0)
    return Recogniser(50, width=32, code=16).eval()


def test_an_answer_every_two_pixels_and_a_code_every_32(net: Recogniser) -> None:
    pixels = torch.rand(3, 1, HEIGHT, 160)
    assert [tuple(head.shape) for head in net(pixels)] == [(3, 80, size) for size in (51, VOWELS + 1, FINALS + 1)]
    assert net.encode(pixels).shape == (3, 160 // CODE_PIXELS, 16)


def test_what_is_read_is_read_from_the_codes_alone(net: Recogniser) -> None:
    codes = torch.zeros(1, 5, 16)
    changed = codes.clone()
    changed[0, 4] = 5
    difference = (net.decode(changed).first - net.decode(codes).first)[0].abs().amax(1)
    assert difference[70] > 1e-3
    assert difference[:16].max() < 1e-6  # the decoder reaches 16 columns to either side


def test_some_classes_can_be_asked_for(net: Recogniser) -> None:
    pixels, asked = torch.rand(1, 1, HEIGHT, 64), Asked(torch.tensor([3, 50]), torch.tensor([0.0, 2.0]))
    wanted = net(pixels).first[..., asked.classes] + asked.raised
    torch.testing.assert_close(net(pixels, asked).first, wanted, atol=1e-5, rtol=1e-5)


def test_what_ships_has_all_numbers_of_the_nets_that_training_goes_on_from() -> None:
    nets = load_nets(bundled_folder())
    stored = {name for path in bundled_folder().glob("*.safetensors") for name in load_packed(path)}
    wanted = {f"{name}.{key}" for name, net in nets.items() for key in net.state_dict() if "num_batches" not in key}
    assert nets.keys() == NETS.keys() and wanted <= stored
