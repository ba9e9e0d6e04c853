"""The house rules: who may import whom, how long a file may be, and what `import sokdok` may cost."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "sokdok"

# Top to bottom; a room imports from rooms below its own layer, never from above or beside.
LAYERS = (
    {"cli"},
    {"server"},
    {"bulk", "bench", "training"},
    {"memory"},
    {"asking"},
    {"documents", "synth"},
    {"figures"},
    {"reading"},
    {"layout"},
    {"model"},
    {"pages", "tokens"},
    {"imaging"},
    {"files"},
    {"errors"},
)
LEVEL = {room: level for level, rooms in enumerate(reversed(LAYERS)) for room in rooms}
MAX_LINES = 600
HEAVY = {"PIL", "matplotlib", "numpy", "onnx", "onnxruntime", "openpyxl", "pandas", "pypdfium2", "rdkit", "tokenizers"}
HEAVY |= {"torch", "transformers"}

MODULES = sorted(SOURCE.rglob("*.py"))
SCRIPTS = sorted([*MODULES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "scripts").rglob("*.py")])


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(module: str) -> str:
    """The room of a module below sokdok: 'sokdok.model.family.sam' → 'model', 'sokdok' → ''."""
    return module.partition(".")[2].partition(".")[0]


def imported_modules(tree: ast.AST, package: str) -> list[tuple[int, str]]:
    """Every sokdok module that a file imports, with its line; `from sokdok import pages` counts as sokdok.pages."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = parents[: len(parents) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names] if module == "sokdok" else [module]
            found += [(node.lineno, name) for name in names]
    return [(line, name) for line, name in found if name.split(".")[0] == "sokdok"]


def complaints(source: str, module: str, package: str) -> list[str]:
    """What is wrong with the imports of one module, as lines of text."""
    room = room_of(module)
    if room not in LEVEL:
        return [f"room '{room}' has no layer: give it one in tests/test_layers.py"]
    wrong = []
    for line, target in imported_modules(ast.parse(source), package):
        other = room_of(target)
        if other == room or target == "sokdok.__version__":
            continue
        if other not in LEVEL:
            wrong.append(f"line {line}: import {target} from the room that defines it, not from the public API")
        elif LEVEL[other] >= LEVEL[room]:
            wrong.append(f"line {line}: {room} may not import {target}, which is not below it")
    return wrong


@pytest.mark.parametrize("path", [path for path in MODULES if path != SOURCE / "__init__.py"], ids=relative)
def test_imports_never_point_up(path: Path) -> None:
    parts = ["sokdok", *path.relative_to(SOURCE).with_suffix("").parts]
    package = ".".join(parts[:-1])
    module = package if parts[-1] == "__init__" else ".".join(parts)
    assert not complaints(path.read_text(encoding="utf-8"), module, package), relative(path)


@pytest.mark.parametrize(
    ("module", "source", "allowed"),
    [
        ("sokdok.reading.nano.reader", "from sokdok.model.config import ModelConfig", True),  # down one layer
        ("sokdok.model.family.sam", "from sokdok.reading import load", False),  # up
        ("sokdok.model.family.sam", "def f():\n    import sokdok.reading", False),  # up, hidden in a function
        ("sokdok.pages.draw", "from sokdok.tokens import count", False),  # beside
        ("sokdok.pages.draw", "from .cells import Cell", True),  # the same room
        ("sokdok.pages.draw", "from ..errors import InputError", True),  # the bottom layer, relative
        ("sokdok.pages.draw", "from .. import model", False),  # up, relative
        ("sokdok.training.loop", "from sokdok import bench", False),  # beside, by way of the package
        ("sokdok.bench.run", "from sokdok import read", False),  # the lazy API hides where a name lives
        ("sokdok.cli.demo", "from sokdok import __version__", True),
        ("sokdok.cli.serve", "from sokdok.server import app", True),  # the command line may import everything
        ("sokdok.server.app", "from sokdok.cli import main", False),
        ("sokdok.attic.old", "import os", False),  # a room without a layer
    ],
)
def test_the_rule_itself(module: str, source: str, allowed: bool) -> None:
    assert (not complaints(source, module, module.rpartition(".")[0])) is allowed


@pytest.mark.parametrize("path", SCRIPTS, ids=relative)
def test_files_stay_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_LINES, f"{relative(path)} has {lines} lines: split it along its ideas"


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_modules_say_what_they_are_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{relative(path)} has no docstring"


@pytest.mark.parametrize("module", ["sokdok", "sokdok.errors", "sokdok.cli"])
def test_importing_is_cheap(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(SOURCE.parent)}  # works uninstalled too, as pytest itself does
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    heavy = HEAVY & {name.split(".")[0] for name in run.stdout.split()}
    assert not heavy, f"`import {module}` loads {', '.join(sorted(heavy))}: import inside the function that needs it"


def test_public_names_resolve() -> None:
    import sokdok

    for name in sokdok.__all__:
        assert getattr(sokdok, name) is not None, name
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = sokdok.nonsense
