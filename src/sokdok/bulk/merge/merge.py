"""The merge: from the results of a run to training data, in the plan's order, the same bytes from the same inputs.

- Pass one tags and signs documents, slice by slice; then those that are like an earlier one are found over all; pass
  two cleans what is kept and writes a shard a slice in every sink. A killed merge goes on at the slice where it was.
- Outputs of other inputs (another recipe, pages read since) are removed before anything is written.
- `data/manifest.json` comes last: all shards with their hashes, and accounts that add up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from sokdok.bulk.lease import Driving
from sokdok.bulk.merge.accounts import Account, check, skipped_by_reason
from sokdok.bulk.merge.judge import Judge
from sokdok.bulk.merge.passes import ACCOUNTS, Part, first_pass, near_name, part_name, second_pass
from sokdok.bulk.merge.pool import each
from sokdok.bulk.merge.rows import Same, read_rows, write_rows
from sokdok.bulk.merge.settings import Asked, Settings, Tools, keys
from sokdok.bulk.merge.slices import Slice, slices
from sokdok.bulk.plan import Plan, question_of, read_skipped, read_units, require_plan
from sokdok.bulk.results import Done, find_done
from sokdok.bulk.sinks import Written
from sokdok.bulk.sinks.opening import require_sinks
from sokdok.bulk.sinks.sink import FOLDER
from sokdok.bulk.store import Store, open_store
from sokdok.errors import InputError, SokdokError
from sokdok.version import version

MANIFEST = f"{FOLDER}/manifest.json"
BEGUN = f"{FOLDER}/merge.json"  # says what the outputs that are being written come from
Told = Callable[[str, int, int], None]  # told what is being done, how many documents of it are done, and of how many


class SinkRows(msgspec.Struct):
    """What a sink holds."""

    rows: int = 0  # documents, or samples
    bytes: int = 0
    left_out: dict[str, int] = {}  # pages of kept documents that are in none, by why
    files: list[Written] = []


class Manifest(msgspec.Struct, kw_only=True):
    """What came out of a merge."""

    version: int = 1
    sokdok: str
    key: str  # changes with whatever changes the outputs
    recipe: str = ""  # digest of the recipe; empty without one
    mask: tuple[str, ...] = ()
    question: dict[str, Any]
    sources: tuple[str, ...]
    account: Account
    skipped: dict[str, int]  # files without pages, by why
    sinks: dict[str, SinkRows]


def merge(destination: str, asked: Asked, told: Told = lambda what, done, total: None) -> Manifest:
    """Write the outputs of a run all of whose units are done.

    Raises InputError for a destination without a plan or with units that are not done, MissingExtraError, SokdokError.
    """
    require_sinks(asked.to)
    Judge(asked.recipe, asked.mask).check()
    store = open_store(destination)
    plan = require_plan(store)
    with Driving(store):
        done = find_done(store)
        _require_all(done, plan, store)
        tags_key, data_key = keys(plan, asked, done.digest)
        settings = Settings(
            destination=store.address,
            sources=plan.sources,
            question=question_of(plan),
            asked=asked,
            attempts=done.attempts,
            tags_key=tags_key,
            data_key=data_key,
        )
        return _merged(Tools(settings), plan, told)


def _merged(tools: Tools, plan: Plan, told: Told) -> Manifest:
    """Both passes, and what is between and behind them."""
    store, settings, judge = tools.store, tools.settings, tools.judge
    _begin(store, settings.data_key)
    if judge.taggers or judge.compares:
        _run(settings, first_pass, ((piece,) for piece in slices(read_units(store))), "tagging", plan, told)
    same = _likes(tools, plan, told) if judge.compares else []
    _run(settings, second_pass, _with_likes(slices(read_units(store)), same), "writing", plan, told)
    manifest = _manifest(tools, plan)
    for name, sink in tools.sinks.items():
        store.replace(f"{FOLDER}/{name}/README.md", sink.card(manifest.sinks[name].rows).encode())
    store.replace(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    return manifest


def find_manifest(store: Store) -> Manifest | None:
    """What the last merge wrote; None if it did not end, or there was none."""
    try:
        return msgspec.json.decode(store.read(MANIFEST), type=Manifest)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _require_all(done: Done, plan: Plan, store: Store) -> None:
    """Raise InputError if units have no result yet."""
    missing = sum(unit.id not in done.units for unit in read_units(store))
    if missing:
        raise InputError(
            f"{store.address}: {missing:,} of {plan.units:,} units are not read yet; run sokdok bulk again until they "
            "are, then merge"
        )


def _begin(store: Store, key: str) -> None:
    """See to it that what is in the outputs' place comes from the same inputs, or is gone."""
    try:
        begun = store.read(BEGUN).decode("utf-8", "replace")
    except FileNotFoundError:
        begun = ""
    if begun != key:
        # First what says that anything is there.
        for name in sorted(store.names(f"{FOLDER}/"), key=lambda name: (name != MANIFEST, name)):
            store.remove(name)
        store.replace(BEGUN, key.encode())


