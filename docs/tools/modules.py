"""The package as its docstrings tell it: the annotated tree, and one reference page a room."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parent.parent.parent / "src" / "sokdok"


def rooms() -> list[str]:
    """The packages of sokdok by name."""
    return sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))


def room_page(room: str) -> str:
    """Markdown with mkdocstrings' directives for every module of a package."""
    parts = [f"# sokdok.{room}\n", _docstring(SOURCE / room / "__init__.py") + "\n"]
    for path in sorted((SOURCE / room).rglob("*.py"), key=lambda path: (path.parent.as_posix(), path.name)):
        if path.name != "__init__.py":
            name = ".".join(["sokdok", *path.relative_to(SOURCE).with_suffix("").parts])
            parts.append(f"::: {name}\n")
    return "\n".join(parts)


@cache
def tree() -> str:
    """Every module with the first sentence of its docstring, as a code block."""
    lines = ["src/sokdok/"]
    for folder in [SOURCE, *sorted(path.parent for path in SOURCE.rglob("__init__.py") if path.parent != SOURCE)]:
        depth = len(folder.relative_to(SOURCE).parts)
        if depth:
            lines.append(_line(depth, f"{folder.name}/", _summary(folder / "__init__.py")))
        for path in sorted(folder.glob("*.py")):
            if path.name != "__init__.py":
                lines.append(_line(depth + 1, path.name, _summary(path)))
    return "```text\n" + "\n".join(lines) + "\n```"


def _line(depth: int, name: str, summary: str) -> str:
    return f"{'  ' * depth + name:<34} {summary}".rstrip()


def _summary(path: Path) -> str:
    """The first sentence, at most one line long."""
    text = re.sub(r"\s+", " ", _docstring(path).partition("\n\n")[0])
    sentence = re.split(r"(?<=[a-z0-9)`])[.;] ", text)[0].rstrip(".")
    return sentence if len(sentence) <= 90 else sentence[:90].rsplit(" ", 1)[0] + " …"


def _docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def layers() -> str:
    """The order of the packages, top to bottom, as tests/test_layers.py holds it."""
    source = (SOURCE.parent.parent / "tests" / "test_layers.py").read_text(encoding="utf-8")
    found = ast.literal_eval(_assigned("LAYERS", source))
    there = set(rooms()) | {path.stem for path in SOURCE.glob("*.py")}
    lines = [", ".join(sorted(layer & there)) for layer in found if layer & there]
    return "```text\n" + "\n".join(lines) + "\n```"


def public_page() -> str:
    """Markdown with mkdocstrings' directives for every public name, by the module that defines it."""
    homes = ast.literal_eval(_assigned("_HOME", (SOURCE / "__init__.py").read_text(encoding="utf-8")))
    shown = "    options:\n      heading: sokdok.{name}\n      toc_label: {name}\n"
    places = {name: home.split(":") for name, home in sorted(homes.items())}
    return "\n".join(f"::: {_definition(*place)}\n{shown.format(name=name)}" for name, place in places.items())


def _assigned(name: str, source: str) -> str:
    """The source of what a module assigns to a name."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in node.targets):
            return ast.get_source_segment(source, node.value) or ""
    raise LookupError(name)


def _definition(module: str, name: str) -> str:
    """module.name, or where the module itself imports the name from."""
    path = SOURCE.parent / module.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and any(alias.name == name for alias in node.names):
            return _definition(node.module, name)
    return f"{module}.{name}"
