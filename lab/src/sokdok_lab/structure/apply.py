"""Blocks of a page by the structure network: what the layout's rules do, so that both can be measured on real pages.

nodes → roles, blocks, tables, successors (`model`) → blocks with their lines in order → an order of blocks

What must hold is made to hold here: each line is in one block, each block has one place, a grid has no holes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from sokdok.imaging.box import Box
from sokdok.layout.analyse import place_of
from sokdok.layout.blocks import BULLET_MARK, NUMBER_MARK, LayoutBlock, Row, block_of
from sokdok.layout.tables.cells import Cell, text_rows
from sokdok.layout.tables.reader import cells_html
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import TextLayer, Word
from sokdok_lab.structure.decode import Floats, Ints, clusters, path_cover, sigmoid, spans
from sokdok_lab.structure.features import batch, sample
from sokdok_lab.structure.generate import MOST_NODES
from sokdok_lab.structure.losses import table_nodes
from sokdok_lab.structure.model import LINKS, StructureNet
from sokdok_lab.structure.nodes import page_nodes
from sokdok_lab.structure.tree import FURNITURE, ROLE, ROLES
from sokdok_lab.structure.truth import GAP_EM, Array, Chunk

KINDS = {"title": "title", "heading": "sub_title", "item": "list", "marker": "list", "code": "code",
         "caption": "image_caption", "footnote": "page_footnote"}  # fmt: skip
SAME_LINE_EM = 0.6  # that baselines of one line may differ by
LEAST_FLOW = 0.05  # probability that a block follows another, below which neither leads on to the other


def pieces_of(lines: Sequence[TextLine]) -> list[TextLine]:
    """Lines cut where a gap of half an em is between two words."""
    found: list[TextLine] = []
    for line in lines:
        start = 0
        for at in range(1, len(line.words)):
            last, word = line.words[at - 1], line.words[at]
            if word.box.left - last.box.right > GAP_EM * max(word.em, last.em) or word.box.left < last.box.left:
                found.append(line.part(start, at))
                start = at
        found.append(line.part(start, len(line.words)) if start else line)
    return found


def _chunk(line: TextLine) -> Chunk:
    return Chunk(list(line.words) or [Word(line.text, line.box, line.em, line.box.bottom - 0.2 * line.em)])


class Structure:
    """The network and what was computed of one page."""

    def __init__(self, net: StructureNet) -> None:
        self.net = net

    def blocks(self, lines: Sequence[TextLine], layer: TextLayer) -> list[LayoutBlock]:
        """Arrange a page's lines in blocks in reading order."""
        pieces = pieces_of([line for line in lines if line.text and not line.turned])[:MOST_NODES]
        if not pieces:
            return []
        page: dict[str, Array] = page_nodes([_chunk(piece) for piece in pieces], layer, [])
        page["facts"] = np.array([0, 0, 0, 1, 0, 0])
        return _Page(self.net, pieces, page).blocks()


def _untrue(page: dict[str, Array], count: int) -> dict[str, Array]:
    """Truth that nobody knows, in the shape that samples have."""
    minus = np.full(count, -1, np.int64)
    names = ("role", "level", "unit", "line", "table", "parent", "header", "goes_on", "join", "caption")
    return page | dict.fromkeys(names, minus) | {"successor": np.full(count, -2), "place": np.full((count, 4), -1)}


