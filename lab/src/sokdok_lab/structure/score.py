"""Scores of a network on pages with truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from sokdok.layout.structure.decode import Ints, clusters, path_cover, sigmoid, softmax, spans
from sokdok.layout.structure.network import FURNITURE, LINKS, ROLE
from sokdok_lab.structure.features import Sample, batch
from sokdok_lab.structure.losses import table_nodes
from sokdok_lab.structure.model import StructureNet


def scores(net: StructureNet, samples: Sequence[Sample]) -> dict[str, float]:
    """Shares and F1 scores over all pages; nodes and pairs count alike wherever they stand."""
    counts: Counter[str] = Counter()
    net.eval()
    with torch.no_grad():
        for item in samples:
            made = batch([item])
            out = net(made)
            _nodes(counts, made, out)
            _pairs(counts, made, out)
            _tables(counts, made, net, out["x"])
    net.train()
    return dict(_ratios(counts))


def _ratios(counts: Counter[str]) -> Iterable[tuple[str, float]]:
    for name in ("role", "level", "goes on", "join", "parent", "caption", "row", "cell", "spanning cell", "table"):
        yield name, counts[f"{name} right"] / max(1, counts[f"{name} all"])
    for name in ("furniture", "block", "successor", "across blocks", "same table", "line"):
        yield f"{name} F1", 2 * counts[f"{name} both"] / max(1, counts[f"{name} said"] + counts[f"{name} true"])


def _right(counts: Counter[str], name: str, said: Tensor, truth: Tensor, asked: Tensor) -> None:
    counts[f"{name} right"] += int((said == truth)[asked].sum())
    counts[f"{name} all"] += int(asked.sum())


def _nodes(counts: Counter[str], made: dict[str, Tensor], out: dict[str, Tensor]) -> None:
    role = out["role"].argmax(-1)
    known = made["unit"] >= 0
    _right(counts, "role", role, made["role"], known)
    levelled = known & ((made["role"] == ROLE["heading"]) | (made["role"] == ROLE["item"]))
    _right(counts, "level", out["level"].argmax(-1), made["level"], levelled)
    _right(counts, "goes on", (out["flags"][..., 0] > 0).long(), made["goes_on"], known & (made["goes_on"] >= 0))
    _right(counts, "join", out["join"].argmax(-1), made["join"], known & (made["join"] >= 0))
    outer = torch.tensor([ROLE[name] for name in sorted(FURNITURE)])
    said, true = torch.isin(role, outer) & known, torch.isin(made["role"], outer) & known
    counts["furniture both"] += int((said & true).sum())
    counts["furniture said"] += int(said.sum())
    counts["furniture true"] += int(true.sum())


def _together(counts: Counter[str], name: str, said: Ints, true: Ints) -> None:
    """Count the pairs that are put together, that should be, and both."""
    for what, numbers in (("said", said[None]), ("true", true[None]), ("both", np.stack([said, true]))):
        sizes = np.unique(numbers, axis=1, return_counts=True)[1]
        counts[f"{name} {what}"] += int((sizes * (sizes - 1) // 2).sum())


def _pairs(counts: Counter[str], made: dict[str, Tensor], out: dict[str, Tensor]) -> None:
    links, none = out["links"][0].float().numpy(), out["none"][0].float().numpy()
    unit = made["unit"][0].numpy()
    texts = np.flatnonzero(unit >= 0)
    for name, key in (("block", "unit"), ("line", "line")):
        found = clusters(sigmoid(links[LINKS.index(key)][np.ix_(texts, texts)]))
        _together(counts, name, found, made[key][0].numpy()[texts])
    table = made["table"][0].numpy()[texts]
    if (table >= 0).any():
        inside = table >= 0
        found = clusters(sigmoid(links[LINKS.index("table")][np.ix_(texts[inside], texts[inside])]))
        _together(counts, "same table", found, table[inside])
    chosen = softmax(np.concatenate([links[LINKS.index("successor")][np.ix_(texts, texts)], none[texts, :1]], 1))
    said_after = path_cover(chosen[:, :-1], chosen[:, -1])
    said_after = np.where(said_after >= 0, texts[said_after], -1)
    after = made["successor"][0].numpy()[texts]
    counts["successor both"] += int(((said_after == after) & (after >= 0)).sum())
    counts["successor said"] += int((said_after >= 0).sum())
    counts["successor true"] += int((after >= 0).sum())
    leaving = (after >= 0) & (unit[np.maximum(after, 0)] != unit[texts])
    said_leaving = (said_after >= 0) & (unit[np.maximum(said_after, 0)] != unit[texts])
    counts["across blocks both"] += int(((said_after == after) & leaving).sum())
    counts["across blocks said"] += int(said_leaving.sum())
    counts["across blocks true"] += int(leaving.sum())
    for at, (name, key, owner, role) in enumerate(
        (("parent", "parent", "unit", "item"), ("caption", "target", "object", "caption")), 1
    ):
        asked = np.flatnonzero((made["role"][0].numpy() == ROLE[role]) & (unit >= 0))
        for index in asked.tolist():
            row = links[LINKS.index(name), index]
            best = int(row.argmax())
            said_owner = int(made[owner][0, best]) if row[best] > none[index, at] else -1
            counts[f"{name} right"] += said_owner == int(made[key][0, index])
            counts[f"{name} all"] += 1


def _tables(counts: Counter[str], made: dict[str, Tensor], net: StructureNet, x: Tensor) -> None:
    found = table_nodes(x, made, made["table"])
    if found is None:
        return
    nodes, picked = found
    covers = sigmoid(net.grid(nodes, picked["place"], picked["cell"], picked["table"])[0].float().numpy())
    table, span, place = picked["table"][0].numpy(), picked["span"][0].numpy(), picked["place"][0].numpy()
    for value in np.unique(table[table >= 0]):
        mine = np.flatnonzero(table == value)
        rows = spans(covers[0][np.ix_(mine, mine)], place[mine, 3])
        columns = spans(covers[1][np.ix_(mine, mine)], (place[mine, 0] + place[mine, 2]) / 2)
        said = np.concatenate([rows, columns], 1)
        right = (said == span[mine]).all(1)
        wide = (span[mine, 0] != span[mine, 1]) | (span[mine, 2] != span[mine, 3])
        counts["row right"] += int((said[:, :2] == span[mine, :2]).all(1).sum())
        counts["row all"] += len(mine)
        counts["cell right"] += int(right.sum())
        counts["cell all"] += len(mine)
        counts["spanning cell right"] += int((right & wide).sum())
        counts["spanning cell all"] += int(wide.sum())
        counts["table right"] += bool(right.all())
        counts["table all"] += 1
