"""The house rules: who may import whom, how large files and folders may be, and what `import sokdok` may cost."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "sokdok"

# Top to bottom; a room imports from rooms below its own layer, never from above or beside.
LAYERS = (
    {"__main__"},
    {"cli"},
    {"server", "ocrmypdf"},
    {"bulk"},
    {"memory"},
    {"compress"},
    {"documents"},
    {"figures"},
    {"reading"},
    {"layout"},
    {"model", "office"},
    {"pages", "tables", "tokens"},
    {"imaging", "jobs"},
    {"files"},
    {"demo", "edits", "errors", "machine", "version"},
    {"reasons"},
)
LEVEL = {room: level for level, rooms in enumerate(reversed(LAYERS)) for room in rooms}
MAX_LINES = 600  # in a file
TESTS_ONLY = {"docs", "fakes", "fuzz", "golden", "quality", "scripts", "random_documents"}
"""folders of tests/ that mirror no room"""
UNTESTED = {"demo"}  # rooms of texts
HEAVY = {"PIL", "matplotlib", "numpy", "onnx", "onnxruntime", "openpyxl", "pandas", "pypdfium2", "rdkit", "tokenizers"}
HEAVY |= {"torch", "transformers"}

MODULES = sorted(SOURCE.rglob("*.py"))
SCRIPTS = sorted(
    [
        *MODULES,
        *(
            path
            for folder in ("lab/src", "tests", "scripts", "lab/tests", "lab/scripts")
            for path in (ROOT / folder).rglob("*.py")
        ),
    ]
)
WHOLE = {  # lines and files, at most
    "src/sokdok": (58_282, 332),
    "lab/src": (23_381, 144),
    "lab/tests": (7_692, 85),
    "tests": (41_750, 260),
}
ROOMS = {
    "bulk": 6_478,
    "cli": 3_638,
    "compress": 1_119,
    "demo": 18,
    "documents": 7_526,
    "figures": 5_792,
    "files": 574,
    "imaging": 710,
    "jobs": 1_179,
    "layout": 3_065,
    "memory": 3_267,
    "model": 3_754,
    "ocrmypdf": 199,
    "office": 4_645,
    "pages": 3_447,
    "reading": 4_187,
    "server": 6_894,
    "tables": 581,
    "tokens": 725,
}  # lines, at most


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_name(path: Path) -> str:
    """The name by which a file of the package is imported."""
    parts = ["sokdok", *path.relative_to(SOURCE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def package_name(path: Path) -> str:
    """The package that relative imports in a file of the package start from."""
    return ".".join(["sokdok", *path.relative_to(SOURCE).parts[:-1]])


def room_of(module: str) -> str:
    """The room of a module below sokdok: 'sokdok.model.family.decoder' → 'model', 'sokdok' → ''."""
    return module.partition(".")[2].partition(".")[0]


def imports(tree: ast.AST, package: str) -> Iterator[tuple[int, list[str]]]:
    """The line of each import, late ones too, and what it names: `from a.b import c` gives a.b and a.b.c."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, [alias.name]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = parents[: len(parents) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield node.lineno, [module, *(f"{module}.{alias.name}" for alias in node.names)]


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    """A file of the package, parsed once for all rules."""
    return ast.parse(text_of(path), filename=relative(path))


def complaints(tree: ast.AST, module: str, package: str) -> list[str]:
    """What is wrong with the imports of one module, as lines of text."""
    room = room_of(module)
    if room not in LEVEL:
        return [f"room '{room}' has no layer: give it one in tests/test_layers.py"]
    wrong = []
    found = ((at, names[1:] or names if names[0] == "sokdok" else names[:1]) for at, names in imports(tree, package))
    for line, target in ((line, target) for line, targets in found for target in targets):
        if target.split(".")[0] != "sokdok":
            continue
        other = room_of(target)
        if other == room or target == "sokdok.__version__":
            continue
        if other not in LEVEL:
            wrong.append(f"line {line}: import {target} from the room that defines it, not from the public API")
        elif LEVEL[other] >= LEVEL[room]:
            wrong.append(f"line {line}: {room} may not import {target}, which is not below it")
    return wrong


def listed(wrong: Iterable[str]) -> str:
    """All that is wrong, a line each: one test looks at every file, since thousands of tests would cost a minute."""
    return "\n".join(wrong)


def test_imports_never_point_up() -> None:
    wrong = [
        f"{relative(path)}, {complaint}"
        for path in MODULES
        if path != SOURCE / "__init__.py"
        for complaint in complaints(tree_of(path), module_name(path), package_name(path))
    ]
    assert not wrong, listed(wrong)


@pytest.mark.parametrize(
    ("module", "source", "allowed"),
    [
        ("sokdok.reading.nano.reader", "from sokdok.model.config import ModelConfig", True),  # down one layer
        ("sokdok.model.family.decoder", "from sokdok.reading import load", False),  # up
        ("sokdok.model.family.decoder", "def f():\n    import sokdok.reading", False),  # up, hidden in a function
        ("sokdok.pages.draw", "from sokdok.tokens import count", False),  # beside
        ("sokdok.pages.draw", "from .cells import Cell", True),  # the same room
        ("sokdok.pages.draw", "from ..errors import InputError", True),  # the bottom layer, relative
        ("sokdok.pages.draw", "from .. import model", False),  # up, relative
        ("sokdok.bulk.run", "from sokdok import server", False),  # up, by way of the package
        ("sokdok.bulk.run", "from sokdok import read", False),  # the lazy API hides where a name lives
        ("sokdok.cli.demo", "from sokdok import __version__", True),
        ("sokdok.cli.serve", "from sokdok.server import app", True),  # the command line may import everything
        ("sokdok.server.app", "from sokdok.cli import main", False),
        ("sokdok.attic.old", "import os", False),  # a room without a layer
    ],
)
def test_the_rule_itself(module: str, source: str, allowed: bool) -> None:
    assert (not complaints(ast.parse(source), module, module.rpartition(".")[0])) is allowed


