from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.bench import FakeReader

SCHEMA = {"condition", "decoder", "mode", "bucket", "pages", "text_tokens", "vision_tokens", "ratio", "fidelity"}
SCHEMA |= {"word_precision", "words_right", "paper", "measured"}
Bench = Callable[..., tuple[str, str]]


@pytest.fixture(autouse=True)
def reader(monkeypatch: pytest.MonkeyPatch) -> FakeReader:
    fake = FakeReader(lambda text, decoder: text.replace("fox", "f0x"))
    monkeypatch.setattr("sokdok.reading.load", lambda *names, **options: fake)
    return fake


def test_rows_as_json(fox: Path, tmp_path: Path, bench: Bench) -> None:
    rows_file = tmp_path / "rows.json"
    options = ["--condition", "natural", "--condition", "random", "--mode", "small", "--mode", "tiny"]
    stdout, stderr = bench("compression", "--data", fox, *options, "--json", rows_file, "--plot", tmp_path / "c.png")
    rows = json.loads(rows_file.read_text(encoding="utf-8"))
    assert rows[0].keys() >= SCHEMA
    assert {(row["condition"], row["mode"], row["decoder"]) for row in rows} == {
        (condition, mode, decoder)
        for condition in ("natural", "random")
        for mode in ("small", "tiny")
        for decoder in ("autoregressive", "parallel", "truncation")
    }
    assert "600-700" in stdout and "0.985" in stdout and "0.990" in stdout  # ours beside the paper's and the measured
    assert "Our natural rows are not those images" in stdout
    assert "natural, small: 3 texts from fox" in stderr
    assert {path.name for path in tmp_path.iterdir()} >= {"rows.json", "c.png"} and not list(tmp_path.glob("*.tmp"))


def test_offline_on_our_own_texts(tmp_path: Path, bench: Bench) -> None:
    out = tmp_path / "rows.json"
    stdout, stderr = bench("compression", "--mode", "tiny", "--limit", "1", "--json", out)
    rows = json.loads(out.read_text(encoding="utf-8"))
    assert {row["condition"] for row in rows} == {"natural", "random", "korean", "ks_x_1001"}
    assert {row["data"] for row in rows} == {"builtin"}
    assert "original: left out" in stderr
    assert "the built-in ones, not Fox" in stdout


def test_what_is_finished_is_kept(fox: Path, tmp_path: Path, reader: FakeReader, bench: Bench) -> None:
    def damage(text: str, decoder: str) -> str:
        if "Qq" in text:
            raise KeyboardInterrupt
        return text

    reader.damage = damage
    out = tmp_path / "rows.json"
    options = ["--condition", "natural", "--condition", "random", "--mode", "tiny"]
    bench("compression", "--data", fox, *options, "--json", out, code=130)
    assert {row["condition"] for row in json.loads(out.read_text(encoding="utf-8"))} == {"natural"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compression", "--condition", "nope"], "unknown condition 'nope'; choose one of natural, random"),
        (["compression", "--mode", "gundam"], "unknown mode 'gundam'"),
        (["compression", "--json", "/nowhere/at/all.json"], "the folder of /nowhere/at/all.json does not exist"),
        (["compression", "--data", "/nowhere"], "/nowhere is not a folder"),
        (["compression", "--condition", "original"], "nothing to read"),
        (["compression", "--plot", "curve.doc"], "can't draw a picture of kind '.doc'"),
    ],
)
def test_bad_options_are_one_line(arguments: list[str], message: str, bench: Bench) -> None:
    stdout, stderr = bench(*arguments, code=2)
    assert message in stderr and len(stderr.strip().splitlines()) == 1 and stdout == ""


def test_frontier(tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sokdok_lab.bench.compression.frontier.decoders_of", lambda reader: ["parallel"])
    out = tmp_path / "points.json"
    stdout, _ = bench("frontier", "--json", out)
    points = json.loads(out.read_text(encoding="utf-8"))
    assert sum(point["frontier"] for point in points) == 2
    assert "english, parallel, 100 vision tokens" in stdout and "korean, parallel, 100 vision tokens" in stdout
    assert "published" in stdout
