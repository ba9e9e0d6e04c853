"""Fixtures of all folders; fakes and helpers that several folders share live in `fakes/`."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from fakes.bench import write_manifest

ROOT = Path(__file__).parent
# Processes that a test starts find the fakes and the code under test, wherever pytest itself has them from.
os.environ["PYTHONPATH"] = os.pathsep.join(str(ROOT / folder) for folder in ("src", "lab/src", "tests"))
# They start in half the time where they find modules compiled, and hundreds of them start: what is imported is kept.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Where every core runs tests, torch's threads would wait for each other, a core for each of them in every process.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what shares fixtures on one core where the suite runs on several: files, and all that start Ray.

    The server's tests stay together by folder: between files of others their servers would end and start again.
    """
    for item in items:
        parts = item.path.relative_to(ROOT).parts[1:]
        group = "ray" if "ray" in parts else "/".join(parts[:2] if parts[0] == "server" else parts)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session", autouse=True)
def commands() -> Iterator[None]:
    """Build the command line once: typer does it for each run of a command, which costs more than most runs."""
    import typer.testing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", cache(typer.testing._get_command))
        yield


@pytest.fixture(scope="session")
def data_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders that are not there yet, by number: pytest lists all of its own for the next one, slow with thousands."""
    root = tmp_path_factory.mktemp("data")
    return (root / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def own_data(data_folders: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's data, empty: memories of tests are nobody's. Returns what is in place of it."""
    folder = next(data_folders)
    folder.mkdir()
    monkeypatch.setattr("platformdirs.user_data_path", lambda *names, **options: folder / "sokdok")
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))  # of processes that a test starts
    return folder / "sokdok"


@pytest.fixture
def no_key(monkeypatch) -> None:
    """No key in the environment, and hardly a pause between tries."""
    from sokdok.reading.remote import endpoint

    monkeypatch.delenv("SOKDOK_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(endpoint, "FIRST_PAUSE_S", 0.01)


ENGLISH = "The quick brown fox jumps over the lazy dog.\nNumber {n} of many lines, {n} again.\n"
KOREAN = "가나다라 마바사 아자차카 타파하. 한국어 문장이 이어집니다.\n"


@pytest.fixture
def fox(tmp_path: Path) -> Path:
    """A folder laid out like eval/fox, with made-up pages: two of 600-700 tokens, one of 1,306 without image."""
    from PIL import Image

    folder = tmp_path / "fox"
    (folder / "images").mkdir(parents=True)
    rows = []
    for i, tokens in enumerate(("650", "699", "1306")):
        Image.new("RGB", (120, 160), "white").save(folder / "images" / f"p{i}.png")
        truth = "".join(ENGLISH.format(n=n) for n in range(i, i + 4))
        row = {"id": f"p{i}", "image": f"images/p{i}.png", "truth": truth, "random_text": "aB xYz Qq", "tokens": tokens}
        rows.append(row)
    del rows[2]["image"]
    write_manifest(folder, rows)
    bucket = {"bucket": "600-700", "pages": 7, "mean_similarity": {"from_text_small": 0.99, "random_tiny": 0.7}}
    anchors = {"buckets": [bucket], "all": {"pages": 9, "mean_similarity": {"from_text_small": 0.95}}}
    (folder / "anchors.json").write_text(json.dumps(anchors), encoding="utf-8")
    return folder


@pytest.fixture
def korean(tmp_path: Path) -> Path:
    folder = tmp_path / "prose"
    folder.mkdir()
    rows = [
        {"id": "k0", "truth": KOREAN * 40, "kind": "long_text_ko"},
        {"id": "k1", "truth": KOREAN * 3, "kind": "dialog_pairs_ko"},  # pairs are no prose
        {"id": "k2", "truth": "English only", "kind": "long_text_en"},
        {"id": "k3", "speakers": ["a", "b"]},  # a conversation has no truth
    ]
    write_manifest(folder, rows)
    return folder
