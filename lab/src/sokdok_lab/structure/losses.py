"""What the network is taught by: cross entropies of roles and pointers, and of relations, yes and no in balance."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from sokdok.layout.structure.network import LINKS, ROLE
from sokdok_lab.structure.model import StructureNet

LEVELLED = (ROLE["heading"], ROLE["item"], ROLE["contents"])


def losses(net: StructureNet, batch: dict[str, Tensor], tables_alone: bool = False) -> dict[str, Tensor]:
    """Mean losses by head; of rows and columns alone, with nodes as the page's layers give them, if asked."""
    if tables_alone:
        with torch.no_grad():
            x, _ = net.encode(batch)
        return _grid_losses(net, x, batch) or {"row": 0.0 * net.grids.out.bias.sum()}  # parts of pages may have none
    out = net(batch)
    role, unit, mask = batch["role"], batch["unit"], batch["mask"]
    known = (unit >= 0) & mask
    made = {"role": _cross(out["role"], role, known & (role >= 0))}
    levelled = known & torch.isin(role, torch.tensor(LEVELLED, device=role.device))
    made["level"] = _cross(out["level"], batch["level"].clamp(0, 4), levelled)
    made["goes on"] = _yes(out["flags"][..., 0], batch["goes_on"], known)
    made["header"] = _yes(out["flags"][..., 1], batch["header"], known & (role == ROLE["cell"]))
    both = known[:, :, None] & known[:, None, :]
    both &= ~torch.eye(known.shape[1], dtype=torch.bool, device=known.device)
    names = ("line", "unit", "table")
    same = [(batch[name][:, :, None] == batch[name][:, None, :]) & (batch[name] >= 0)[:, :, None] for name in names]
    links = out["links"]
    chosen = sampled(both, same[1] | same[0], batch["place"])
    for name, truth in zip(names, same, strict=True):
        made[name] = balanced(links[:, LINKS.index(name)][chosen], truth[chosen])
    pointers = (
        ("successor", _successors(batch)),
        ("parent", _named(batch, "parent", "unit", "item")),
        ("caption", _named(batch, "target", "object", "caption")),
    )
    for at, (name, (targets, asked)) in enumerate(pointers):
        made[name] = _pointer(links[:, LINKS.index(name)], out["none"][..., at], targets, asked, mask)
    made.update(_grid_losses(net, out["x"], batch))
    return made


WEIGHTS = {
    "line": 1.0,
    "unit": 3.0,
    "table": 3.0,
    "row": 5.0,
    "column": 5.0,
    "row reach": 1.5,
    "column reach": 1.5,
    "role": 1.5,
    "level": 1.0,
    "successor": 1.5,
}
FAR_SHARE = 0.15  # of the pairs that are far apart and not related


def weighted(parts: dict[str, Tensor]) -> dict[str, Tensor]:
    """Losses by what they weigh in the whole."""
    return {name: value * WEIGHTS.get(name, 0.5) for name, value in parts.items()}


def sampled(asked: Tensor, kept: Tensor, place: Tensor) -> Tensor:
    """Pairs to learn from: those within three body heights, those that are kept, and a share of the others."""
    x0, y0, x1, y1, _ = place.unbind(-1)
    across = torch.maximum(x0[:, None, :] - x1[:, :, None], x0[:, :, None] - x1[:, None, :])
    down = torch.maximum(y0[:, None, :] - y1[:, :, None], y0[:, :, None] - y1[:, None, :])
    near = torch.maximum(across, down) < 3
    return asked & (near | kept | (torch.rand(asked.shape, device=asked.device) < FAR_SHARE))


def balanced(logits: Tensor, yes: Tensor) -> Tensor:
    """A quarter of the weight for pairs that are related, the rest for those that are not."""
    each = binary_cross_entropy_with_logits(logits.float(), yes.float(), reduction="none")
    right = (each * yes).sum() / yes.sum().clamp(min=1)
    wrong = (each * ~yes).sum() / (~yes).sum().clamp(min=1)
    return 0.5 * (right + 3 * wrong)