def _run(
    settings: Settings, work: Callable[..., int], tasks: Iterable[tuple[Any, ...]], what: str, plan: Plan, told: Told
) -> None:
    done = 0
    told(what, done, plan.documents)
    for documents in each(settings, work, tasks):
        done += documents
        told(what, done, plan.documents)


def _likes(tools: Tools, plan: Plan, told: Told) -> list[Same]:
    """Documents that are dropped for an earlier one's sake, in order of their positions."""
    import numpy as np

    from sokdok.bulk.quality.near.find import find
    from sokdok.bulk.quality.near.signatures import from_bytes

    store, key = tools.store, tools.settings.tags_key
    name = f"near/{key}/same.jsonl.zst"
    if store.exists(name):
        return list(read_rows(store, name, Same))
    told("comparing", 0, plan.documents)
    numbers = [piece.name for piece in slices(read_units(store))]
    found = find(lambda: (from_bytes(store.read(near_name(key, number))) for number in numbers))
    dropped = np.flatnonzero(found.firsts != np.arange(len(found.firsts))).tolist()
    firsts = {at: int(found.firsts[at]) for at in dropped}
    paths = _paths(store, set(firsts.values()))
    same = [Same(at, found.reason(at), paths[first]) for at, first in firsts.items()]
    write_rows(store, name, same)
    told("comparing", plan.documents, plan.documents)
    return same


def _paths(store: Store, wanted: set[int]) -> dict[int, str]:
    """The paths of documents by their positions."""
    return {
        piece.first + at: units[0].path
        for piece in slices(read_units(store))
        for at, units in enumerate(piece.documents)
        if piece.first + at in wanted
    }


def _with_likes(pieces: Iterable[Slice], same: list[Same]) -> Iterator[tuple[Slice, tuple[Same, ...]]]:
    """Each slice with those of its documents that are dropped."""
    at = 0
    for piece in pieces:
        start, end = at, piece.first + len(piece.documents)
        while at < len(same) and same[at].at < end:
            at += 1
        yield piece, tuple(same[start:at])


def _manifest(tools: Tools, plan: Plan) -> Manifest:
    """Sum up what all slices say. Raises SokdokError if it does not add up."""
    store, asked = tools.store, tools.settings.asked
    account = Account()
    sinks = {name: SinkRows() for name in asked.to}
    for piece in slices(read_units(store)):
        account.add(_part(store, ACCOUNTS, piece).account or Account())
        for name, total in sinks.items():
            part = _part(store, name, piece)
            total.files += part.files
            for why, count in part.left_out.items():
                total.left_out[why] = total.left_out.get(why, 0) + count
    for name, total in sinks.items():
        main = [file for file in total.files if "/attributes/" not in file.name]
        total.rows, total.bytes = sum(file.rows for file in main), sum(file.bytes for file in total.files)
        if name != "webdataset" and total.rows != account.kept:
            raise SokdokError(f"{total.rows:,} documents are in {name} and {account.kept:,} were kept: merge again")
    skipped = skipped_by_reason(read_skipped(store))
    check(account, plan, sum(skipped.values()))
    return Manifest(
        sokdok=version(),
        key=tools.settings.data_key,
        recipe=asked.recipe.digest() if asked.recipe else "",
        mask=asked.mask,
        question=plan.question,
        sources=plan.sources,
        account=account,
        skipped=skipped,
        sinks=sinks,
    )


def _part(store: Store, sink: str, piece: Slice) -> Part:
    name = part_name(sink, piece.name)
    try:
        return msgspec.json.decode(store.read(name), type=Part)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        raise InputError(f"{store.address}/{name} is missing or damaged: remove it, and merge again") from None
