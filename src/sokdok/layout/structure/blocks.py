"""The blocks of a page in reading order, by what the structure network says of its pieces of text.

pieces → blocks as clusters → tables with their cells → blocks that follow each other as chains → one order of all

What must hold holds by construction: each piece is in one block, each block has one place, a grid has no holes, what
stands within a table's outline is of the table, and a grid that is drawn in full has the cells that it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median, mode

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import connected, gaps_to
from sokdok.layout.blocks import BULLET_MARK, DATE, NUMBER_MARK, LayoutBlock, Row, block_of
from sokdok.layout.formulas import is_formula
from sokdok.layout.structure.decode import LEAST_CHOICE, Floats, Ints, chains, clusters, group_sums, path_cover, spans
from sokdok.layout.structure.network import FURNITURE, ROLE, ROLES, Found, Net
from sokdok.layout.structure.nodes import VOCABULARY, letter_class
from sokdok.layout.tables.grids import MEET, Cell, Grid, cells_of
from sokdok.layout.text_line import TextLine
from sokdok.pages.hangul import OUTLINE

KINDS: dict[str, str] = VOCABULARY["kinds"]  # of blocks, by the roles of their texts
LISTED = frozenset({"text", "item", "code", "label", "value", "contents", "reference", "footnote", "table"})
"""roles of what may be code"""
ASIDE = FURNITURE | {"caption", "footnote"}  # roles of what stands beside the page's text
SAME_LINE_EM = 0.6  # that baselines of one line may differ by
GOES_ON = 0.25  # probability from which a page may begin within a block: how the page before ends says the rest
MOST_PITCH_EM = 4.0  # from one part of a listing to the next
MOST_GAP_EM = 1.5  # from a label to a value below it
BESIDE = 0.5  # share of the narrower of two blocks up to which they are beside each other rather than above

Lines = Sequence[TextLine]
Sides = tuple[float, float, float, float]


@dataclass(frozen=True)
class Group:
    """Pieces that are one block."""

    role: str  # one of ROLES, or table
    pieces: list[int]  # in the order of reading
    cells: tuple[Cell, ...] = ()  # of a table
    label: int = 0  # of a field: how many of its pieces are its label


class StructuredPage:
    """A page's pieces and what the network found; `grids` in points, `scale` points a unit; `turned` lines of cells."""

    def __init__(
        self, pieces: Lines, found: Found, net: Net, grids: Sequence[Grid] = (), scale: float = 1.0, turned: Lines = ()
    ) -> None:
        self.pieces, self.found, self.net, self.scale, self.turned = list(pieces), found, net, scale, turned
        middles = [piece.box.scaled(scale).middle for piece in pieces]
        self.full = [it for it in grids if it.full and all(it.box.holds(*at) for at in middles if it.reach.holds(*at))]
        self.open = [grid for grid in grids if grid not in self.full]  # their lines go on beyond, and so does the text
        self.baseline = np.array([piece.run[0].baseline for piece in pieces])
        self.left = np.array([piece.box.left for piece in pieces])
        self.letters = np.array([len(piece.text) for piece in pieces], float)
        self.em = max(median(piece.em for piece in pieces), 1e-6)

    def blocks(self) -> list[LayoutBlock]:
        """All pieces as blocks in reading order."""
        groups = self._rewoven(self._groups())
        groups = self._with_values(self._listings_whole([groups[at] for at in self._order(groups)]))
        if {group.role for group in groups} <= ASIDE and len(self.found.x) == len(self.pieces):  # no text, no picture
            groups = [it if it.role in FURNITURE else replace(it, role="text") for it in groups]
        first = next((group for group in groups if group.role not in ASIDE), None)
        self.tabled = [at for group in groups if group.cells for at in group.pieces]
        sure = float(self._in_place(groups).mean())
        out = [replace(self._block(group, group is first), order=sure) for group in groups]
        return _levelled([item for block in out for part in _in_parts(block) for item in _by_item(part)])

    def _in_place(self, groups: Sequence[Group]) -> Floats:
        """Of each piece the probability that it is followed by what it is in this order, or by nothing.

        Within tables and listings what follows is known by their places; furniture stands in no order.
        """
        other = np.nan_to_num(self.found.links["successor"])
        read = [group for group in groups if group.role not in FURNITURE]
        for group, behind in zip(read, [*(it.pieces for it in read[1:]), []], strict=False):
            if group.cells or group.role == "code":
                other[np.ix_(group.pieces, [*group.pieces, *behind])] = 0
            else:
                other[group.pieces[:-1], group.pieces[1:]] = 0
                other[group.pieces[-1], behind] = 0
        other[[at for group in groups if group.role in FURNITURE for at in group.pieces]] = 0
        return 1 - other.sum(1)

    def _groups(self) -> list[Group]:
        groups, taken = list[Group](), set[int]()
        members = [part for mine in self.found.units() for part in self._by_grid(mine)]
        for table in self._tables(members):
            cells = self.cells(table)
            if any(cell.right for cell in cells):  # one column is no table
                groups.append(Group("table", [at for mine in table for at in mine.tolist()], tuple(cells)))
                taken.update(groups[-1].pieces)
        for mine in (mine[[at not in taken for at in mine.tolist()]] for mine in members):
            if len(mine):
                groups.append(Group(self._role(mine, lone=True), self._in_order(mine)))
        return groups

    def _by_grid(self, mine: Ints) -> list[Ints]:
        """Pieces of a block, those within each full grid by themselves: no block reaches over a table's frame."""
        middles = [self.pieces[at].box.scaled(self.scale).middle for at in mine.tolist()]
        held = [next((at for at, grid in enumerate(self.full) if grid.box.holds(*it)), -1) for it in middles]
        return [mine[np.array(held) == grid] for grid in dict.fromkeys(held)]

    def _with_values(self, groups: Sequence[Group]) -> list[Group]:
        """Groups in order, each value of a form as one field with the label that it is read behind and next to."""
        out: list[Group] = []
        for group in groups:
            last = out[-1] if out else group
            if group.role == "value" and last.role in ("label", "field") and self._next_to(last, group):
                out[-1] = Group("field", [*last.pieces, *group.pieces], label=last.label or len(last.pieces))
            else:
                out.append(group)
        return out

    def _next_to(self, label: Group, value: Group) -> bool:
        """Whether a value stands right of a label on its line, or close below it."""
        one, other = (self._area(group.pieces) for group in (label, value))
        left, top, right, bottom = one.intersection(other)
        if bottom - top > BESIDE * min(one.height, other.height):
            return other.left >= one.right - self.em
        return right > left and -self.em / 2 <= other.top - one.bottom < MOST_GAP_EM * self.em

    def _listed_em(self, group: Group) -> float:
        """The size of a group's type where it may be a listing, all in equally wide letters; else 0."""
        listed = group.role in LISTED and all(self.pieces[at].mono for at in group.pieces)
        return self.pieces[group.pieces[0]].em if listed else 0.0

    def _rewoven(self, groups: Sequence[Group]) -> list[Group]:
        """Join groups of monospaced type whose boxes overlap: one listing whose lines were dealt to several groups."""
        boxes, ems = [self._area(group.pieces) for group in groups], np.array([self._listed_em(it) for it in groups])
        gaps = gaps_to(boxes)
        woven = connected(len(groups), lambda at: (np.maximum(*gaps(at)) < 0) & (ems == ems[at]) & (ems > 0))
        if len(woven) == len(groups):
            return list(groups)
        pieces = [[at for one in run for at in groups[one].pieces] for run in woven]
        whole = [Group("code", found) for found in pieces]
        return self._rewoven([groups[run[0]] if len(run) == 1 else one for run, one in zip(woven, whole, strict=True)])

    def _listings_whole(self, groups: Sequence[Group]) -> list[Group]:
        """Join neighbours of monospaced type of one size, a few lines apart at most, into one block of code."""
        runs: list[tuple[float, list[Group]]] = []  # size of the letters of a listing, 0 of others
        for group in groups:
            em = self._listed_em(group)
            last = runs[-1][1][-1].pieces if runs and em and runs[-1][0] == em else []
            if last and 0 < self.baseline[group.pieces].min() - self.baseline[last].max() < MOST_PITCH_EM * em:
                runs[-1][1].append(group)
            else:
                runs.append((em, [group]))
        out: list[Group] = []
        for em, run in runs:
            whole = [at for group in run for at in group.pieces]
            several = em and np.ptp(self.baseline[whole]) > SAME_LINE_EM * em
            out += [Group("code", whole)] if several else run
        return out

    def _area(self, pieces: Ints | list[int]) -> Box:
        return Box.around(self.pieces[at].box for at in pieces)

    def _role(self, mine: Ints | list[int], lone: bool = False) -> str:
        """The role of most letters of a block; a `lone` one is no cell."""
        total = (self.found.roles[mine] * self.letters[mine, None]).sum(0)
        total[ROLE["cell"]] *= not lone
        if len(mine) > 1:
            total[ROLE["marker"]] = 0  # a mark is of what it stands before
        name = ROLES[int(total.argmax())]
        return "item" if name == "marker" else name

    def _tables(self, members: list[Ints]) -> list[list[Ints]]:
        """The blocks that are the cells of each table: at least two, and all that stands within its outline."""
        boxes = [self._area(mine) for mine in members]
        tables, taken = list[list[int]](), set[int]()
        for grid in sorted(self.full, key=lambda grid: -grid.box.area):  # a grid within a cell of another is its text
            inside = [at for at, box in enumerate(boxes) if grid.box.holds(*box.scaled(self.scale).middle)]
            nodes = [node for at in inside for node in members[at].tolist()]
            role, crossed = self._role(nodes) if nodes else "", len(grid.ys) > 2 and len(grid.xs) > 2
            is_table = role == "cell" or (crossed and role != "figure text")  # lines that cross, but for a chart's
            if is_table and len(inside) > 1 and not taken & {*inside}:
                tables.append(inside)
                taken.update(inside)
        cells = [at for at, mine in enumerate(members) if at not in taken and self._role(mine) == "cell"]
        found = [[cells[at] for at in group] for group in self._by_table([members[at] for at in cells])]
        taken.update(at for table in found for at in table)
        outlines = [Box.around(boxes[at] for at in table) for table in found]
        whole: list[tuple[Box, list[int]]] = []
        for outline, table in sorted(zip(outlines, found, strict=True), key=lambda pair: -pair[0].area):
            holder = next((other for box, other in whole if box.holds(*outline.middle)), None)
            if holder is not None:
                holder += table
                continue
            more = [at for at, box in enumerate(boxes) if at not in taken and outline.holds(*box.middle)]
            taken.update(more)
            whole.append((outline, [*table, *more]))
        return [[members[at] for at in table] for table in [*tables, *(table for _, table in whole)]]

    def _by_table(self, cells: list[Ints]) -> list[list[int]]:
        """Numbers of the cells of each table."""
        if not cells:
            return []
        order = np.concatenate(cells)
        first = np.cumsum([0, *(len(mine) for mine in cells)])[:-1]
        table = self.found.links["table"][np.ix_(order, order)]
        known = ~np.isnan(table)
        sums, sizes = (group_sums(part, first) for part in (np.where(known, table, 0), known.astype(float)))
        middles = [self._area(mine).scaled(self.scale).middle for mine in cells]
        inside = np.array([[grid.reach.holds(*at) for at in middles] for grid in self.open], bool)
        drawn = inside.reshape(-1, len(cells)).T @ inside.reshape(-1, len(cells))  # what stands between lines that meet
        number = clusters(np.where(sizes > 0, sums / np.maximum(sizes, 1), np.nan), None, drawn)
        groups = [np.flatnonzero(number == value).tolist() for value in range(int(number.max()) + 1)]
        return [group for group in groups if len(group) > 1]

    def cells(self, table: list[Ints]) -> list[Cell]:
        """A table's cells: what begins in one row and column; those that are drawn, where lines part them all."""
        nodes = np.concatenate(table)
        rows, columns = self.found.grid(nodes, self.net)
        place = self.found.place[nodes]
        row, column = spans(rows, place[:, 3]), spans(columns, (place[:, 0] + place[:, 2]) / 2)
        found: dict[tuple[int, int], Cell] = {}
        for at, (top, bottom), (left, right) in zip(nodes, row.tolist(), column.tolist(), strict=True):
            cell = found.setdefault((top, left), Cell(top, left, top, left))
            cell.pieces.append(self.pieces[at])
            cell.bottom, cell.right = max(cell.bottom, bottom), max(cell.right, right)
        made = [found[begin] for begin in sorted(found)]
        drawn = self._drawn(nodes)
        header = {id(self.pieces[at]): float(self.found.header[at]) for at in nodes}
        if drawn and _parts_rows(drawn, {id(piece): top for (top, _), cell in found.items() for piece in cell.pieces}):
            return _with_heads(_filled(drawn), header)
        return _under_heads(_with_heads(_filled(made), header))

    def _drawn(self, nodes: Ints) -> list[Cell]:
        """The cells of the smallest full grid that is drawn around pieces of text; none without one."""
        box = self._area(nodes).scaled(self.scale)
        around = [grid for grid in self.full if grid.box.grown(MEET).contains(box)]
        grid = min(around, key=lambda grid: grid.box.area, default=None)
        turned = [line for line in self.turned if grid and grid.box.holds(*line.box.scaled(self.scale).middle)]
        return cells_of(grid, [*(self.pieces[at] for at in nodes), *turned], self.scale) if grid else []

    def _block(self, group: Group, first: bool) -> LayoutBlock:
        """A group as a block; only the `first` of the page's text may go on with what the page before ends with."""
        goes_on = first and float(self.found.goes_on[group.pieces].max()) > GOES_ON
        if group.cells:
            lines: dict[int, list[TextLine]] = {}
            for cell in group.cells:
                lines.setdefault(cell.top, []).extend(sum(cell.rows, []))
            block = block_of("table", [Row(tuple(row)) for row in lines.values() if row])
            return replace(block, cells=group.cells, goes_on=goes_on)
        rows = self._rows(self._downward(group.pieces) if group.role == "code" else group.pieces)
        if is_formula([self.pieces[at] for at in group.pieces], group.role == "formula"):
            return block_of("equation", rows)
        if group.label:
            parts = group.pieces[: group.label], group.pieces[group.label :]
            label, value = (self._rows(self._downward(part)) for part in parts)
            return replace(block_of("field", [*label, *value]), goes_on=goes_on, label=len(label))
        kind = KINDS.get(group.role, "text")
        tables = self.found.links["caption"][np.ix_(group.pieces, self.tabled)]
        if kind == "image_caption" and tables.max(initial=0) > 0.5:
            kind = "table_caption"
        block = replace(block_of(kind, rows), goes_on=goes_on)
        if block.kind != "list":
            return block
        mark = _mark_of(rows[0])
        if DATE.match(block.text) or (goes_on and not mark):
            return replace(block, kind="text")
        level = max(1, int(np.bincount(self.found.levels[group.pieces]).argmax()))
        return replace(block, level=level, mark=mark, goes_on=False)

    def _in_order(self, mine: Ints) -> list[int]:
        """A block's pieces in order: by the chain of successors where it is whole, else from top to bottom."""
        after = path_cover(self.found.links["successor"][np.ix_(mine, mine)], np.zeros(len(mine)))
        found = chains(after)
        if len(found) == 1:
            return [int(mine[at]) for at in found[0]]
        return self._downward(mine.tolist())

    def _downward(self, pieces: Sequence[int]) -> list[int]:
        """Pieces from top to bottom, those of one baseline from left to right."""
        return sorted(pieces, key=lambda at: (self.baseline[at], self.left[at]))

    def _rows(self, pieces: Sequence[int]) -> list[Row]:
        """Pieces in order as rows: what stands on one line side by side, from left to right."""
        rows: list[list[int]] = []
        for at in pieces:
            if rows and abs(self.baseline[at] - self.baseline[rows[-1][-1]]) < SAME_LINE_EM * self.pieces[at].em:
                rows[-1] = sorted([*rows[-1], at], key=lambda at: float(self.left[at]))
            else:
                rows.append([at])
        return [Row(tuple(self.pieces[at] for at in row)) for row in rows]

    def _order(self, groups: Sequence[Group]) -> list[int]:
        """Blocks in order: chains of blocks by the flow between them, the longest first, each put where it stands."""
        count = len(groups)
        member = np.zeros((count, len(self.pieces)))
        for at, group in enumerate(groups):
            member[at, group.pieces] = 1
        leads = np.stack([self.found.links["successor"][group.pieces].max(0) for group in groups])
        flow: Floats = leads @ member.T
        np.fill_diagonal(flow, 0)
        boxes = [self._area(group.pieces) for group in groups]
        left, top, right, bottom = np.array(boxes).reshape(-1, 4).T
        shared, across = np.minimum.outer(right, right) - np.maximum.outer(left, left), (left + right) / 2
        flow[(shared > BESIDE * np.minimum.outer(right - left, right - left)) & (top[:, None] >= bottom)] = 0  # upwards
        order, heads, feet = list[int](), list[list[int]](), list[list[int]]()
        notes, begins = list[int](), dict[int, float]()  # block → where its chain begins
        middle = float(np.median(self.baseline)) if count else 0.0
        length = member @ self.letters
        for chain in sorted(chains(path_cover(flow, np.zeros(count))), key=lambda chain: -length[chain].sum()):
            roles, first = {groups[at].role for at in chain}, boxes[chain[0]]
            if roles <= FURNITURE:
                (heads if first.top < middle else feet).append(chain)
            elif roles == {"footnote"}:
                notes += chain
            else:
                likely = np.append(flow[chain[-1], order], 0)
                likely[1:] += flow[order, chain[0]]
                # A note may have its place within a chain that stands right of it; on the right of one is a column.
                beside = across[order[1:]] > across[chain[0]]
                likely[1:-1] *= beside | (flow[order[:-1], order[1:]] <= LEAST_CHOICE)
                place = place_of(first, [boxes[at] for at in order], likely, [begins[at] for at in order])
                order[place:place] = chain
                begins.update(dict.fromkeys(chain, first.top))
        ends = list[int]()  # notes at the foot of the page, but those of tables, whatever columns stand above them
        for note in sorted(notes, key=lambda at: boxes[at].top):
            mine = [at for at in order if boxes[at].left < boxes[note].right and boxes[note].left < boxes[at].right]
            last = max(mine, key=lambda at: boxes[at].bottom, default=note)
            at_foot = boxes[last].bottom < boxes[note].bottom and not groups[last].cells  # below a table it is of that
            placed = ends if at_foot else order
            placed.insert(place_of(boxes[note], [boxes[at] for at in placed]), note)
        order += ends
        head, foot = (sum(sorted(side, key=lambda chain: boxes[chain[0]].top), []) for side in (heads, feet))
        return [*head, *order, *foot]


