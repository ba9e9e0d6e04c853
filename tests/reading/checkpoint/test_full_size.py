"""A random checkpoint of the published size, from its file to a page's text."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("tokenizers")

import random_checkpoint

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")]
GB = 10**9
READ = """
import json, re, sys
from pathlib import Path
import sokdok
reader = sokdok.load(sys.argv[1], dtype=sys.argv[2], device="cpu")
pages = list(sokdok.render("속독 speed reading " * 60)) * 2
readings = list(reader.read(pages, "<image>\\nFree OCR.", mode=sys.argv[3], batch_size=2, max_tokens=24))
peak = 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(json.dumps({"peak": peak, "readings": [[r.status, r.steps, r.text, r.error] for r in readings]}))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """6.67 GB, in four shards; taken away afterwards."""
    target = tmp_path_factory.mktemp("full")
    random_checkpoint.main(["--out", str(target), "--shards", "4"])
    yield target
    for path in target.iterdir():
        path.unlink()


@pytest.mark.parametrize(
    ("dtype", "mode", "weights"), [("bfloat16", "base", 6.67), ("bfloat16", "gundam", 6.67), ("int8", "base", 6.67)]
)
def test_two_pages(folder: Path, dtype: str, mode: str, weights: float) -> None:
    """Peak memory is the weights and 1.5 GB at most: the bound counts the mapped file."""
    run = subprocess.run([sys.executable, "-c", READ, str(folder), dtype, mode], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    facts: dict[str, Any] = json.loads(run.stdout)
    assert [reading[:2] for reading in facts["readings"]] == [["truncated", 24]] * 2, facts
    assert facts["readings"][0][2] == facts["readings"][1][2] != ""
    assert facts["peak"] < (weights + 1.5) * GB
    print(f"{dtype}, {mode}: peak {facts['peak'] / GB:.2f} GB")
