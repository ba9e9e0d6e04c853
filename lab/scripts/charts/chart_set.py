"""A set of drawn charts as `sokdok bench figures` takes it: `images`, and manifest.jsonl with the table of each."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sokdok_lab.synth.charts.data import ChartData


class ChartSet:
    """A folder of `count` charts."""

    def __init__(self, out: Path, count: int) -> None:
        self.images, self.count = out / "images", count
        self.images.mkdir(parents=True, exist_ok=True)
        self._rows: list[str] = []

    def add(self, number: int, shown: ChartData, name: str = "") -> None:
        """Add the table of the chart in `images`/NUMBER.png; name: what reports call it, its number if empty."""
        table = io.StringIO()
        csv.writer(table).writerows(shown.rows)
        row = {"id": name or f"{number:05}", "image": f"images/{number:05}.png", "truth": table.getvalue()}
        self._rows.append(json.dumps(row | {"kind": "chart_table_csv"}, ensure_ascii=False))

    def write(self) -> None:
        """Write manifest.jsonl."""
        (self.images.parent / "manifest.jsonl").write_text("\n".join(self._rows), encoding="utf-8")


@contextmanager
def asked_set(description: str | None, count: int) -> Iterator[ChartSet]:
    """The set that the command line asks for, of `count` charts by default; its manifest is written at the end."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=count)
    options = parser.parse_args()
    charts = ChartSet(options.out, options.count)
    yield charts
    charts.write()
    print(f"{options.count:,} charts in {options.out}")
