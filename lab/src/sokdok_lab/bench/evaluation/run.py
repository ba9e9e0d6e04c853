"""Run several systems over several sets, and print the table: values, goals, what was absent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sokdok_lab.bench.evaluation.evaluate import MISSING, Case, EvalSet, Row, System, evaluate, rows_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

MARKS = {True: "✓", False: "✗", None: " "}  # Marks of values that reach their goal, that don't, and that have none.


@dataclass
class Run:
    """A run: its systems, the first of which goals are about, and what was measured so far."""

    systems: Sequence[System]
    note: Callable[[str], None] = lambda text: None
    rows: list[Row] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)  # A line for each thing that was not measured, and why.
    caveats: dict[str, str] = field(default_factory=dict)  # Caveats by set.

    def take(self, evalset: EvalSet, cases: Sequence[Case], advance: Callable[[int], None]) -> None:
        """Measure all systems on a set."""
        if evalset.caveat:
            self.caveats[evalset.name] = evalset.caveat
        for system in self._made_for(evalset):
            reason = system.absent(evalset)
            if reason:
                self.leave_out(f"{evalset.name}: {system.name}: {reason}")
                continue
            for mode in system.modes(evalset):
                self._measure(system, evalset, cases, mode, advance)

    def leave_out(self, line: str) -> None:
        """Remember what was not measured."""
        self.absent.append(line)

    def readings(self, evalset: EvalSet, cases: Sequence[Case]) -> int:
        """Return how many pictures will be read."""
        able = [system for system in self._made_for(evalset) if not system.absent(evalset)]
        return len(cases) * sum(len(system.modes(evalset)) for system in able)

    def _made_for(self, evalset: EvalSet) -> list[System]:
        return [system for system in self.systems if evalset.kind in system.kinds]

    def _measure(
        self, system: System, evalset: EvalSet, cases: Sequence[Case], mode: str | None, advance: Callable[[int], None]
    ) -> None:
        """Measure one system in one mode; leave it out if it can't do the set at all."""
        try:
            outcomes = evaluate(system, evalset, cases, mode, self.note, advance)
        except MISSING as error:
            self.leave_out(f"{evalset.name}: {system.name}: {error}")
            return
        if outcomes and all(outcome.error for outcome in outcomes):
            self.leave_out(f"{evalset.name}: {system.name}: every case failed, the first with: {outcomes[0].error}")
            return
        rows = rows_of(evalset, system, mode, outcomes)
        self.rows += rows
        for row in rows[:1]:
            self.note(f"{evalset.name}: {system.name}: {row.metric} {row.value:.3f} ({row.n} in {row.seconds:.0f} s)")


def print_run(run: Run, console: Console) -> None:
    """Print the table, then what must be known to read it."""
    if run.rows:
        console.print(_table(run.rows))
    for name, caveat in run.caveats.items():
        console.print(f"{name}: {caveat}", markup=False, soft_wrap=True)
    for line in run.absent:
        console.print(f"not measured: {line}", markup=False, soft_wrap=True)


def _table(rows: Sequence[Row]) -> Table:
    """Make a table with a line for each metric of a set and a column for each reader."""
    from rich import box
    from rich.table import Table

    readers = list(dict.fromkeys(row.reader for row in rows))
    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("set", "metric"):
        table.add_column(name, no_wrap=True)
    for name in ("n", "goal", *readers):
        table.add_column(name, justify="right", no_wrap=True)
    for name in dict.fromkeys(row.set for row in rows):
        part = [row for row in rows if row.set == name]
        for index, metric in enumerate(dict.fromkeys(row.metric for row in part)):
            line = {row.reader: row for row in part if row.metric == metric}
            table.add_row("" if index else name, metric, *_cells(line, readers))
        table.add_section()
    return table


def _cells(line: dict[str, Row], readers: Sequence[str]) -> list[str]:
    first = next(iter(line.values()))
    goal = "" if first.goal is None else f"{first.goal:.3g}"
    return [str(first.n), goal, *(_value(line[reader]) if reader in line else "" for reader in readers)]


def _value(row: Row) -> str:
    return f"{row.value:.3f} {MARKS[row.met]}"
