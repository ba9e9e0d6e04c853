"""Checkpoints on a model hub: the local cache, and how to fill it.

- Looking into the Hugging Face cache takes no library and no network: `models--owner--name/refs/main` names a commit,
  `snapshots/<commit>` is a folder of the files.
- Only weights, JSON and licence texts are fetched: a repository's Python files are never needed and never run.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from sokdok.errors import EndpointError, InputError, MissingExtraError

HUB_IDS = {
    "deepseek-ocr": "deepseek-ai/DeepSeek-OCR",
    "unlimited-ocr": "baidu/Unlimited-OCR",
    "deepseek-ocr-2": "deepseek-ai/DeepSeek-OCR-2",
}  # Short names of the published checkpoints.

_FETCHED = ["*.json", "*.safetensors", "LICENSE*", "README.md"]
_COMMIT = re.compile(r"\w+", re.ASCII)
_LONGEST_COMMIT = 80  # characters of a commit and the line's end behind it
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


def hub_id(name: str) -> str | None:
    """The `owner/name` that a short name or a hub id stands for; None for anything else."""
    return HUB_IDS.get(name) or (name if _HUB_ID.fullmatch(name) else None)


def cache_folder() -> Path:
    """Where Hugging Face's libraries keep what they download: HF_HUB_CACHE, HF_HOME or the default."""
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home, "hub")).expanduser()


def cached_snapshot(repository: str) -> Path | None:
    """The folder of `owner/name` in the local cache: the commit that main was at, else the newest; None without one."""
    root = cache_folder() / f"models--{repository.replace('/', '--')}"
    commit = _commit(root / "refs" / "main")
    if commit and (snapshot := root / "snapshots" / commit).is_dir():
        return snapshot
    folders = [path for path in root.glob("snapshots/*") if path.is_dir()]
    return max(folders, key=lambda path: path.stat().st_mtime, default=None)


def _commit(ref: Path) -> str:
    """The commit that a ref names; empty without one, or where it names no folder beside the other snapshots."""
    if not ref.is_file():
        return ""
    with ref.open("rb") as file:
        commit = file.read(_LONGEST_COMMIT).decode("utf-8", "replace").strip()
    return commit if _COMMIT.fullmatch(commit) else ""


def how_to_fetch(repository: str) -> str:
    """What to do without network, as the end of a message."""
    return (
        f"without network, run `sokdok models fetch {repository} --to FOLDER` on a machine that has it, "
        "copy FOLDER here and name FOLDER instead"
    )


def fetch(name: str, to: Path | None = None) -> Path:
    """Download a checkpoint into the local cache, or into the folder `to`; what is there already is not fetched again.

    Progress goes to stderr. Raises InputError for a name that no repository has, EndpointError, MissingExtraError.
    """
    repository = hub_id(name)
    if repository is None:
        raise InputError(f"{name!r} is no hub id like deepseek-ai/DeepSeek-OCR and none of {', '.join(HUB_IDS)}")
    try:
        from huggingface_hub import constants, errors, snapshot_download
    except ModuleNotFoundError:
        raise MissingExtraError("torch", "fetching a checkpoint") from None
    try:
        return Path(snapshot_download(repository, local_dir=to, allow_patterns=_FETCHED))
    except errors.RepositoryNotFoundError:
        raise InputError(
            f"{constants.ENDPOINT} has no repository {repository} that is open to you: check the name, "
            "or log in with `hf auth login` if it is a private one"
        ) from None
    except Exception as error:  # the client's own kinds and its HTTP library's, which changed with major versions
        if isinstance(error, OSError) and error.errno is not None:  # the disk is full, or the folder can't be written
            raise
        raise EndpointError(
            f"can't fetch {repository} from {constants.ENDPOINT} ({_cause(error)}): try again, it resumes; "
            f"{how_to_fetch(repository)}"
        ) from None


def _cause(error: BaseException) -> str:
    """The lowest error in the chain, which says what happened to the connection, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {str(error).splitlines()[0]}" if str(error) else type(error).__name__