def _cross(logits: Tensor, truth: Tensor, asked: Tensor) -> Tensor:
    if not asked.any():
        return logits.sum() * 0.0
    wanted = truth[asked]
    # Weights by the root of how rare a class is in the batch: cells outnumber captions by a hundred.
    weights = torch.bincount(wanted, minlength=logits.shape[-1]).clamp(min=1).float().rsqrt()
    return cross_entropy(logits[asked].float(), wanted, weights, label_smoothing=0.02)


def _yes(logits: Tensor, truth: Tensor, asked: Tensor) -> Tensor:
    if not asked.any():
        return logits.sum() * 0.0
    return binary_cross_entropy_with_logits(logits[asked].float(), truth[asked].float())


def _successors(batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    successor = batch["successor"]
    targets = torch.arange(successor.shape[1], device=successor.device)[None, None, :] == successor[:, :, None]
    return targets, successor >= -1


def _named(batch: dict[str, Tensor], pointer: str, number: str, role: str) -> tuple[Tensor, Tensor]:
    truth = batch[pointer]
    targets = (truth[:, :, None] == batch[number][:, None, :]) & (truth >= 0)[:, :, None]
    return targets, batch["role"] == ROLE[role]


def _pointer(logits: Tensor, none: Tensor, targets: Tensor, asked: Tensor, mask: Tensor) -> Tensor:
    """Cross entropy of a choice among nodes and none, where any of several targets is right."""
    if not asked.any():
        return logits.sum() * 0.0
    row = torch.nonzero(asked)[:, 0]
    every = torch.cat([logits[asked].float().masked_fill(~mask[row], -1e4), none[asked].float()[:, None]], -1)
    right = targets[asked]
    right = torch.cat([right, ~right.any(-1, keepdim=True)], -1)
    return (every.logsumexp(-1) - every.masked_fill(~right, -1e4).logsumexp(-1)).mean()


def table_nodes(x: Tensor, batch: dict[str, Tensor], table: Tensor) -> tuple[Tensor, dict[str, Tensor]] | None:
    """Nodes of tables gathered to the front, and their places, truth and tables; None without tables."""
    inside = (table >= 0) & batch["mask"]
    rows = inside.any(1)
    if not rows.any():
        return None
    most = int(inside.sum(1).max())
    at = torch.argsort((~inside).to(torch.int8), dim=1, stable=True)[rows, :most]
    picked = {
        name: batch[name][rows].gather(1, at[..., None].expand(-1, -1, batch[name].shape[-1]))
        for name in ("place", "cell")
    }
    if "unit" in batch:
        picked["span"] = batch["place_truth"][rows].gather(1, at[..., None].expand(-1, -1, 4))
        picked["unit"] = batch["unit"][rows].gather(1, at)
    picked["table"] = torch.where(inside, table, -1)[rows].gather(1, at)
    picked["rows"], picked["at"] = torch.nonzero(rows)[:, 0], at
    return x[rows].gather(1, at[..., None].expand(-1, -1, x.shape[-1])), picked


def _grid_losses(net: StructureNet, x: Tensor, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    found = table_nodes(x, batch, batch["table"])
    if found is None:
        return {}
    nodes, picked = found
    logits = net.grid(nodes, picked["place"], picked["cell"], picked["table"])
    table, span = picked["table"], picked["span"]
    asked = (table[:, :, None] == table[:, None, :]) & (table >= 0)[:, :, None]
    chosen = sampled(asked, torch.zeros_like(asked), picked["place"])
    made = {}
    for at, name in enumerate(("row", "column")):
        first, last = span[..., 2 * at], span[..., 2 * at + 1]
        yes = (first[:, None, :] >= first[:, :, None]) & (first[:, None, :] <= last[:, :, None])
        made[name] = balanced(logits[:, at][chosen], yes[chosen])
        behind = asked & (first[:, None, :] > first[:, :, None])  # whether a cell reaches so far is rare, and decides
        if behind.any():
            made[f"{name} reach"] = balanced(logits[:, at][behind], yes[behind])
    return made