def place_of(
    box: Sides, boxes: Sequence[Sides | None], likely: Floats | None = None, begins: Sequence[float] = ()
) -> int:
    """Where in an order of boxes another belongs: behind what is above it and, before what is below, what is left.

    `likely` says of each place, behind none of the boxes or more, whether the text leads there or on from there;
    `begins` at which height what each box belongs to begins: what begins below is not read before, left or not.
    """
    left, top, right, bottom = box
    low, high = 0, len(boxes)
    for at, other in enumerate(boxes):
        if other and min(right, other[2]) - max(left, other[0]) > BESIDE * min(right - left, other[2] - other[0]):
            if other[1] + other[3] < top + bottom:
                low, high = at + 1, len(boxes)
            else:
                high = min(high, at)
    if likely is not None and likely[low : high + 1].max() > LEAST_CHOICE:
        return low + int(likely[low : high + 1].argmax())
    lefts = (at + 1 for at in range(low, high) if (other := boxes[at]) and other[0] + other[2] < left + right)
    return max((at for at in lefts if not begins or begins[at - 1] < bottom), default=low)


def _filled(cells: Sequence[Cell]) -> list[Cell]:
    """Cells that reach as far as nothing else stands there, and an empty one for each place that none covers."""
    rows, columns = max(cell.bottom for cell in cells) + 1, max(cell.right for cell in cells) + 1
    free = np.ones((rows, columns), bool)
    for cell in cells:
        free[cell.top, cell.left] = False
    for cell in cells:
        right, bottom = cell.left, cell.top
        while right < cell.right and free[cell.top, right + 1]:
            right += 1
        free[cell.top, cell.left : right + 1] = False
        while bottom < cell.bottom and free[bottom + 1, cell.left : right + 1].all():
            bottom += 1
            free[bottom, cell.left : right + 1] = False
        cell.right, cell.bottom = right, bottom
    empty = [Cell(row, column, row, column) for row, column in np.argwhere(free).tolist()]
    return sorted([*cells, *empty], key=lambda cell: (cell.top, cell.left))


