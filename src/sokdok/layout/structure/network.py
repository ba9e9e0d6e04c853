"""Runs the structure network on a page: roles of its nodes, and how they belong together.

Attention pays with the square of the nodes, so that a page of more than `WINDOW` is looked at in windows that overlap;
a node's own numbers are those of the window that it stands in the middle of, and of two nodes that no window shows
together nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sokdok.imaging.arrays import sigmoid, softmax
from sokdok.layout.structure.decode import Floats, Ints, chains, clusters, path_cover
from sokdok.layout.structure.nodes import TEXT, VOCABULARY, Array, body_size, numbers_of, places, surroundings
from sokdok.model.nano.session import bundled_folder, open_graph

ROLES: tuple[str, ...] = tuple(VOCABULARY["roles"])  # what a piece of text can be
ROLE = {name: index for index, name in enumerate(ROLES)}
FURNITURE = frozenset({"header", "footer", "page number"})
LINKS = ("line", "unit", "table", "successor", "parent", "caption")
"""relations of node i to node j: on one line, in one block, in one table, read next, item within, caption of"""
NEAR = 3.0  # body heights between pieces of a block, but from the end of a column to the next
ONE_LINE = 0.95  # probability from which pieces less than an em apart are words of one line
IN_LINE = 0.25  # probability of one block from which pieces are, one of which is read next on the other's line
WINDOW, STEP = 512, 256  # nodes that are looked at together, and from one window to the next

Run = Callable[[None, Mapping[str, Array]], Sequence[Array]]


def _unwoven(mine: Ints, chain: Ints, place: Ints) -> list[Ints]:
    """The texts of a block, in parts where others are read between them: by their places on chains of successors."""
    if len(mine) < 2 or (chain != chain[0]).any():
        return [mine]
    order = np.argsort(place)
    return [np.sort(part) for part in np.split(mine[order], np.flatnonzero(np.diff(place[order]) > 1) + 1)]


@dataclass(frozen=True)
class Found:
    """What the network says of a page's texts, in their order, as probabilities."""

    roles: Floats  # texts × ROLES
    levels: Ints  # of headings and items, from 1; 0 for others
    goes_on: Floats  # each text's block with the page before
    header: Floats  # each text is in the head of its table
    links: dict[str, Floats]  # by LINKS: texts × texts; successors are a choice; NaN where nothing is known
    x: NDArray[np.float32]  # all nodes as the network sees them
    place: NDArray[np.float32]  # as in `features`, in body heights
    cell: NDArray[np.float32]

    def units(self) -> list[Ints]:
        """The texts of each block: its pieces are near each other, or follow each other; what is one line stays one."""
        x0, y0, x1, y1, em = self.place[: len(self.roles)].T
        apart = [np.maximum.outer(low, low) - np.minimum.outer(high, high) for low, high in ((x0, x1), (y0, y1))]
        unit, line, role = self.links["unit"], self.links["line"], self.roles.argmax(-1)
        after = self.links["successor"] > 0.5
        next_word = (abs(x0 - x1[:, None]) < np.minimum.outer(em, em)) & (line + line.T > 2 * ONE_LINE)
        in_line = after & (line > 0.5) & (unit + unit.T > 2 * IN_LINE) | next_word & (role == role[:, None])
        in_line &= (role != ROLE["cell"]) & (role != ROLE["cell"])[:, None]  # cells follow each other on a line, too
        block = clusters(unit, (np.maximum(*apart) < NEAR) | after, in_line)  # else lines come apart along their gaps
        found = [np.flatnonzero(block == value) for value in range(int(block.max(initial=-1)) + 1)]
        chain, place = np.zeros((2, len(block)), np.int64)
        for number, chained in enumerate(chains(path_cover(self.links["successor"], np.full(len(block), 0.5)))):
            chain[chained], place[chained] = number, np.arange(len(chained))
        return [part for mine in found for part in _unwoven(mine, chain[mine], place[mine])]

    def grid(self, nodes: Ints, net: Net) -> tuple[Floats, Floats]:
        """Texts of one table → probabilities texts × texts that j begins in one of the rows, columns of i."""
        out = np.full((2, len(nodes), len(nodes)), np.nan, np.float32)
        for window, _ in windows(self.place[nodes]):
            mine = nodes[window]
            given = {"x": self.x[mine], "place": self.place[mine], "cell": self.cell[mine]}
            logits = net.tables(None, {name: value[None] for name, value in given.items()})[0][0]
            out[:, window[:, None], window] = sigmoid(np.asarray(logits, np.float32))
        return out[0], out[1]


@dataclass(frozen=True)
class Net:
    """The two graphs of the network: of a page, and of the texts of one table."""

    page: Run
    tables: Run

    def __call__(self, page: dict[str, Array], blind: bool) -> Found:
        """Look at a page's arrays, as `nodes.page_nodes` makes them; `blind` where a recogniser read it."""
        kind = page["kind"].astype(np.int64)
        count, texts = len(kind), int((kind == TEXT).sum())
        body = body_size(page)
        place = places(page) / np.float32(body)
        cell, inside = surroundings(place, kind)
        width, height = (page["page"].astype(float) / body).tolist()
        given: dict[str, Array] = {
            "numbers": numbers_of(page, place, (cell, inside), (width, height), blind),
            "place": place,
            "cell": cell,
            "letters": page["letters"].astype(np.int64),
            "hash": page["hash"].astype(np.int64),
        }
        links = np.full((len(LINKS), count, count), np.nan, np.float32)
        heads: list[Array] = []
        for window, middle in windows(place):
            *own, linked = self.page(None, {name: value[window][None] for name, value in given.items()})
            heads = heads or [np.zeros((count, head.shape[-1]), np.float32) for head in own]
            for head, value in zip(heads, own, strict=True):
                head[window[middle]] = value[0][middle]
            links[:, window[:, None], window] = linked[0]
        role, level, flags, none, x = heads
        links, none = links[:, :texts, :texts], none[:texts]
        related = {name: sigmoid(links[at]) for at, name in enumerate(LINKS)}
        chosen = np.concatenate([links[LINKS.index("successor")], none[:, :1]], 1)
        chosen = softmax(np.where(np.isnan(chosen), -30.0, chosen))
        related["successor"] = chosen[:, :-1]
        goes_on, header = sigmoid(flags[:texts]).T
        roles, levels = softmax(role[:texts]), level[:texts].argmax(-1)
        return Found(roles, levels, goes_on, header, related, x, place, cell)


def windows(place: NDArray[np.float32]) -> Iterator[tuple[Ints, NDArray[np.bool_]]]:
    """Numbers of the nodes of each window, from top to bottom, and which of them no other window shows better."""
    order = np.argsort(place[:, 1], kind="stable").astype(np.int64)
    starts = range(0, max(1, len(order) - WINDOW + STEP), STEP)
    for start in starts:
        window = order[start : start + WINDOW]
        at = np.arange(start, start + len(window))
        margin = (WINDOW - STEP) // 2
        low = start + margin if start else 0
        high = start + WINDOW - margin if start != starts[-1] else len(order)
        yield window, (at >= low) & (at < high)


@cache
def bundled() -> Net:
    """The network that is shipped."""
    page, tables = (
        open_graph(bundled_folder() / f"{name}.onnx", threads=1) for name in ("structure", "structure_tables")
    )
    return Net(page.run, tables.run)
