"""vLLM inside the job, by an executable that stands for it."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from fakes.bulk.corpus import all_pages, setup_of
from fakes.bulk.vllm import TEXT, starts, write_executable
from fakes.jobs import gone, lives
from sokdok.bulk.engine import Setup
from sokdok.bulk.engines.local import VllmEngine
from sokdok.bulk.engines.ray import ENCODER, check
from sokdok.bulk.run import Watcher, run
from sokdok.bulk.served import VARIABLE, VllmServer
from sokdok.bulk.store import open_store
from sokdok.documents.question import Question
from sokdok.errors import InputError, SokdokError

pytestmark = pytest.mark.process

MODEL = "vllm:deepseek-ai/DeepSeek-OCR"
FAMILY = "vllm.model_executor.models.deepseek_ocr:NGramPerReqLogitsProcessor"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the executable, which is the one that is found."""
    monkeypatch.setenv(VARIABLE, str(write_executable(tmp_path / "fake")))
    monkeypatch.setenv("SOKDOK_API_KEY", "")
    return tmp_path / "fake"


def _setup(folder: Path, pages: int) -> Setup:
    (folder / "corpus").mkdir()
    for number in range(pages):
        page = Image.new("RGB", (300, 200), "white")
        ImageDraw.Draw(page).text((20, 20), f"page {number}", fill="black")
        page.save(folder / "corpus" / f"{number}.png")
    return setup_of(folder / "corpus", folder / "out", Question(reader=MODEL))


def test_a_corpus_is_read_by_a_server_that_the_run_starts_and_ends(tmp_path: Path, fake: Path) -> None:
    setup = _setup(tmp_path, 4)
    tally = run(setup, lambda given: VllmEngine(given, 2, ("--max-model-len", "4096")), Watcher())
    assert (tally.done, tally.failed) == (4, 0)
    pages = [page for _, page in all_pages(open_store(setup.destination))]
    assert {page.text.strip() for page in pages} == {TEXT}
    assert {page.reader for page in pages} == {"deepseek-ai/DeepSeek-OCR"}
    (start,) = starts(fake)
    arguments = start["arguments"]
    assert arguments[:2] == ["serve", "deepseek-ai/DeepSeek-OCR"] and arguments[-2:] == ["--max-model-len", "4096"]
    assert arguments[arguments.index("--host") + 1] == "127.0.0.1" and FAMILY in arguments
    assert (start["VLLM_NO_USAGE_STATS"], start["DO_NOT_TRACK"]) == ("1", "1")
    assert gone([start["pid"]])


def test_a_server_that_ends_is_started_again_and_no_page_is_lost(tmp_path: Path, fake: Path) -> None:
    setup = _setup(tmp_path, 6)
    (fake / "die").touch()
    tally = run(setup, lambda given: VllmEngine(given, 2, ()), Watcher())
    assert (tally.done, tally.failed) == (6, 0)
    assert Counter(page.status for _, page in all_pages(open_store(setup.destination))) == {"SUCCESS": 6}
    assert len(starts(fake)) == 2


def test_a_server_that_does_not_start_is_one_line_with_what_it_said(tmp_path: Path, fake: Path) -> None:
    (fake / "refuse").touch()
    says = r"vLLM ended as it started \(exit code 1\): ValueError: there is no such model"
    with pytest.raises(SokdokError, match=says), VllmServer("a/b", "b"):
        pass


def test_without_vllm_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nothing"))
    setup = _setup(tmp_path, 1)
    with pytest.raises(InputError, match="pip install vllm"):
        run(setup, lambda given: VllmEngine(given, 1, ()), Watcher())
    assert b"pip install vllm" in check(ENCODER.encode(setup), "")


def test_other_models_are_served_as_they_are(fake: Path) -> None:
    command = VllmServer("some/other-model", "some/other-model", ("--api-server-count", "7")).command()
    assert FAMILY not in command and command.count("--api-server-count") == 1


def test_a_server_ends_with_a_driver_that_is_killed(tmp_path: Path, fake: Path) -> None:
    code = "import sys, time; from sokdok.bulk.served import VllmServer\n"
    code += "with VllmServer('a/b', 'b'):\n    print('up', flush=True)\n    time.sleep(600)"
    driver = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=os.environ)
    assert driver.stdout is not None and driver.stdout.readline() == b"up\n"
    (start,) = starts(fake)
    assert lives(start["pid"])
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    assert gone([start["pid"]])