def import_graph(trees: Mapping[str, tuple[ast.AST, str]]) -> dict[str, set[str]]:
    """Module → modules it imports, from module → (tree, package); what a package imports it gets from its modules."""
    graph = {}
    for module, (tree, package) in trees.items():
        found = {name for _, names in imports(tree, package) for name in names} & trees.keys()
        # `from a.b import c` with a module c needs a.b only as the way to c.
        graph[module] = {name for name in found if name != module and not module.startswith(f"{name}.")}
    return graph


def circle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """The modules of one import circle, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_needs_itself() -> None:
    graph = import_graph({module_name(path): (tree_of(path), package_name(path)) for path in MODULES})
    del graph["sokdok"]  # the lazy API names what it imports only for type checkers
    assert not circle(graph), " → ".join(circle(graph))


def test_no_folder_needs_one_that_needs_it() -> None:
    """Of folders side by side within a room; a folder's own modules stand above and below the folders in it."""
    graph = import_graph({module_name(path): (tree_of(path), package_name(path)) for path in MODULES})
    homes = {module_name(path): package_name(path) for path in MODULES}
    pairs = {(homes[module], homes[other]) for module, others in graph.items() for other in others}
    beside = {(a, b) for a, b in pairs if room_of(a) == room_of(b) and not f"{a}.".startswith(f"{b}.")}
    mutual = [f"{a} and {b}" for a, b in sorted(beside) if a < b and (b, a) in beside and not b.startswith(f"{a}.")]
    assert not mutual, listed(mutual)


@pytest.mark.parametrize(
    ("sources", "round"),
    [
        ({"a.x": "from a import y", "a.y": "import os"}, False),
        ({"a.x": "from a import y", "a.y": "import a.x"}, True),
        ({"a.x": "from a.y import f", "a.y": "def f():\n    from a.x import g"}, True),  # hidden in a function
        ({"a.x": "from .y import f", "a.y": "from . import x"}, True),  # relative
        ({"a.x": "from a.y import f", "a.y": "from a.z import g", "a.z": "from a import x"}, True),  # by a third
        ({"a": "from a.x import f", "a.x": "from a import y", "a.y": ""}, False),  # a package that re-exports
    ],
)
def test_circles_show(sources: dict[str, str], round: bool) -> None:
    graph = import_graph({name: (ast.parse(source), "a") for name, source in sources.items()})
    assert bool(circle(graph)) is round


def test_the_product_does_without_the_lab() -> None:
    wrong = [
        f"{relative(path)} imports {name}"
        for path in MODULES
        for _, names in imports(tree_of(path), package_name(path))
        for name in names
        if name.partition(".")[0] == "sokdok_lab"
    ]
    assert not wrong, listed(wrong)


def test_the_size_of_the_whole() -> None:
    """The limits are what stood here last; they may only fall. What comes in is paid for by what goes."""
    wrong = []
    for name, (most_lines, most_files) in WHOLE.items():
        paths = [path for path in (ROOT / name).rglob("*.py") if "__pycache__" not in path.parts]
        lines = sum(len(text_of(path).splitlines()) for path in paths)
        if lines > most_lines or len(paths) > most_files:
            wrong.append(f"{name}: {lines:,} lines in {len(paths)} files, at most {most_lines:,} in {most_files}")
    rooms: dict[str, int] = {}
    for path in MODULES:
        room = room_of(module_name(path)) if path.parent != SOURCE else ""
        rooms[room] = rooms.get(room, 0) + len(text_of(path).splitlines())
    for room, lines in rooms.items():
        if room and lines > ROOMS.get(room, 0):
            wrong.append(f"{room}: {lines:,} lines, at most {ROOMS.get(room, 0):,}")
    assert not wrong, listed(wrong)


def test_tests_mirror_the_packages() -> None:
    for tests, source in ((ROOT / "tests", SOURCE), (ROOT / "lab" / "tests", ROOT / "lab" / "src" / "sokdok_lab")):
        folders = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")} - {Path()}
        strays = [str(f) for f in folders if f.parts[0] not in TESTS_ONLY and not (source / f).is_dir()]
        assert not strays, f"tests of folders that the package does not have: {', '.join(sorted(strays))}"
    rooms = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    untested = (
        rooms - {path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").rglob("test_*.py")} - UNTESTED
    )
    assert not untested, f"rooms without tests: {', '.join(sorted(untested))}"


def test_files_stay_short() -> None:
    lines = {path: len(text_of(path).splitlines()) for path in SCRIPTS}
    long = [(path, count) for path, count in lines.items() if count > MAX_LINES]
    assert not long, listed(f"{relative(path)} has {count} lines: split it along its ideas" for path, count in long)


def test_modules_say_what_they_are_for() -> None:
    silent = [path for path in MODULES if not ast.get_docstring(tree_of(path))]
    assert not silent, listed(f"{relative(path)} has no docstring" for path in silent)


@pytest.mark.process
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