def _parts_rows(cells: Sequence[Cell], begins: dict[int, int]) -> bool:
    """Whether lines part all rows: `begins` is where pieces seem to begin without them, by their ids.

    They do not where in half of what they part rows seem to go on through all cells: a row whose like lines part has
    lists in its cells.
    """
    through = {cell.top: False for cell in cells if cell.pieces}
    for top in through:
        beside = [cell for cell in cells if cell.top <= top <= cell.bottom and cell.pieces]
        rows = [{begins[id(piece)] for piece in cell.pieces if id(piece) in begins} for cell in beside]
        through[top] = len(rows) > 1 and len(set.intersection(*rows)) > 1
    return 2 * sum(through.values()) < len(through)


def _with_heads(cells: Sequence[Cell], header: dict[int, float]) -> list[Cell]:
    """Mark the cells of the top rows as header, as long as most pieces of a row likely are; `header` by piece's id."""
    head = 0
    for number in range(max(cell.bottom for cell in cells)):
        found = [header.get(id(piece), 0.0) for cell in cells if cell.top == number for piece in cell.pieces]
        if not found or sum(found) < 0.5 * len(found):
            break
        head = number + 1
    return [replace(cell, header=cell.bottom < head) for cell in cells]


def _under_heads(cells: Sequence[Cell]) -> list[Cell]:
    """Cells with the heads of one row over the columns that have text, in order, where there are as many of both.

    A head set to the left over numbers set to the right seems to have a column of its own, and the numbers no head.
    Where a head that would move stands over text of its own column, all stay: another column is the one without a head.
    """
    heads, below = ([cell for cell in cells if cell.pieces and cell.header is head] for head in (True, False))
    columns = sorted({cell.left for cell in below}) if not any(cell.top for cell in heads) else []
    if len(heads) != len(columns):
        return list(cells)
    for head, column in zip(heads, columns, strict=True):
        own = [piece.box for cell in below if cell.left == head.left != column for piece in cell.pieces]
        if any(min(a.right, b.box.right) > max(a.left, b.box.left) for a in own for b in head.pieces):
            return list(cells)
    for cell in below:
        cell.left, cell.right = (max(0, sum(it <= at for it in columns) - 1) for at in (cell.left, cell.right))
    for number, head in enumerate(heads):
        head.left = head.right = number
    return _filled([*heads, *below])


