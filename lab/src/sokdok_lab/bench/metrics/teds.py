"""TEDS: similarity of two tables as trees (PubTabNet, arXiv 1911.10683, section 4), by the published code's library.

- TEDS = 1 - tree edit distance / nodes of the larger tree; nodes are table, tr and td, of which the table itself is not
  counted, as in the published code.
- Inserting or deleting a node costs 1; so does renaming one that differs in tag or spans; for two cells with the same
  spans it costs the edit distance of their texts over the longer length.
- On structure alone (`structure_only`) texts don't count.
- `thead`, `tbody` and `th` are no difference: see `html_tables`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from apted import APTED, Config
from rapidfuzz.distance import Levenshtein

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
    return 1 - APTED(one, other, _Edits()).compute_edit_distance() / larger if larger else 1.0


def tree_of(table: Table, structure_only: bool = False) -> Node:
    """Return a table as a tree: table, rows, cells."""
    rows = [
        Node(("tr",), "", [Node(("td", cell.columns, cell.rows), "" if structure_only else cell.text) for cell in row])
        for row in table
    ]
    return Node(("table",), "", rows)


class _Edits(Config):  # type: ignore[misc]
    def rename(self, node1: Node, node2: Node) -> float:
        alike = node1.label == node2.label
        return Levenshtein.normalized_distance(node1.text, node2.text) if alike else 1.0


def _count(node: Node) -> int:
    return 1 + sum(map(_count, node.children))
