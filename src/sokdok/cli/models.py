"""`sokdok models`: which checkpoints sokdok knows, and what is in them."""

from __future__ import annotations

import difflib
import json
from math import prod
from pathlib import Path
from typing import Annotated, Any

import typer

from sokdok.cli.console import PANEL_MODELS, note, print_json
from sokdok.errors import InputError, MissingExtraError, ModelError

ABOUT = {
    "nano": "bundled: English and Korean text that sokdok drew, offline",
    "deepseek-ocr": "deepseek-ai/DeepSeek-OCR (arXiv 2510.18234)",
    "unlimited-ocr": "baidu/Unlimited-OCR (arXiv 2606.23050)",
}
WEIGHTS = "model.safetensors"

group = typer.Typer(no_args_is_help=True, help="List the checkpoints that sokdok knows, and show what is in them.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add `sokdok models` to the product's commands."""
    app.add_typer(group, name="models", rich_help_panel=PANEL_MODELS)


@group.command("list")
def list_models(as_json: Json = False) -> None:
    """List the checkpoints by name."""
    rows = [_summary(name) for name in ABOUT]
    if as_json:
        print_json(rows)
        return
    print(f"{'name':<14} {'tensors':>8} {'parameters':>14} {'bytes':>14}  about")
    for row in rows:
        print(
            f"{row['name']:<14} {_number(row['tensors']):>8} {_number(row['parameters']):>14} "
            f"{_number(row['bytes']):>14}  {row['about']}"
        )


@group.command("show")
def show(name: Annotated[str, typer.Argument(help=f"{', '.join(ABOUT)}.")], as_json: Json = False) -> None:
    """Show one checkpoint: tensors, parameters, bytes, and its configuration."""
    facts = describe_model(name)
    if as_json:
        print_json(facts)
        return
    for key, value in facts.items():
        if isinstance(value, dict):
            print(f"{key}:")
            print("\n".join(_nested(value)))
        else:
            print(f"{key}: {_number(value)}")


@group.command("export")
def export_model(
    run: Annotated[Path, typer.Argument(help="Folder of a training run (sokdok train --out).")],
    out: Annotated[Path, typer.Argument(help="Folder to write; `sokdok read --model` takes it.")],
) -> None:
    """Turn a training run into a folder that reads without torch: weights, ONNX graphs, alphabet."""
    try:
        from sokdok.training.snapshot import load_run
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MissingExtraError("torch", "exporting a checkpoint") from None
    from sokdok.model.export import export

    model, alphabet, step = load_run(run)
    export(model, alphabet, out)
    note(f"exported step {step:,}")
    print(out)


def describe_model(name: str) -> dict[str, Any]:
    """All that is known about a checkpoint, JSON-ready. Raises InputError for an unknown name."""
    if name == "nano":
        return _nano()
    from sokdok.model.config import DEEPSEEK_OCR, UNLIMITED_OCR
    from sokdok.model.manifest import describe

    for config in (DEEPSEEK_OCR, UNLIMITED_OCR):
        if config.name == name:
            return describe(config) | {"about": ABOUT[name]}
    near = difflib.get_close_matches(name.lower(), ABOUT, n=2, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}" if near else "choose one"
    raise InputError(f"no model is called {name!r}: {hint}? There are {', '.join(ABOUT)}")


def _summary(name: str) -> dict[str, Any]:
    facts = describe_model(name)
    return {
        "name": name,
        "tensors": facts["tensors"],
        "parameters": facts["parameters"],
        "bytes": facts.get("bytes_bf16", facts.get("bytes")),
        "about": ABOUT[name],
    }


def _nano() -> dict[str, Any]:
    """The bundled checkpoint as it lies in the package; without one, its configuration alone."""
    from sokdok.model.config import NANO
    from sokdok.reading.session import bundled_folder

    folder = bundled_folder()
    files = {path.name: path.stat().st_size for path in sorted(folder.glob("*")) if path.is_file()}
    config, weights, card = folder / "config.json", folder / WEIGHTS, folder / "CARD.md"
    tensors, parameters = _count(weights) if weights.is_file() else (None, None)
    return {
        "name": "nano",
        "tensors": tensors,
        "parameters": parameters,
        "bytes": sum(files.values()) or None,
        "folder": str(folder),
        "files": files,
        "card": str(card) if card.is_file() else None,
        "config": json.loads(config.read_text(encoding="utf-8")) if config.is_file() else NANO.to_dict(),
        "about": ABOUT["nano"],
    }


def _count(path: Path) -> tuple[int, int]:
    """Tensors and parameters of a safetensors file."""
    from sokdok.model.weights import read_header

    try:
        shapes = [entry["shape"] for entry in read_header(path)[0].values()]
        return len(shapes), sum(prod(shape) for shape in shapes)
    except (ModelError, KeyError, TypeError, AttributeError):
        raise ModelError(f"{path} is no safetensors file; install sokdok again") from None


def _nested(values: dict[str, Any], indent: int = 2) -> list[str]:
    lines = []
    for key, value in values.items():
        if isinstance(value, dict):
            lines += [f"{' ' * indent}{key}:", *_nested(value, indent + 2)]
        else:
            lines.append(f"{' ' * indent}{key}: {_number(value)}")
    return lines


def _number(value: Any) -> str:
    """Integers with their thousands marked; anything else as it is."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
