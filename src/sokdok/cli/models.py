"""`sokdok models`: which checkpoints sokdok knows, what is in them, and how to get one."""

from __future__ import annotations

import difflib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from sokdok.cli.ui.console import note, print_json
from sokdok.cli.ui.options import Json
from sokdok.errors import InputError, ModelError
from sokdok.model.checkpoints.checkpoint import (
    Checkpoint,
    check,
    counts,
    fetch,
    is_nano,
    open_checkpoint,
    require_valid,
    resolve,
)
from sokdok.model.checkpoints.files import SUMS, read_checksums, read_tensors, verify
from sokdok.model.checkpoints.manifest import describe
from sokdok.model.config import NANO, PUBLISHED
from sokdok.reading.nano.session import bundled_folder, read_config

ABOUT = {
    "nano": "bundled, offline: pages in print (Latin, Greek, Cyrillic, Korean), text that sokdok drew",
    "deepseek-ocr": "deepseek-ai/DeepSeek-OCR (arXiv 2510.18234)",
    "unlimited-ocr": "baidu/Unlimited-OCR (arXiv 2606.23050)",
    "deepseek-ocr-2": "deepseek-ai/DeepSeek-OCR-2 (arXiv 2601.20552)",
}
WEIGHTS = "model.safetensors"

group = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="List the checkpoints that sokdok knows, get one, show what is in it.",
)


@group.command("list")
def list_models(as_json: Json = False) -> None:
    """List the checkpoints by name."""
    known = {name: describe_model(name) for name in ABOUT}
    rows = [
        {
            "name": name,
            **{field: facts[field] for field in ("tensors", "parameters")},
            "bytes": facts.get("bytes_bf16", facts.get("bytes")),
            "about": ABOUT[name],
        }
        for name, facts in known.items()
    ]
    if as_json:
        print_json(rows)
        return
    print(f"{'name':<14} {'tensors':>8} {'parameters':>14} {'bytes':>14}  about")
    for row in rows:
        tensors, parameters, size = map(_number, (row["tensors"], row["parameters"], row["bytes"]))
        print(f"{row['name']:<14} {tensors:>8} {parameters:>14} {size:>14}  {row['about']}")


@group.command("show")
def show(
    name: Annotated[str, typer.Argument(help=f"{', '.join(ABOUT)}, a folder, or a hub id that was fetched.")],
    as_json: Json = False,
) -> None:
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


@group.command("fetch")
def fetch_model(
    name: Annotated[str, typer.Argument(help="Hub id, such as deepseek-ai/DeepSeek-OCR, or a name of `models list`.")],
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder to download into.", show_default="the Hugging Face cache")
    ] = None,
) -> None:
    """Download a published checkpoint and check it; goes on where an earlier download stopped. Prints the folder."""
    checkpoint = open_checkpoint(fetch(name, to))
    require_valid(checkpoint)
    note(_complete(checkpoint))
    print(checkpoint.folder)


@group.command("check")
def check_model(
    path: Annotated[str, typer.Argument(help="nano, a checkpoint's folder, or a hub id that was fetched.")],
    as_json: Json = False,
) -> None:
    """Hold a checkpoint's files against its config.json or checksums; list all that is wrong (exit code 3)."""
    folder = bundled_folder() if path == "nano" else resolve(path)
    if is_nano(folder):
        _check_nano(folder, as_json)
        return
    checkpoint = open_checkpoint(folder)
    problems = check(checkpoint)
    if as_json:
        print_json(_summary_of(checkpoint) | {"complete": not problems, "problems": problems})
    else:
        print("\n".join(problem.text for problem in problems) or _complete(checkpoint))
    if problems:
        raise ModelError(f"{checkpoint.folder} can't be loaded: {counts(problems)}")


def _check_nano(folder: Path, as_json: bool) -> None:
    """Compare the files of a nano folder with the checksums beside them."""
    names = sorted(read_checksums(folder))
    if not names:
        raise ModelError(f"{folder} has no {SUMS} to hold its files against")
    problems = []
    for name in names:
        try:
            if not (folder / name).is_file():
                raise ModelError(f"{folder / name} is missing")
            verify(folder / name, required=True)
        except ModelError as error:
            problems.append(str(error))
    size = sum((folder / name).stat().st_size for name in names if (folder / name).is_file())
    if as_json:
        facts = {"name": "nano", "folder": str(folder), "files": len(names), "bytes": size}
        print_json(facts | {"complete": not problems, "problems": problems})
    else:
        print("\n".join(problems) or f"complete: {len(names):,} files, {size:,} bytes, as their checksums say")
    if problems:
        raise ModelError(f"{folder} can't be loaded: {len(problems):,} of its files are missing or damaged")


def describe_model(name: str) -> dict[str, Any]:
    """All that is known about a checkpoint, JSON-ready: one of `ABOUT`, a folder, or a hub id in the local cache.

    Raises InputError for an unknown name, ModelError for a folder that holds no checkpoint.
    """
    if name in ABOUT:
        bundled = {"config": NANO.to_dict()} | _nano(bundled_folder()) if name == "nano" else {}
        return (bundled or describe(PUBLISHED[name])) | {"about": ABOUT[name]}
    if not Path(name).is_dir() and "/" not in name:
        near = difflib.get_close_matches(name.lower(), ABOUT, n=2, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}" if near else "choose one, or name a folder"
        raise InputError(f"no model is called {name!r}: {hint}? There are {', '.join(ABOUT)}")
    folder = resolve(name)
    if is_nano(folder):
        return _nano(folder)
    checkpoint = open_checkpoint(folder)  # what its config.json describes, and what its files hold
    return describe(checkpoint.config) | {
        **_summary_of(checkpoint),
        "parameters": sum(entry.elements for entry in checkpoint.tensors.values()),
        "types": dict(Counter(entry.dtype for entry in checkpoint.tensors.values())),
        "files": _files(checkpoint.folder),
    }


def _summary_of(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "name": checkpoint.config.name,
        "folder": str(checkpoint.folder),
        "tensors": len(checkpoint.tensors),
        "bytes": checkpoint.nbytes,
    }


def _complete(checkpoint: Checkpoint) -> str:
    return f"complete: {len(checkpoint.tensors):,} tensors, {checkpoint.nbytes:,} bytes"


def _nano(folder: Path) -> dict[str, Any]:
    files, config, card = _files(folder), folder / "config.json", folder / "CARD.md"
    tensors = read_tensors(folder / WEIGHTS) if WEIGHTS in files else None
    facts = {
        "name": "nano",
        "tensors": None if tensors is None else len(tensors),
        "parameters": None if tensors is None else sum(entry.elements for entry in tensors.values()),
        "bytes": sum(files.values()) or None,
        "folder": str(folder),
        "files": files,
        "card": str(card) if card.is_file() else None,
    }
    return facts | ({"config": read_config(folder).to_dict()} if config.is_file() else {})


def _files(folder: Path) -> dict[str, int]:
    """Size in bytes of each file of a folder."""
    return {path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.is_file()}


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
