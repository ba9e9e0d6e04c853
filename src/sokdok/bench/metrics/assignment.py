"""The best one-to-one assignment of rows to columns: the Hungarian method with potentials, O(rows² · columns)."""

from __future__ import annotations

import numpy as np


def assign(similarity: np.ndarray) -> list[tuple[int, int]]:
    """Pairs (row, column) with the largest sum of `similarity` (R, C); min(R, C) pairs, ordered by row."""
    if similarity.size == 0:
        return []
    if similarity.shape[0] > similarity.shape[1]:
        return sorted((row, column) for column, row in assign(similarity.T))
    return sorted((row, column) for column, row in enumerate(_cheapest(-similarity.astype(float))) if row >= 0)


def _cheapest(cost: np.ndarray) -> np.ndarray:
    """The row of each column (-1: none) in the cheapest assignment; cost (R, C) with R <= C.

    Rows are added one by one along a shortest augmenting path, as in Dijkstra's method; the potentials keep all reduced
    costs non-negative. Column C stands for the row that is being added.
    """
    rows, columns = cost.shape
    row_potential, column_potential = np.zeros(rows), np.zeros(columns)
    owner = np.full(columns + 1, -1)
    for new in range(rows):
        owner[columns] = new
        column, distance, previous = columns, np.full(columns, np.inf), np.full(columns, columns)
        visited = np.zeros(columns, bool)
        while owner[column] >= 0:
            row = owner[column]
            if column < columns:
                visited[column] = True
            reduced = cost[row] - row_potential[row] - column_potential
            closer = ~visited & (reduced < distance)
            distance[closer], previous[closer] = reduced[closer], column
            nearest = int(np.where(visited, np.inf, distance).argmin())
            step = distance[nearest]
            row_potential[owner[np.append(visited, True)]] += step
            column_potential[visited] -= step
            distance[~visited] -= step
            column = nearest
        while column < columns:
            owner[column], column = owner[previous[column]], previous[column]
    return owner[:columns]