def _in_parts(block: LayoutBlock) -> list[LayoutBlock]:
    """A block's parts in each column that it runs through, the later ones going on with the first; and its noise.

    Rows of which nothing is legible stand by themselves: in a block with words none would see that they are noise.
    """
    if block.cells or block.label or not block.rows:
        return [block]
    legible = [any(piece.legible for piece in row.pieces) for row in block.rows]
    parts = [[block.rows[0]]]
    for at, row in enumerate(block.rows[1:], 1):
        last = parts[-1][-1]
        beyond = row.box.bottom <= last.box.top and row.box.left >= last.box.right
        if beyond or legible[at] is not legible[at - 1]:
            parts.append([])
        parts[-1].append(row)
    kind = "text" if block.kind == "list" else block.kind
    first = replace(block, rows=tuple(parts[0]), box=block.box if len(parts) == 1 else block_of(kind, parts[0]).box)
    return [first, *(replace(block_of(kind, part), goes_on=True) for part in parts[1:])]


def _by_item(block: LayoutBlock) -> list[LayoutBlock]:
    """The items of a list's block: each mark of the first one's kind at the same place begins one."""
    if block.kind != "list" or not block.mark:
        return [block]
    items, (first, begin, near) = [[block.rows[0]]], _series(block)
    for row in block.rows[1:]:
        mark, left, _ = _series(replace(block, box=row.box, mark=_mark_of(row)))
        if mark == first and abs(left - begin) < near:
            items.append([])
        items[-1].append(row)
    return [replace(block, rows=(*own,), box=block_of("", own).box, mark=_mark_of(own[0])) for own in items]


