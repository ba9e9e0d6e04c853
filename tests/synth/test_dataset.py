"""Datasets: the same bytes however they are made, whole shards or none, and loadable by those who train."""

from __future__ import annotations

import errno
import importlib.util
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from sokdok.documents.grammar import parse
from sokdok.errors import InputError, MissingExtraError, SokdokError
from sokdok.reading.prompts import TASKS
from sokdok.synth import dataset, samples
from sokdok.synth.card import Schema, card
from sokdok.synth.dataset import Order, write_dataset
from sokdok.synth.pages.truth import TextBox
from sokdok.synth.samples import Materials, Sample


@pytest.fixture
def dots(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A kind that is fast to make, in shards of three; the list of seeds that were drawn."""
    drawn: list[int] = []

    def make(seed: int) -> Sample:
        drawn.append(seed)
        pixels = np.random.default_rng(seed).integers(0, 256, (8, 12), np.uint8)
        boxes = (TextBox((0, 0, 1.26, 2), f"점 {seed}", "dot"),) if seed % 3 == 2 else ()
        return Sample(pixels, "<image>\nFree OCR.", f"점 {seed}", boxes, {"parts": [{"at": (1, 2.0)}]})

    monkeypatch.setitem(samples.KINDS, "dot", lambda materials: make)
    monkeypatch.setattr(dataset, "SHARD_SAMPLES", 3)
    return drawn


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rows(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]


def test_shards_hold_every_picture_beside_its_truth(dots: list[int], tmp_path: Path) -> None:
    assert write_dataset(Order("dot", 7), tmp_path, 1) == 7
    assert sorted(contents(tmp_path)) == ["README.md", *(f"dot-00000{i}.tar" for i in range(3)), "manifest.jsonl",
                                          "order.json"]  # fmt: skip
    with tarfile.open(tmp_path / "dot-000002.tar") as archive:
        assert archive.getnames() == ["dot-000000006.png", "dot-000000006.json"]
        picture = Image.open(io.BytesIO(archive.extractfile("dot-000000006.png").read()))
        truth = json.load(archive.extractfile("dot-000000006.json"))
    assert np.array_equal(np.asarray(picture), np.random.default_rng(6).integers(0, 256, (8, 12), np.uint8))
    assert truth == {"seed": 6, "width": 12, "height": 8, "prompt": "<image>\nFree OCR.", "text": "점 6",
                     "text_boxes": [], "parts": [{"at": [1, 2.0]}]}  # fmt: skip


def test_the_manifest_lists_all_samples_in_order(dots: list[int], tmp_path: Path) -> None:
    write_dataset(Order("dot", 7, seed=2), tmp_path, 1)
    assert [row["key"] for row in rows(tmp_path)] == [f"dot-00000000{i}" for i in range(7)]
    assert rows(tmp_path)[4] == {"key": "dot-000000004", "shard": "dot-000001.tar", "kind": "dot", "width": 12,
                                 "height": 8, "seed": (2 << 32) + 4, "prompt": "<image>\nFree OCR.",
                                 "text": f"점 {(2 << 32) + 4}"}  # fmt: skip


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(dots: list[int], tmp_path: Path) -> None:
    write_dataset(Order("dot", 8), tmp_path / "whole", 1)

    def die(done: int, seen: list[int] = []) -> None:  # noqa: B006
        seen.append(done)
        if sum(seen) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(Order("dot", 8), tmp_path / "killed", 1, die)
    assert sorted(contents(tmp_path / "killed")) == ["dot-000000.tar", "order.json"]
    (tmp_path / "killed" / "dot-000001.tar.tmp").write_bytes(b"what a harder kill leaves")
    dots.clear()
    assert write_dataset(Order("dot", 8), tmp_path / "killed", 1) == 5
    assert dots == [3, 4, 5, 6, 7]
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_a_finished_dataset_is_left_alone(dots: list[int], tmp_path: Path) -> None:
    write_dataset(Order("dot", 4), tmp_path, 1)
    before, steps = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}, []
    assert write_dataset(Order("dot", 4), tmp_path, 1, steps.append) == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    assert sum(steps) == 4


def test_a_lost_manifest_is_written_again(dots: list[int], tmp_path: Path) -> None:
    write_dataset(Order("dot", 4), tmp_path, 1)
    before = contents(tmp_path)
    (tmp_path / "manifest.jsonl").unlink()
    assert write_dataset(Order("dot", 4), tmp_path, 1) == 0
    assert contents(tmp_path) == before


def test_the_bytes_are_the_same_from_one_process_and_from_two(font_folder: Path, tmp_path: Path) -> None:
    order = Order("table", 9, 1, Materials(font_folder))
    for jobs in (1, 2):
        write_dataset(order, tmp_path / str(jobs), jobs)
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (Order("dot", 0), "at least one"),
        (Order("dot", 1, seed=-1), "seed"),
        (Order("photo", 1), "unknown kind 'photo'.*page, table"),
        (Order("dot", 1, 0, Materials(fonts=Path("nowhere"))), "nowhere is not a folder"),
    ],
)
def test_what_can_not_be_made_is_refused_before_anything_is_written(
    order: Order, message: str, dots: list[int], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        write_dataset(order, tmp_path / "new", 1)
    assert not (tmp_path / "new").exists()


def test_a_folder_of_something_else_is_refused(dots: list[int], tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="not empty"):
        write_dataset(Order("dot", 1), tmp_path, 1)
    with pytest.raises(InputError, match="there is a file in its way"):
        write_dataset(Order("dot", 1), tmp_path / "thesis.txt", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_dataset_begun_with_another_order_is_refused(dots: list[int], tmp_path: Path) -> None:
    write_dataset(Order("dot", 2), tmp_path, 1)
    with pytest.raises(InputError, match="another count, seed;"):
        write_dataset(Order("dot", 3, 1), tmp_path, 1)
    (tmp_path / "order.json").write_text("{")
    with pytest.raises(InputError, match=r"order\.json is broken"):
        write_dataset(Order("dot", 2), tmp_path, 1)


def test_a_full_disk_is_one_line_and_leaves_no_half_shard(
    dots: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(archive: tarfile.TarFile, name: str, content: bytes) -> None:
        if name == "dot-000000004.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        add(archive, name, content)

    add = dataset._add
    monkeypatch.setattr(dataset, "_add", full)
    with pytest.raises(SokdokError, match="is full; make room and run the same command again"):
        write_dataset(Order("dot", 6), tmp_path, 1)
    assert sorted(contents(tmp_path)) == ["dot-000000.tar", "order.json"]


def test_a_broken_shard_is_named(dots: list[int], tmp_path: Path) -> None:
    write_dataset(Order("dot", 4), tmp_path, 1)
    (tmp_path / "dot-000001.tar").write_bytes(b"x" * 700)
    (tmp_path / "manifest.jsonl").unlink()
    with pytest.raises(InputError, match=r"dot-000001\.tar is broken"):
        write_dataset(Order("dot", 4), tmp_path, 1)


@pytest.mark.parametrize(
    ("kind", "task"), [("page", "markdown"), ("table", "figure"), ("handwriting", "free"), ("geometry", "figure")]
)
def test_samples_have_official_prompts_answers_and_text_boxes(kind: str, task: str, font_folder: Path) -> None:
    make = samples.maker(kind, Materials(font_folder))
    made = [make(seed) for seed in range(3)]
    assert all(sample.prompt == TASKS[task].prompt and sample.text for sample in made)
    assert any(sample.text_boxes for sample in made)
    for sample in made:
        height, width = sample.pixels.shape[:2]
        for box in sample.text_boxes:
            left, top, right, bottom = box.box
            assert -width * 0.1 < left < right < width * 1.1 and -height * 0.1 < top < bottom < height * 1.1
        assert json.loads(json.dumps(sample.truth())) == sample.truth()


def test_a_page_answers_in_the_markup_of_the_family(font_folder: Path) -> None:
    sample = samples.maker("page", Materials(font_folder))(4)
    parsed = parse(sample.text)
    assert not parsed.warnings and len(parsed.blocks) == len(sample.extra["blocks"])
    height, width = sample.pixels.shape
    for block, truth in zip(parsed.blocks, sample.extra["blocks"], strict=True):
        left, top, right, bottom = truth["box"]
        assert block.boxes[0].x1 == pytest.approx(left / width * 999, abs=1)
        assert block.boxes[0].y2 == pytest.approx(bottom / height * 999, abs=1)


@pytest.mark.parametrize("kind", ["chart", "molecule"])
def test_a_missing_library_is_named_by_its_extra(kind: str, monkeypatch: pytest.MonkeyPatch, font_folder: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"sokdok\[figures\]"):
        samples.maker(kind, Materials(font_folder))


def test_fonts_are_looked_for_on_the_system(monkeypatch: pytest.MonkeyPatch, font_folder: Path, tmp_path: Path) -> None:
    monkeypatch.setattr(samples, "SYSTEM_FONTS", (str(tmp_path / "none"), str(tmp_path), str(font_folder)))
    assert samples.system_fonts() == font_folder
    monkeypatch.setattr(samples, "SYSTEM_FONTS", (str(tmp_path),))
    with pytest.raises(InputError, match="--fonts"):
        samples.system_fonts()


def test_the_card_knows_the_types_of_lists_that_begin_empty() -> None:
    schema = Schema()
    for value in ({"boxes": [], "size": 1, "grid": [[]]}, {"boxes": [{"text": "가"}], "size": 0.5, "grid": [[2]]}):
        schema.see(value)
    head = card("table", 1234, 0, 5, "png", schema).split("---")[1]
    fields = {field["name"]: field for field in yaml.safe_load(head)["dataset_info"]["features"][1]["struct"]}
    assert fields["boxes"]["list"] == [{"name": "text", "dtype": "string"}]
    assert fields["size"]["dtype"] == "float64"
    assert fields["grid"]["list"] == {"list": "int64"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["table", "handwriting", "chart", "molecule", "geometry", "page"])
def test_the_datasets_library_loads_it(kind: str, font_folder: Path, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    write_dataset(Order(kind, 8, 0, Materials(font_folder)), tmp_path / kind, 1)
    loaded = datasets.load_dataset(str(tmp_path / kind), split="train", cache_dir=str(tmp_path / "cache"))
    manifest = rows(tmp_path / kind)
    assert [row["__key__"] for row in loaded] == [row["key"] for row in manifest]
    image = "jpg" if kind in ("page", "handwriting") else "png"
    for row, listed in zip(loaded, manifest, strict=True):
        assert row["json"]["text"] == listed["text"] and row[image].size == (listed["width"], listed["height"])
    flat = datasets.load_dataset("json", data_files=str(tmp_path / kind / "manifest.jsonl"), split="train",
                                 cache_dir=str(tmp_path / "cache"))  # fmt: skip
    assert flat["text"][:] == [row["text"] for row in manifest]
