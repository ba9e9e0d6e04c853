"""Molecules that were read from figures, each owner's own: kept for as long as tasks are, to be found again."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from sokdok.server.engine.messages import FigureRead
from sokdok.server.tasks.key_value import Entry, KeyValueStore
from sokdok.server.tasks.spool import Spool


class Molecule(msgspec.Struct, frozen=True):
    """What a molecule is found by, and where its picture came from."""

    smiles: str
    shown_as: str  # what people call its picture
    confidence: float | None
    task: str = ""  # whose page it stands on; empty: it was sent alone
    figure: str = ""  # its id among those of the task


class Molecules:
    """At most `most` of each owner: the oldest go first."""

    def __init__(self, key_values: KeyValueStore, spool: Spool, most: int) -> None:
        self._key_values, self._spool, self._most = key_values, spool, most

    def keep(self, owner: str, read: FigureRead, row: bytes, shown_as: str, task: str = "", figure: str = "") -> None:
        """Keep what was read of a figure, if it is a molecule; the same picture read again replaces the first.

        row: the figure as its worker wrote it. Raises OSError where the disk is full.
        """
        result = read.result.get("result", {})
        if read.result.get("kind") != "molecule" or not result.get("valid"):
            return
        molecule = Molecule(result["smiles"], shown_as, result.get("confidence"), task, figure)
        id = sha256(b"\0".join((owner.encode(), task.encode(), read.picture))).hexdigest()[:32]
        if (before := self._key_values.find(id, owner, Molecule)) is not None:
            self._remove(before[0])
        with self._spool.new("") as path:
            path.write_bytes(row)
            self._key_values.add(owner, molecule, path.name, len(row), id)
        for kept, _ in self._key_values.of_owner(owner, Molecule, self._most, first=self._most):
            self._remove(kept)

    def of_owner(self, owner: str) -> list[tuple[Entry, Molecule]]:
        """Somebody's, newest first."""
        return self._key_values.of_owner(owner, Molecule, self._most)

    def figure(self, id: str, owner: str) -> tuple[Molecule, FigureRead] | None:
        """A molecule with all that was read of its figure; None if there is none, or it is somebody else's."""
        found = self._key_values.find(id, owner, Molecule)
        if found is None:
            return None
        row = (self._spool.folder / found[0].upload).read_bytes()
        return found[1], msgspec.json.decode(row, type=FigureRead)

    def _remove(self, kept: Entry) -> None:
        self._key_values.remove(kept.id)
        self._spool.remove(kept.upload)