def _mark_of(row: Row) -> str:
    """The bullet or number that a row begins with."""
    begin = row.pieces[0].text.split(" ")[0]
    return begin if BULLET_MARK.fullmatch(begin) or NUMBER_MARK.fullmatch(begin) else ""


def _levelled(blocks: Sequence[LayoutBlock]) -> list[LayoutBlock]:
    """Items of lists, series by series of one level, none left out; one by itself that has no mark is a paragraph."""
    out, last, given = list[LayoutBlock](), 0, dict[int, int]()
    plain = [False, *(block.kind == "list" and not block.mark for block in blocks), False]
    series = [*map(_series, blocks)]
    for at, (block, (mine, here, _)) in enumerate(zip(blocks, series, strict=True)):
        alone = plain[at + 1] and not (plain[at] or plain[at + 2])
        if block.kind == "list" and not alone:
            alike = [one for one, (of, left, near) in enumerate(series) if of == mine and abs(left - here) < near]
            last = given.get(alike[0], min(mode(sorted(blocks[one].level for one in alike)), last + 1))
            given = {first: level for first, level in given.items() if level < last} | {alike[0]: last}
        else:
            last, given = 0, {}
        out.append(replace(block, level=last, kind="text" if alone else block.kind))
    return out


def _series(block: LayoutBlock) -> tuple[object, float, float]:
    """What a series of items has in common: a bullet or kinds of sign, and where it begins, give or take; else None."""
    kinds = frozenset(letter_class("가" if letter in OUTLINE else letter) for letter in block.mark)
    mark = block.mark if BULLET_MARK.fullmatch(block.mark) else kinds
    return (mark, block.box.left, SAME_LINE_EM * block.rows[0].em) if block.kind == "list" else (None, 0.0, 0.0)
