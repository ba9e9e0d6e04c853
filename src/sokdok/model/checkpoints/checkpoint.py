"""A published checkpoint: found on the hub's cache or on disk, and opened without torch and without reading its data.

- `fetch` fills the local Hugging Face cache. Only weights, JSON and licence texts are fetched: a repository's Python
  files are never needed and never run.
- `resolve` turns a hub id, a short name or a path into a folder, without library or network: in the cache
  `models--owner--name/refs/main` names a commit, `snapshots/<commit>` is a folder of the files.
- `open_checkpoint` reads config.json and the safetensors headers: one `model.safetensors`, or shards with their index.
- `check` lists every way in which the files differ from what config.json asks for (`manifest`), a line each;
  `require_valid` makes one error of them. Loading trusts neither names nor sizes before that.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sokdok.errors import EndpointError, InputError, ModelError, imported
from sokdok.model.checkpoints.files import DTYPE_BYTES, TensorEntry, is_name, read_object, read_tensors
from sokdok.model.checkpoints.hf_config import config_from_hf
from sokdok.model.checkpoints.manifest import tensor_shapes
from sokdok.model.config import ConfigError, ModelConfig

# Short names of the published checkpoints.
HUB_IDS = {
    "deepseek-ocr": "deepseek-ai/DeepSeek-OCR",
    "unlimited-ocr": "baidu/Unlimited-OCR",
    "deepseek-ocr-2": "deepseek-ai/DeepSeek-OCR-2",
}

_FETCHED = ["*.json", "*.safetensors", "LICENSE*", "README.md"]
_COMMIT = re.compile(r"\w+", re.ASCII)
_LONGEST_COMMIT = 80  # characters of a commit and the line's end behind it
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


def hub_id(name: str) -> str | None:
    """The `owner/name` that a short name or a hub id stands for; None for anything else."""
    return HUB_IDS.get(name) or (name if _HUB_ID.fullmatch(name) else None)


def cached_snapshot(repository: str) -> Path | None:
    """The folder of `owner/name` in the local cache: the commit that main was at, else the newest; None without one."""
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface")
    root = Path(os.environ.get("HF_HUB_CACHE") or Path(home, "hub")).expanduser()  # as Hugging Face's libraries have it
    root /= f"models--{repository.replace('/', '--')}"
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
    hub = imported("huggingface_hub", "torch", "fetching a checkpoint")
    try:
        return Path(hub.snapshot_download(repository, local_dir=to, allow_patterns=_FETCHED))
    except hub.errors.RepositoryNotFoundError:
        raise InputError(
            f"{hub.constants.ENDPOINT} has no repository {repository} that is open to you: check the name, "
            "or log in with `hf auth login` if it is a private one"
        ) from None
    except Exception as error:  # the client's own kinds and its HTTP library's, which changed with major versions
        if isinstance(error, OSError) and error.errno is not None:  # the disk is full, or the folder can't be written
            raise
        raise EndpointError(
            f"can't fetch {repository} from {hub.constants.ENDPOINT} ({_cause(error)}): try again, it resumes; "
            f"{how_to_fetch(repository)}"
        ) from None


def _cause(error: BaseException) -> str:
    """The lowest error in the chain, which says what happened to the connection, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {str(error).splitlines()[0]}" if str(error) else type(error).__name__


CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"

# Used by no one: the compressed SAM map takes its place. transformers drops it when it saves.
OPTIONAL = frozenset({"model.vision_model.embeddings.patch_embedding.weight"})

_MAX_NAMED = 3  # problems spelt out in one error
_MOST_SHARDS = 1000  # named by an index; published checkpoints have up to some hundred
_LONGEST_REASON = 300  # characters of what is wrong with a config.json, which may quote it


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a checkpoint."""

    kind: str
    """missing, unexpected, misshaped, dtype, damaged, duplicate, misplaced (tensors); truncated, unreadable (files)."""
    name: str  # which tensor or file
    text: str  # One line that names it and says what is wrong.


@dataclass(frozen=True)
class Checkpoint:
    """A folder of the published layout, opened."""

    folder: Path
    config: ModelConfig
    tensors: Mapping[str, TensorEntry]
    problems: tuple[Problem, ...] = ()  # problems of its files; `check` adds those of its tensors
    unread: frozenset[str] = frozenset()  # Tensors that the index places in a shard which can't be read.

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors, as stored."""
        return sum(entry.nbytes for entry in self.tensors.values())


def resolve(name: str) -> Path:
    """The folder that `name` stands for: an existing folder, or a hub id or short name in the local Hugging Face cache.

    Needs no network. Raises ModelError that says how to get the checkpoint.
    """
    if Path(name).is_dir():
        return Path(name)
    repository = hub_id(name)
    if repository is None:
        raise ModelError(f"{name} is no folder, and no hub id like deepseek-ai/DeepSeek-OCR")
    folder = cached_snapshot(repository)
    if folder is None:
        raise ModelError(
            f"{repository} is neither a folder here nor in the Hugging Face cache: "
            f"`sokdok models fetch {repository}` gets it; {how_to_fetch(repository)}"
        )
    return folder


def is_nano(folder: Path) -> bool:
    """Whether a folder holds a nano, which the published loader can't read, going by its config.json."""
    try:
        return {"sam", "decoder", "classes"} <= read_object(folder / CONFIG).keys()
    except (OSError, ModelError):
        return False


def open_checkpoint(folder: Path) -> Checkpoint:
    """Read a folder's config.json and safetensors headers.

    Raises ModelError where there is nothing to compare: no folder, no usable config.json, no weights. Damaged or
    missing shards end up in `problems`.
    """
    config = _read_config(folder)
    if (folder / WEIGHTS).is_file():
        tensors = read_tensors(folder / WEIGHTS)
        return Checkpoint(folder, config, tensors, tuple(_size_problems(folder / WEIGHTS, tensors)))
    return _open_shards(folder, config)


