"""What decoding makes of pages that the structure network did not learn from, and what loses its tables and headings.

    python lab/scripts/structure_held_out.py PAGES [--most 260] [--graphs FOLDER]

PAGES are shards that `python -m sokdok_lab.structure.generate` made; held-out grammars, the held-out engine and pages
that our own recogniser read are decoded as the product does it, nothing known of the pages around. Printed are roles
of blocks (found, and right of those said), formulas that are whole, of tables how many grids are exact, and what is
wrong with each of the others; what goes on in the next column is one of its own there, as it is taught. And pages by
how much of their order is likely wrong, with how much is: of pieces outside tables, those behind which another is read
than the true one.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from sokdok.documents.accounting import MOST_ASTRAY
from sokdok.imaging.box import Box
from sokdok.layout.structure.blocks import Group, StructuredPage
from sokdok.layout.structure.network import FURNITURE, ROLES, Net, bundled
from sokdok.layout.structure.nodes import ACROSS, DOWN, TEXT, Array
from sokdok.layout.tables.grids import grids_of, has_text
from sokdok.layout.text_line import TextLine
from sokdok.model.nano.session import open_graph
from sokdok.pages.textlayer import Rule, Word
from sokdok_lab.structure.features import was_read
from sokdok_lab.structure.truth import part_tables
from sokdok_lab.training.tasks.structure import MEASURED, shards, whole

SAME = {"title": "heading", "marker": "item", "cell": "table", **dict.fromkeys(FURNITURE, "furniture")}
Pages = Iterator[tuple[dict[str, Array], StructuredPage]]


def main() -> None:
    """Decode pages of each kind, and print what became of their blocks and tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--most", type=int, default=260, help="pages of each kind")
    parser.add_argument(
        "--graphs", type=Path, help="of another network (`sokdok_lab.structure.weights`) than what ships"
    )
    options = parser.parse_args()
    names = ("structure", "structure_tables")
    net = Net(*(open_graph(options.graphs / f"{name}.onnx", 1).run for name in names)) if options.graphs else bundled()
    for which in MEASURED:
        roles: Counter[tuple[str, str]] = Counter()
        tables: Counter[str] = Counter()
        formulas: Counter[bool] = Counter()  # whether they are whole
        count, orders = 0, list[tuple[float, float]]()
        for page, decoded in structured(held_out(options.pages, which, options.most), net):
            groups = decoded._groups()
            _count_roles(roles, page, decoded, groups)
            _count_formulas(formulas, page, groups)
            _count_tables(tables, page, decoded, groups)
            orders.append(_disorder(page, decoded))
            count += 1
        print(f"{which}: {count} pages\n\n| role | blocks | found | right of those said |\n|---|---|---|---|")
        for name in sorted({true for true, _ in roles}):
            true, said = (sum(n for key, n in roles.items() if key[side] == name) for side in (0, 1))
            both = roles[name, name]
            print(f"| {name} | {true} | {both / true:.3f} | {both / max(1, said):.3f} |")
        print(f"\nformulas that are whole: {formulas[True]} of {formulas.total()}; tables:")
        print(", ".join(f"{what} {n}" for what, n in tables.most_common()), "\n")
        print("| order likely wrong | pages | it is | pages of which more than .1 is |\n|---|---|---|---|")
        for low, high in pairwise((0, 0.01, 0.03, MOST_ASTRAY, 0.1, 1.01)):
            true = [wrong for likely, wrong in orders if low <= likely < high]
            print(f"| {low} to {high} | {len(true)} | {np.mean(true or [0]):.3f} | {sum(it > 0.1 for it in true)} |")
        print()


