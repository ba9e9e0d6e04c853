"""The encoder survives export: nano reads on onnxruntime."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402

from sokdok.model.config import ClipConfig, SamConfig  # noqa: E402
from sokdok.model.family.deepencoder import DeepEncoder  # noqa: E402


@pytest.mark.filterwarnings("ignore::FutureWarning:copyreg")  # torch.export's own
@torch.no_grad()
def test_encoder_at_a_size_that_is_not_native(tmp_path: Path) -> None:
    """Resized positions, a padded window and a global block: all that depends on the size."""
    sam = SamConfig(
        width=32, depth=2, heads=2, window=8, image_size=128, neck_width=16, compressor_widths=(24, 48),
        global_blocks=(1,), stem="conv", stem_widths=(8, 16),
    )  # fmt: skip
    encoder = DeepEncoder(sam, ClipConfig(48, 1, 2, 64, image_size=2, patch_size=1), out_width=96).eval()
    pixels, path = torch.randn(1, 3, 192, 128), tmp_path / "encoder.onnx"
    with sdpa_kernel(SDPBackend.MATH):
        torch.onnx.export(encoder, (pixels,), path, input_names=["pixels"], dynamo=True, verbose=False)
    (tokens,) = onnxruntime.InferenceSession(path).run(None, {"pixels": pixels.numpy()})
    assert np.abs(tokens - encoder(pixels).numpy()).max() < 1e-5