class _Page:
    def __init__(self, net: StructureNet, pieces: list[TextLine], page: dict[str, Array]) -> None:
        self.pieces, self.count, self.net = pieces, len(pieces), net
        self.made = batch([sample(_untrue(page, self.count), None)])
        with torch.no_grad():
            self.out = net(self.made)
        texts = slice(0, self.count)
        links = self.out["links"][0].numpy()
        self.links = {name: links[index, texts, texts] for index, name in enumerate(LINKS)}
        self.none = self.out["none"][0].numpy()[texts]
        self.role = torch.softmax(self.out["role"][0], -1).numpy()[texts]
        self.level = self.out["level"][0].argmax(-1).numpy()[texts]
        self.baseline = np.array([_chunk(piece).words[0].baseline for piece in pieces])
        self.left = np.array([piece.box.left for piece in pieces])

    def blocks(self) -> list[LayoutBlock]:
        """Roles by block, tables out of cells, blocks in order."""
        unit = clusters(sigmoid(self.links["unit"]))
        members = [np.flatnonzero(unit == value) for value in range(int(unit.max()) + 1)]
        weights = np.array([len(piece.text) for piece in self.pieces], float)
        roles = [self._role(mine, weights) for mine in members]
        cells = [at for at, role in enumerate(roles) if role == "cell"]
        tables = self._tables([members[at] for at in cells])
        groups: list[tuple[str, list[int]]] = [
            (role, members[at].tolist()) for at, role in enumerate(roles) if role != "cell"
        ]
        groups += [("table", sorted(index for cell in table for index in cell)) for table in tables]
        order = self._order([np.array(group) for _, group in groups], [role for role, _ in groups])
        cells_of = {tuple(sorted(index for cell in table for index in cell)): table for table in tables}
        out: list[LayoutBlock] = []
        for at in order:
            role, mine = groups[at]
            block = self._table(cells_of[tuple(mine)]) if role == "table" else self._block(role, np.array(mine))
            out.append(block)
        return _levels(out)

    def _role(self, mine: Ints, weights: Floats) -> str:
        total = (self.role[mine] * weights[mine, None]).sum(0)
        if len(mine) > 1:
            total[ROLE["marker"]] = 0  # a mark is of what it stands before
        name = ROLES[int(total.argmax())]
        return "item" if name == "marker" else name

    def _tables(self, cells: list[Ints]) -> list[list[list[int]]]:
        """Cells of each table; a lone cell is none."""
        if not cells:
            return []
        together = sigmoid(self.links["table"])
        mean = np.array([[together[np.ix_(a, b)].mean() for b in cells] for a in cells])
        found = clusters(mean)
        return [[cells[at].tolist() for at in np.flatnonzero(found == value)] for value in range(int(found.max()) + 1)]

    def _table(self, table: list[list[int]]) -> LayoutBlock:
        """A table with its grid: each cell's rows and columns, those that meet put together."""
        nodes = [index for cell in table for index in cell]
        number = torch.full_like(self.made["table"], -1)
        number[0, nodes] = 0
        found = table_nodes(self.out["x"], self.made, number)
        assert found is not None
        x, picked = found
        with torch.no_grad():
            covers = sigmoid(self.net.grid(x, picked["place"], picked["cell"], picked["table"])[0].numpy())
        at = {index: place for place, index in enumerate(picked["at"][0].tolist())}
        mine = [at[index] for index in nodes]
        place = picked["place"][0].numpy()[mine]
        cover = [part[np.ix_(mine, mine)] for part in covers]
        rows = spans(cover[0], place[:, 1])
        columns = spans(cover[1], (place[:, 0] + place[:, 2]) / 2)
        made: list[Cell] = []
        begun = 0
        for cell in table:
            here = slice(begun, begun + len(cell))
            begun += len(cell)
            new = Cell(
                int(rows[here, 0].min()), int(columns[here, 0].min()),
                int(rows[here, 1].max()), int(columns[here, 1].max()), [self.pieces[index] for index in cell],
            )  # fmt: skip
            while meeting := next((other for other in made if other.meets(new)), None):
                made.remove(meeting)
                new = new.with_all(meeting)
            made.append(new)
        made = _filled(sorted(made, key=lambda cell: (cell.top, cell.left)))
        pieces = [piece for cell in made for row in text_rows(cell.pieces) for piece in row]
        block = block_of("table", [Row((piece,)) for piece in pieces])
        return replace(block, html=cells_html(made))

    def _block(self, role: str, mine: Ints) -> LayoutBlock:
        rows = [Row(tuple(self.pieces[index] for index in row)) for row in self._rows(mine)]
        kind = KINDS.get(role, "text")
        block = replace(block_of(kind, rows), apart=role in FURNITURE)
        if kind == "list":
            first = rows[0].pieces[0].text.split(" ")[0]
            mark = first if BULLET_MARK.fullmatch(first) or NUMBER_MARK.fullmatch(first) else ""
            level = int(np.bincount(self.level[mine]).argmax())
            return replace(block, level=max(1, level), mark=mark)
        return block

    def _rows(self, mine: Ints) -> list[list[int]]:
        """A block's lines in order: by the chain of successors where it is whole, else from top to bottom."""
        inner = np.ix_(mine, mine)
        after = path_cover(self.links["successor"][inner], np.full(len(mine), -9.0))
        begins = np.setdiff1d(np.arange(len(mine)), after[after >= 0])
        order: list[int] = []
        if len(begins) == 1:
            here = int(begins[0])
            while here >= 0:
                order.append(int(mine[here]))
                here = int(after[here])
        else:
            order = sorted(mine.tolist(), key=lambda i: (self.baseline[i], self.left[i]))
        rows: list[list[int]] = []
        for index in order:
            em = self.pieces[index].em
            last = rows[-1][-1] if rows else -1
            if rows and abs(self.baseline[index] - self.baseline[last]) < SAME_LINE_EM * em:
                rows[-1].append(index)
                rows[-1].sort(key=lambda i: float(self.left[i]))
            else:
                rows.append([index])
        return rows

    def _order(self, groups: list[Ints], roles: list[str]) -> list[int]:
        """Blocks in order: chains of blocks by the flow between them, each chain put where it stands."""
        whole = np.concatenate([self.links["successor"], self.none[:, :1]], 1)
        whole = np.exp(whole - whole.max(1, keepdims=True))
        whole /= whole.sum(1, keepdims=True)
        count = len(groups)
        member = np.zeros((count, self.count))
        for at, group in enumerate(groups):
            member[at, group] = 1
        flow = member @ whole[:, :-1] @ member.T
        np.fill_diagonal(flow, 0)
        after = path_cover(np.log(flow + 1e-6), np.full(count, np.log(LEAST_FLOW)))
        chains: list[list[int]] = []
        for start in np.setdiff1d(np.arange(count), after[after >= 0]).tolist():
            chain, here = [], start
            while here >= 0:
                chain.append(here)
                here = int(after[here])
            chains.append(chain)
        boxes = [Box.around(self.pieces[index].box for index in group) for group in groups]
        rank = {"header": -1, "footnote": 1, "footer": 2}
        sizes = [sum(len(self.pieces[i].text) for at in chain for i in groups[at]) for chain in chains]
        order: list[int] = []
        heads: list[list[int]] = []
        feet: list[list[int]] = []
        middle = float(np.median(self.baseline))
        for _, chain in sorted(zip(sizes, chains, strict=True), key=lambda item: -item[0]):
            kinds = {roles[at] for at in chain}
            if kinds <= FURNITURE:
                (heads if boxes[chain[0]].top < middle else feet).append(chain)
            elif kinds == {"footnote"}:
                feet.append(chain)
            else:
                at = place_of(boxes[chain[0]], [boxes[other] for other in order])
                order[at:at] = chain
        heads.sort(key=lambda chain: boxes[chain[0]].top)
        feet.sort(key=lambda chain: (rank.get(roles[chain[0]], 2), boxes[chain[0]].top))
        return [*sum(heads, []), *order, *sum(feet, [])]


def _filled(cells: list[Cell]) -> list[Cell]:
    """Cells and an empty one for each place that none covers."""
    rows, columns = max(cell.bottom for cell in cells) + 1, max(cell.right for cell in cells) + 1
    taken: NDArray[np.bool_] = np.zeros((rows, columns), bool)
    for cell in cells:
        taken[cell.top : cell.bottom + 1, cell.left : cell.right + 1] = True
    empty = [
        Cell(int(row), int(column), int(row), int(column)) for row, column in zip(*np.nonzero(~taken), strict=True)
    ]
    return sorted([*cells, *empty], key=lambda cell: (cell.top, cell.left))


def _levels(blocks: list[LayoutBlock]) -> list[LayoutBlock]:
    """Items of lists whose levels leave none out."""
    out: list[LayoutBlock] = []
    last = 0
    for block in blocks:
        if block.kind == "list":
            last = min(block.level, last + 1)
            block = replace(block, level=last)
        else:
            last = 0
        out.append(block)
    return out
