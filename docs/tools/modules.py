"""The package as its docstrings tell it: rooms from top to bottom, and the public names."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "src" / "sokdok"


def rooms() -> str:
    """The packages of sokdok with what each is for, in the order that tests/test_layers.py holds."""
    layers = ast.literal_eval(_assigned("LAYERS", (ROOT / "tests" / "test_layers.py").read_text(encoding="utf-8")))
    rows = [
        f"| {level} | `{room}` | {_summary(room)} |" for level, layer in enumerate(layers) for room in sorted(layer)
    ]
    return "\n".join(["| layer | room | what it is for |", "|---|---|---|", *rows])


def _summary(room: str) -> str:
    """The first sentence of what a room says it is for."""
    folder = SOURCE / room
    path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    text = re.sub(r"\s+", " ", ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
    return re.split(r"(?<=[a-z0-9)`])[.;] ", text)[0].rstrip(".")


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
