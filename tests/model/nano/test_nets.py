"""nano's smaller nets: as many outputs as those who read them expect."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from sokdok.model.nano import geometry_format as geometry_map  # noqa: E402
from sokdok.model.nano import molecule_format as molecule_maps  # noqa: E402
from sokdok.model.nano.nets import NETS  # noqa: E402
from sokdok.model.nano.text_detector_format import CHANNELS  # noqa: E402


@pytest.mark.parametrize(
    ("name", "shape", "outputs"),
    [
        ("lines", (1, 1, 64, 64), CHANNELS),
        ("molecules", (1, 1, 64, 64), molecule_maps.OUTPUTS),
        ("geometry", (1, 3, 64, 64), geometry_map.CHANNELS),
        ("geometry_letters", (1, 1, 24, 24), len(geometry_map.CHARS)),
    ],
)
def test_outputs(name: str, shape: tuple[int, ...], outputs: int) -> None:
    assert NETS[name]().eval()(torch.zeros(shape)).shape[1] == outputs
