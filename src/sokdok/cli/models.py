"""`sokdok models`: which checkpoints sokdok knows, how to get one, and whether it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sokdok.cli.ui.console import note, print_json
from sokdok.cli.ui.options import Json
from sokdok.errors import ModelError
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
from sokdok.model.config import PUBLISHED
from sokdok.model.nano.session import bundled_folder

ABOUT = {
    "nano": "bundled, offline: pages in print (Latin, Greek, Cyrillic, Korean), text that sokdok drew",
    "deepseek-ocr": "deepseek-ai/DeepSeek-OCR (arXiv 2510.18234)",
    "unlimited-ocr": "baidu/Unlimited-OCR (arXiv 2606.23050)",
    "deepseek-ocr-2": "deepseek-ai/DeepSeek-OCR-2 (arXiv 2601.20552)",
}
WEIGHTS = "model.safetensors"

group = typer.Typer(
    no_args_is_help=True, add_completion=False, help="List the checkpoints that sokdok knows, get one, check it."
)


@group.command("list")
def list_models(as_json: Json = False) -> None:
    """List the checkpoints by name, with their tensors, parameters and bytes."""
    rows = [{"name": "nano", **_weights_of(bundled_folder()), "about": ABOUT["nano"]}]
    for name, config in PUBLISHED.items():
        facts = describe(config)
        numbers = {"tensors": facts["tensors"], "parameters": facts["parameters"], "bytes": facts["bytes_bf16"]}
        rows.append({"name": name, **numbers, "about": ABOUT[name]})
    if as_json:
        print_json(rows)
        return
    print(f"{'name':<14} {'tensors':>8} {'parameters':>14} {'bytes':>14}  about")
    for row in rows:
        counts = row["tensors"], row["parameters"], row["bytes"]
        tensors, parameters, size = ("-" if count is None else f"{count:,}" for count in counts)
        print(f"{row['name']:<14} {tensors:>8} {parameters:>14} {size:>14}  {row['about']}")


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
        facts = {"name": checkpoint.config.name, "folder": str(checkpoint.folder), "tensors": len(checkpoint.tensors)}
        print_json(facts | {"bytes": checkpoint.nbytes, "complete": not problems, "problems": problems})
    else:
        print("\n".join(problem.text for problem in problems) or _complete(checkpoint))
    if problems:
        raise ModelError(f"{checkpoint.folder} can't be loaded: {counts(problems)}")


def _check_nano(folder: Path, as_json: bool) -> None:
    """Compare the files of a nano folder with the checksums beside them."""
    names = sorted(read_checksums(folder))
    if not names:
        raise ModelError(f"{folder} has no {SUMS} to check its files against")
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


def _complete(checkpoint: Checkpoint) -> str:
    return f"complete: {len(checkpoint.tensors):,} tensors, {checkpoint.nbytes:,} bytes"


def _weights_of(folder: Path) -> dict[str, int | None]:
    """What nano's own net has; None where it is not there."""
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    if not (folder / WEIGHTS).is_file():
        return {"tensors": None, "parameters": None, "bytes": size or None}
    tensors = read_tensors(folder / WEIGHTS).values()
    return {"tensors": len(tensors), "parameters": sum(entry.elements for entry in tensors), "bytes": size}
