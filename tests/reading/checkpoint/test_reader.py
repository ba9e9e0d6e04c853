"""Pages through small random checkpoints in the published layout."""

import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")

import random_checkpoint  # noqa: E402

from sokdok.errors import InputError  # noqa: E402
from sokdok.model.checkpoints.tokenizer import Tokenizer  # noqa: E402
from sokdok.pages import Page, render  # noqa: E402
from sokdok.reading import load  # noqa: E402
from sokdok.reading.checkpoint.loop_guard import GUARDS  # noqa: E402
from sokdok.reading.checkpoint.reader import CheckpointReader, weak_spans  # noqa: E402
from sokdok.reading.prompts import prompt_for  # noqa: E402
from sokdok.reading.reading import Sampling  # noqa: E402

PROMPT = prompt_for("free")


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], CheckpointReader]:
    """A tiny random model of each family, in each precision."""
    made: dict[tuple[str, str], CheckpointReader] = {}

    def reader(name: str, dtype: str = "float32") -> CheckpointReader:
        if (name, dtype) not in made:
            folder = tmp_path_factory.mktemp(name)
            random_checkpoint.write_checkpoint(random_checkpoint.tiny(random_checkpoint.MODELS[name]), folder)
            found = load(str(folder), dtype=dtype, device="cpu")
            assert isinstance(found, CheckpointReader)
            made[name, dtype] = found
        return made[name, dtype]

    return reader


def pages(count: int) -> list[Page]:
    """Pages of several sizes, so that they have different numbers of tiles."""
    sizes = [(300, 200), (1300, 650), (700, 1400)]
    drawn = render("속독은 글을 그림으로 그려서 읽습니다. Reading text from a picture. " * 5)
    return [Page(drawn[0].image.resize(sizes[i % 3]), f"{i}.png", i) for i in range(count)]


@pytest.mark.parametrize("name", ["deepseek-ocr", "unlimited-ocr", "deepseek-ocr-2"])
def test_a_page_reads_the_same_alone_and_in_a_batch(readers: Any, name: str) -> None:
    reader = readers(name)
    mode = None if name == "deepseek-ocr-2" else "gundam"
    together = list(reader.read(pages(2), PROMPT, batch_size=2, mode=mode, max_tokens=12))
    alone = [next(iter(reader.read([page], PROMPT, mode=mode, max_tokens=12))) for page in pages(2)]
    assert [reading.text for reading in together] == [reading.text for reading in alone]
    assert [reading.page for reading in together] == list(range(2))
    assert len({reading.sequence_tokens for reading in together}) > 1
    assert len({reading.text for reading in together}) > 1  # pages do differ to the model


def test_a_reading_says_what_it_cost_and_where_it_is_weak(readers: Any) -> None:
    (reading,) = readers("deepseek-ocr").read(pages(1), PROMPT, mode="tiny", max_tokens=20)
    assert (reading.status, reading.mode, reading.steps) == ("truncated", "tiny", 20)
    assert (reading.vision_tokens, reading.sequence_tokens) == (64, 73)
    assert reading.mean_logprob < -1  # random weights know nothing
    assert reading.weak_spans and all(0 <= s.start <= s.end <= len(reading.text) for s in reading.weak_spans)


def test_precisions_agree_on_what_comes_first(readers: Any) -> None:
    """On random weights close tokens abound: only the confidence is compared."""
    means = {}
    for dtype in ("float32", "bfloat16", "int8"):
        (reading,) = readers("deepseek-ocr", dtype).read(pages(1), PROMPT, mode="tiny", max_tokens=1)
        means[dtype] = reading.mean_logprob
    assert means["bfloat16"] == pytest.approx(means["float32"], abs=0.3)
    assert means["int8"] == pytest.approx(means["float32"], abs=0.3)


def test_sampling_is_repeatable(readers: Any) -> None:
    def text(seed: int) -> str:
        options = {"mode": "tiny", "max_tokens": 10, "sampling": Sampling(temperature=1.0, seed=seed)}
        return next(iter(readers("deepseek-ocr").read(pages(1), PROMPT, **options))).text

    assert text(1) == text(1) != text(2)