def held_out(folder: Path, which: str, most: int) -> Iterator[dict[str, Array]]:
    """Pages of a kind that are not trained on, a few of each shard; what the pages around show is hidden."""
    paths = [path for path in shards(folder) if path.stem[-1].isdigit()]  # the others are the same, to be drawn oftener
    paths = [path for path in paths if any(MEASURED[which](path.name, grammar) for grammar in (3, 4))]
    for path in paths:
        pages = [page for page in whole(path) if MEASURED[which](path.name, int(page["facts"][1]))]
        for page in pages[: -(-most // len(paths))]:
            yield {**page, "repeats": np.zeros_like(page["repeats"])}


def structured(pages: Iterator[dict[str, Array]], net: Net) -> Pages:
    """Pages with what the network says of them; what their texts say is not known, only how long they are."""
    for page in pages:
        pieces = [_piece(page, at) for at in range(int((page["kind"] == TEXT).sum()))]
        drawn = zip(page["kind"].tolist(), page["box"].tolist(), strict=True)
        grids = grids_of([_rule(kind, box) for kind, box in drawn if kind in (ACROSS, DOWN)])
        grids = [grid for grid in grids if has_text(grid, pieces)]
        yield page, StructuredPage(pieces, net(page, was_read(page)), net, grids)


def _piece(page: dict[str, Array], at: int) -> TextLine:
    box, em, mono = Box(*page["box"][at].tolist()), float(page["em"][at]), bool(page["look"][at][2] > 0.5)
    word = Word("x" * max(1, int(page["size"][at, 0])), box, em, float(page["baseline"][at]), mono=mono)
    return TextLine(box, word.text, em=em, words=(word,))


def _rule(kind: int, box: Sequence[float]) -> Rule:
    left, top, right, bottom = box
    return Rule(True, top, left, right, 0.5) if kind == ACROSS else Rule(False, left, top, bottom, 0.5)


def _count_roles(
    counts: Counter[tuple[str, str]], page: dict[str, Array], decoded: StructuredPage, groups: Sequence[Group]
) -> None:
    """Count pairs of the true role of most letters of a block and of what is said."""
    unit, role = page["unit"].astype(int), page["role"].astype(int)
    for group in groups:
        letters: Counter[str] = Counter()
        for at in group.pieces:
            if unit[at] >= 0 and role[at] >= 0:
                letters[SAME.get(ROLES[role[at]], ROLES[role[at]])] += int(decoded.letters[at])
        if letters:
            counts[letters.most_common(1)[0][0], SAME.get(group.role, group.role)] += 1


def _disorder(page: dict[str, Array], decoded: StructuredPage) -> tuple[float, float]:
    """Share of a page's pieces that another likely stands behind than should, and of those behind which one does."""
    groups = decoded._rewoven(decoded._groups())
    groups = decoded._with_values(decoded._listings_whole([groups[at] for at in decoded._order(groups)]))
    likely = 1 - decoded._in_place(groups)
    read = [at for group in groups if group.role not in FURNITURE for at in group.pieces]
    after = dict(zip(read, [*read[1:], -1], strict=True))
    true = page["successor"].astype(int)
    wrong = [true[at] >= 0 and true[at] != after[at] for at in read if page["table"][at] < 0]
    return float(likely.mean()), float(np.mean(wrong or [0]))


def _count_formulas(counts: Counter[bool], page: dict[str, Array], groups: Sequence[Group]) -> None:
    unit = page["unit"].astype(int)
    said = {frozenset(group.pieces) for group in groups if group.role == "formula"}
    for value in np.unique(unit[(page["role"] == ROLES.index("formula")) & (unit >= 0)]).tolist():
        counts[frozenset(np.flatnonzero(unit == value).tolist()) in said] += 1


def _count_tables(
    counts: Counter[str], page: dict[str, Array], decoded: StructuredPage, groups: Sequence[Group]
) -> None:
    """Count tables by what is the first wrong thing about them."""
    table, place = part_tables(page)
    known = page["unit"] >= 0
    owner = {at: group for group in groups for at in group.pieces}
    for value in np.unique(table[(table >= 0) & known]).tolist():
        mine = np.flatnonzero((table == value) & known).tolist()
        owners = {id(owner[at]): owner[at] for at in mine}
        group = owners.popitem()[1]
        extra = [at for at in group.pieces if table[at] != value and known[at]]
        if owners:
            counts["in parts"] += 1
        elif not group.cells:
            counts["no table"] += 1
        elif extra:
            counts[f"with a {ROLES[int(page['role'][extra[0]])]} of others"] += 1
        else:
            counts[_fault(place[mine].astype(int), [decoded.pieces[at] for at in mine], group)] += 1


def _fault(want: np.ndarray, pieces: Sequence[TextLine], group: Group) -> str:
    """What is wrong with a table's grid: `want` is pieces × (first and last row, first and last column)."""
    places = {
        id(piece): (cell.top, cell.bottom, cell.left, cell.right) for cell in group.cells for piece in cell.pieces
    }
    said = np.array([places[id(piece)] for piece in pieces])
    wrong = [what for what, column in (("rows", 0), ("columns", 2)) if (said[:, column] != want[:, column]).any()]
    if wrong:
        return " and ".join(wrong)
    return "exact" if (said == want).all() else "reaches too far" if (said > want).any() else "reaches too short"


if __name__ == "__main__":
    main()
