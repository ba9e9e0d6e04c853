"""TEDS: similarity of two tables as trees (PubTabNet, arXiv 1911.10683, section 4), with Zhang and Shasha's distance.

- TEDS = 1 - tree edit distance / nodes of the larger tree; nodes are table, tr and td, of which the table itself is not
  counted, as in the published code.
- Inserting or deleting a node costs 1; so does renaming one that differs in tag or spans; for two cells with the same
  spans it costs the edit distance of their texts over the longer length.
- On structure alone (`structure_only`) texts don't count.
- `thead`, `tbody` and `th` are no difference: see `html_tables`.
- A table tree is flat (table, rows, cells): Zhang and Shasha's O(n² · depth²) is 9 n², seconds for hundreds of cells.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from sokdok_lab.bench.metrics.html_tables import Table, html_tables


@dataclass
class Node:
    """A node of an ordered tree, with what renaming compares."""

    label: tuple[object, ...]
    text: str = ""
    children: list[Node] = field(default_factory=list)


def teds(truth: str, read: str, *, structure_only: bool = False) -> float:
    """Return the similarity, 0 to 1, of the first tables in two HTML texts; 0 if one has none, 1 if neither has."""
    target, found = html_tables(truth)[:1], html_tables(read)[:1]
    if not target or not found:
        return float(not target and not found)
    return similarity(*(tree_of(table[0], structure_only) for table in (target, found)))


def similarity(one: Node, other: Node) -> float:
    """Return 1 - tree edit distance / nodes of the larger tree, roots not counted; 1 for two roots alone."""
    larger = max(_count(one), _count(other)) - 1
    return 1 - tree_distance(one, other) / larger if larger else 1.0


def tree_of(table: Table, structure_only: bool = False) -> Node:
    """Return a table as a tree: table, rows, cells."""
    rows = [
        Node(("tr",), "", [Node(("td", cell.columns, cell.rows), "" if structure_only else cell.text) for cell in row])
        for row in table
    ]
    return Node(("table",), "", rows)


def tree_distance(one: Node, other: Node) -> float:
    """Return the cost of the cheapest edits that make one ordered tree of the other (Zhang and Shasha, 1989)."""
    (nodes_a, left_a), (nodes_b, left_b) = _postorder(one), _postorder(other)
    rename = _rename_costs(nodes_a, nodes_b).tolist()
    distance = [[0.0] * len(nodes_b) for _ in nodes_a]
    for i in _key_roots(left_a):
        for j in _key_roots(left_b):
            _forests(i, j, left_a, left_b, rename, distance)
    return distance[-1][-1]


def _forests(
    i: int, j: int, left_a: list[int], left_b: list[int], rename: list[list[float]], distance: list[list[float]]
) -> None:
    """Compute distances of all prefixes of two subtrees' forests; those of whole trees are written to `distance`."""
    first_a, first_b = left_a[i], left_b[j]
    above = [float(y) for y in range(j - first_b + 2)]
    table = [above]
    for a in range(first_a, i + 1):
        row = [above[0] + 1]
        whole_a, whole, costs = left_a[a] == first_a, distance[a], rename[a]
        before = table[left_a[a] - first_a]
        for y, b in enumerate(range(first_b, j + 1)):
            best = min(above[y + 1], row[y]) + 1
            if whole_a and left_b[b] == first_b:
                whole[b] = best = min(best, above[y] + costs[b])
            else:
                best = min(best, before[left_b[b] - first_b] + whole[b])
            row.append(best)
        table.append(row)
        above = row


def _postorder(root: Node) -> tuple[list[Node], list[int]]:
    """Return nodes, children before parents, and for each the index of its leftmost leaf."""
    nodes: list[Node] = []
    leftmost: list[int] = []

    def visit(node: Node) -> None:
        first = len(nodes)
        for child in node.children:
            visit(child)
        nodes.append(node)
        leftmost.append(first)

    visit(root)
    return nodes, leftmost


def _key_roots(leftmost: list[int]) -> list[int]:
    """Return the highest node of each leftmost leaf, in order."""
    return sorted({leaf: node for node, leaf in enumerate(leftmost)}.values())


def _rename_costs(one: list[Node], other: list[Node]) -> np.ndarray:
    """Return the cost of renaming each node to each other one, (N, M)."""
    texts = cdist(
        [node.text for node in one],
        [node.text for node in other],
        scorer=Levenshtein.normalized_distance,
        dtype=np.float64,
    )
    differ = np.array([[a.label != b.label for b in other] for a in one])
    return np.where(differ, 1.0, texts)


def _count(node: Node) -> int:
    return 1 + sum(map(_count, node.children))