def test_one_bad_page_does_not_stop_the_others(readers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Image.Image):
        size = (640, 640)

        def getexif(self) -> Any:
            raise OSError("image file is truncated")

    some = pages(3)
    some[1] = replace(some[1], image=Broken())
    readings = list(readers("deepseek-ocr").read(some, PROMPT, batch_size=2, mode="tiny", max_tokens=4))
    assert [reading.status for reading in readings] == ["truncated", "failed", "truncated"]
    assert readings[1].error == "image file is truncated"


def test_a_mode_that_the_model_does_not_have(readers: Any) -> None:
    with pytest.raises(InputError, match="deepseek-ocr-2 has no mode 'tiny'; choose one of gundam-768"):
        list(readers("deepseek-ocr-2").read(pages(1), PROMPT, mode="tiny"))
    with pytest.raises(InputError, match="2 <image> in the prompt, images given: 1"):
        list(readers("deepseek-ocr").read(pages(1), "<image><image>\nFree OCR."))


def test_the_guard_is_the_published_one(readers: Any) -> None:
    picture, report = Page(Image.new("RGB", (9, 9)), "a.png"), Page(Image.new("RGB", (9, 9)), "report.PDF")
    guard = readers("deepseek-ocr").guard
    assert (guard(picture), guard(report)) == (GUARDS["image"], GUARDS["pdf"])
    assert readers("unlimited-ocr").guard(report) == GUARDS["unlimited"]
    assert readers("deepseek-ocr-2").guard(report) == GUARDS["ocr2"]


def test_weak_spans_are_runs_of_unlikely_tokens() -> None:
    spans = [(0, 3), (3, 4), (4, 9), (9, 12), (12, 13)]
    found = weak_spans(spans, [-0.1, -1.0, -2.0, -0.2, -5.0])
    assert [(span.start, span.end) for span in found] == [(12, 13), (3, 9)]
    assert found[1].mean_logprob == pytest.approx(-1.5)
    assert weak_spans(spans, [-0.1] * 5) == ()


@torch.no_grad()
@pytest.mark.parametrize("window", [False, True], ids=["deepseek-ocr", "unlimited-ocr"])
def test_greedy_tokens_equal_transformers(window: bool, tmp_path: Path) -> None:
    """The whole way, from a picture's pixels and the prompt to forty tokens, against `generate` of transformers."""
    transformers = pytest.importorskip("transformers", minversion="5.24")
    tiny = runpy.run_path(str(Path(__file__).parents[2] / "model" / "conftest.py"))
    from sokdok.model.preprocess import preprocess

    kinds = ["reference_sliding_attention" if window else "full_attention"] * tiny["TEXT"]["num_hidden_layers"]
    text = {**tiny["TEXT"], "vocab_size": 129_280, "sliding_window": 8, "layer_types": kinds}
    config = transformers.UnlimitedOcrConfig(
        vision_config={"sam_config": tiny["SAM"], "encoder_config": tiny["CLIP"]},
        text_config=text,
        image_token_id=128_815,
    )
    reference = transformers.UnlimitedOcrForConditionalGeneration(config).eval()
    tiny["randomise"](reference)
    reference.save_pretrained(tmp_path)
    reader = CheckpointReader(tmp_path, "float32", "cpu")
    page = pages(3)[2]
    pixels = preprocess(page.image, "gundam", 32 if window else 9)
    columns, rows = pixels.grid
    ids = Tokenizer.from_folder(tmp_path).prompt_ids(PROMPT, [273 + 10 * rows * (10 * columns + 1)])
    output = reference.generate(
        input_ids=torch.tensor([ids]),
        pixel_values=torch.from_numpy(pixels.global_view)[None],
        pixel_values_local=torch.from_numpy(pixels.tiles),
        num_local_patches=[columns * rows],
        patches_grid=[[columns, rows]],
        max_new_tokens=40,
        do_sample=False,
        eos_token_id=1,
        pad_token_id=2,
    )[0, len(ids) :].tolist()
    (reading,) = reader.read([page], PROMPT, mode="gundam", max_tokens=40)
    assert reading.text == reader.tokenizer.decode(output)
    assert reading.steps == 40