def check(checkpoint: Checkpoint) -> list[Problem]:
    """Everything that is wrong, files first, then tensors in the manifest's order; empty if it can be loaded."""
    expected, found = tensor_shapes(checkpoint.config), checkpoint.tensors
    known_absent = checkpoint.unread | OPTIONAL
    problems = list(checkpoint.problems)
    for name, shape in expected.items():
        if name in found:
            problems += _tensor_problems(name, found[name], shape)
        elif name not in known_absent:
            problems.append(Problem("missing", name, f"{name} {list(shape)} is missing"))
    other = f"is unexpected: {checkpoint.config.name} has no such tensor"
    problems += [Problem("unexpected", name, f"{name} {other}") for name in found if name not in expected]
    return problems


def require_valid(checkpoint: Checkpoint) -> None:
    """Raise one ModelError with the counts and the first few problems, if there are any."""
    problems = check(checkpoint)
    if not problems:
        return
    first = "; ".join(problem.text for problem in problems[:_MAX_NAMED])
    rest = f"; `sokdok models check {checkpoint.folder}` lists all" if len(problems) > _MAX_NAMED else ""
    raise ModelError(f"{checkpoint.folder} can't be loaded ({counts(problems)}): {first}{rest}")


def counts(problems: Iterable[Problem]) -> str:
    """How many problems of each kind, for people: `1 truncated, 3 missing`."""
    return ", ".join(f"{count:,} {kind}" for kind, count in Counter(problem.kind for problem in problems).items())


def _tensor_problems(name: str, entry: TensorEntry, shape: tuple[int, ...]) -> Iterator[Problem]:
    if entry.shape != shape:
        text = f"{name} has shape {list(entry.shape)}, {CONFIG} asks for {list(shape)}"
        yield Problem("misshaped", name, text)
    if entry.dtype not in DTYPE_BYTES:
        yield Problem("dtype", name, f"{name} is of type {entry.dtype}; {', '.join(DTYPE_BYTES)} can be read")
    elif entry.nbytes != entry.elements * DTYPE_BYTES[entry.dtype]:
        stored = f"{entry.nbytes:,} bytes in {entry.file.name}"
        yield Problem("damaged", name, f"{name} takes {stored}, not what {entry.dtype} {list(entry.shape)} needs")


def _read_config(folder: Path) -> ModelConfig:
    path = folder / CONFIG
    if not folder.is_dir():
        raise ModelError(f"{folder} is no folder; a checkpoint is one with {CONFIG} and {WEIGHTS} or its shards")
    if not path.is_file():
        raise ModelError(f"{folder} is no checkpoint: it has no {CONFIG}")
    if is_nano(folder):
        raise ModelError(f"{folder} holds a nano, not a published checkpoint: `sokdok read --model {folder}` reads it")
    values = read_object(path)
    try:
        return config_from_hf(values)
    except ConfigError as error:
        raise ModelError(f"{path} describes no model of the family: {str(error)[:_LONGEST_REASON]}") from None


def _open_shards(folder: Path, config: ModelConfig) -> Checkpoint:
    tensors: dict[str, TensorEntry] = {}
    problems: list[Problem] = []
    unread: set[str] = set()
    for shard, placed in _read_index(folder).items():
        try:
            if not (folder / shard).is_file():
                raise ModelError(f"the shard {shard} is missing")
            found = read_tensors(folder / shard)
        except ModelError as error:
            problems.append(Problem("unreadable", shard, f"{error} ({len(placed):,} tensors)"))
            unread |= placed
            continue
        problems += _size_problems(folder / shard, found)
        problems += [
            Problem("duplicate", name, f"{name} is in two shards, {tensors[name].file.name} and {shard}")
            for name in found
            if name in tensors
        ]
        problems += [
            Problem("misplaced", name, f"{name} is not in {shard}, where {INDEX} places it")
            for name in sorted(placed - found.keys())
        ]
        tensors |= found
    return Checkpoint(folder, config, tensors, tuple(problems), frozenset(unread))


def _read_index(folder: Path) -> dict[str, set[str]]:
    """Shard file -> the tensors that the index places there."""
    path = folder / INDEX
    if not path.is_file():
        raise ModelError(f"{folder} has no weights: neither {WEIGHTS} nor {INDEX} is there")
    shards: dict[str, set[str]] = {}
    placements = read_object(path).get("weight_map")
    if not isinstance(placements, dict) or not placements:
        raise ModelError(f"{path} names no shards: it has no weight_map")
    for name, shard in placements.items():
        if not is_name(name):
            raise ModelError(f"{path} places {name[:_LONGEST_REASON]!r}, which is no name of a tensor")
        if not isinstance(shard, str) or Path(shard).name != shard or not is_name(shard):
            raise ModelError(f"{path} places {name} in {repr(shard)[:_LONGEST_REASON]}, which is no file of the folder")
        shards.setdefault(shard, set()).add(name)
    if len(shards) > _MOST_SHARDS:
        raise ModelError(f"{path} names {len(shards):,} shards; {_MOST_SHARDS:,} are the most there can be")
    return shards


def _size_problems(path: Path, tensors: Mapping[str, TensorEntry]) -> Iterator[Problem]:
    """A file is as long as its header says, or it was cut off while being written or copied."""
    size, needed = path.stat().st_size, max((entry.end for entry in tensors.values()), default=0)
    if size < needed:
        lost = [name for name, entry in tensors.items() if entry.end > size]
        cut = f"{size:,} of {needed:,} bytes, {len(lost):,} tensors cut off from {lost[0]} on"
        yield Problem("truncated", path.name, f"{path.name} is truncated: {cut}")
