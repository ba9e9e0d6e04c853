"""Data sets: the same bytes however they are made, whole shards or none, and loadable by those who train."""

from __future__ import annotations

import errno
import io
import json
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fakes.bulk.s3 import moto_store
from sokdok.bulk.store import open_store
from sokdok.errors import InputError, SokdokError
from sokdok_lab.synth import dataset, samples
from sokdok_lab.synth.dataset import Order, synth
from sokdok_lab.synth.pages.truth import TextBox
from sokdok_lab.synth.samples import Materials, Sample


@pytest.fixture
def dots(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A kind that is fast to make, in shards of three; the list of seeds that were drawn."""
    drawn: list[int] = []

    def make(seed: int) -> Sample:
        drawn.append(seed)
        pixels = np.random.default_rng(seed).integers(0, 256, (8, 12), np.uint8)
        boxes = (TextBox((0, 0, 1.26, 2), f"점 {seed}", "dot"),) if seed % 3 == 2 else ()
        return Sample(pixels, "<image>\nFree OCR.", f"점 {seed}", boxes, {"parts": [{"at": (1, 2.0)}]})

    monkeypatch.setitem(samples.KINDS, "dot", (lambda materials: make, lambda sample: sample))
    monkeypatch.setattr(dataset, "SHARD_SAMPLES", 3)
    monkeypatch.setattr(dataset, "_from_here", lambda shards: shards)  # every machine begins elsewhere
    return drawn


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_shards_hold_every_picture_beside_its_truth(dots: list[int], tmp_path: Path) -> None:
    assert synth(Order("dot", 7), str(tmp_path), 1) == 7
    assert sorted(contents(tmp_path)) == [*(f"dot-00000{i}.tar" for i in range(3)), "order.json"]
    with tarfile.open(tmp_path / "dot-000002.tar") as archive:
        assert archive.getnames() == ["dot-000000006.png", "dot-000000006.json"]
        picture = Image.open(io.BytesIO(archive.extractfile("dot-000000006.png").read()))
        truth = json.load(archive.extractfile("dot-000000006.json"))
    assert np.array_equal(np.asarray(picture), np.random.default_rng(6).integers(0, 256, (8, 12), np.uint8))
    assert truth == {"seed": 6, "width": 12, "height": 8, "prompt": "<image>\nFree OCR.", "text": "점 6",
                     "text_boxes": [], "parts": [{"at": [1, 2.0]}]}  # fmt: skip


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(dots: list[int], tmp_path: Path) -> None:
    synth(Order("dot", 8), str(tmp_path / "whole"), 1)

    def die(done: int, seen: list[int] = []) -> None:  # noqa: B006
        seen.append(done)
        if sum(seen) == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synth(Order("dot", 8), str(tmp_path / "killed"), 1, die)
    assert sorted(contents(tmp_path / "killed")) == ["dot-000000.tar", "order.json"]
    (tmp_path / "killed" / ".unfinished" / "abc").write_bytes(b"what a harder kill leaves")
    dots.clear()
    assert synth(Order("dot", 8), str(tmp_path / "killed"), 1) == 5
    assert dots == [3, 4, 5, 6, 7]
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_a_finished_dataset_is_left_alone(dots: list[int], tmp_path: Path) -> None:
    synth(Order("dot", 4), str(tmp_path), 1)
    before, steps = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}, []
    assert synth(Order("dot", 4), str(tmp_path), 1, steps.append) == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    assert sum(steps) == 4


def test_the_bytes_are_the_same_from_one_process_and_from_two(font_folder: Path, tmp_path: Path) -> None:
    order = Order("table", 9, 1, Materials(font_folder))
    for jobs in (1, 2):
        synth(order, str(tmp_path / str(jobs)), jobs)
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
        synth(order, str(tmp_path / "new"), 1)
    assert not (tmp_path / "new").exists()


def test_a_folder_of_something_else_is_refused(dots: list[int], tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="not empty"):
        synth(Order("dot", 1), str(tmp_path), 1)
    with pytest.raises(InputError, match="is no folder"):
        synth(Order("dot", 1), str(tmp_path / "thesis.txt"), 1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_dataset_begun_with_another_order_is_refused(dots: list[int], tmp_path: Path) -> None:
    synth(Order("dot", 2), str(tmp_path), 1)
    with pytest.raises(InputError, match="another count, seed;"):
        synth(Order("dot", 3, 1), str(tmp_path), 1)
    (tmp_path / "order.json").write_text("{")
    with pytest.raises(InputError, match=r"order\.json is broken"):
        synth(Order("dot", 2), str(tmp_path), 1)


def test_a_full_disk_is_one_line_and_leaves_no_half_shard(
    dots: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def full(old: str, new: Path) -> None:
        if new.name == "dot-000001.tar":
            raise OSError(errno.ENOSPC, "No space left on device")
        link(old, new)

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(SokdokError, match="the disk is full: .* make room and run the same command again"):
        synth(Order("dot", 6), str(tmp_path), 1)
    assert sorted(contents(tmp_path)) == ["dot-000000.tar", "order.json"]


def test_a_bucket_gets_the_same(dots: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore")
    assert synth(Order("dot", 11, 5), str(tmp_path), 1) == 11
    with moto_store(monkeypatch, "made"):
        assert synth(Order("dot", 11, 5), "s3://made/dots", 1) == 11
        store = open_store("s3://made/dots")
        found = {name: store.read(name) for name in store.names()}
    assert found == contents(tmp_path)


def test_shards_that_others_make_are_left_to_them(
    dots: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, destination = Order("dot", 12), str(tmp_path / "out")
    make = dataset.archive_of

    def while_another_works(order: Order, shard: int, made: list[dataset.Encoded]) -> bytes:
        monkeypatch.setattr(dataset, "archive_of", make)
        assert synth(order, destination, 1) == 12
        return make(order, shard, made)

    monkeypatch.setattr(dataset, "archive_of", while_another_works)
    assert synth(order, destination, 1) == 0
    assert len(dots) == 15, "the shard that both had begun is made twice, and no other"
    synth(order, str(tmp_path / "one"), 1)
    assert contents(tmp_path / "out") == contents(tmp_path / "one")
