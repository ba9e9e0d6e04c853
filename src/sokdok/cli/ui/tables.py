"""What tables in print have in common: where they are printed, and how numbers are shortened."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_PIPE_WIDTH = 160


def console(least_width: int = 0) -> Console:
    """Standard output; in a pipe as wide as need be, on a narrow terminal `least_width`: cut no number off."""
    from rich.console import Console

    out = Console(highlight=False)
    out.width = max(out.width, least_width) if out.is_terminal else _PIPE_WIDTH
    return out


def table(out: Console, first: str, *columns: str) -> Table:
    """Ruled on a terminal, bare columns in a pipe."""
    from rich import box
    from rich.table import Table

    ruled = out.is_terminal
    made = Table(box=box.SIMPLE_HEAD if ruled else None, pad_edge=False, collapse_padding=True, padding=(0, 1))
    made.add_column(first, no_wrap=True)
    for column in columns:
        made.add_column(column, justify="right", no_wrap=True)
    return made


def short(factor: float) -> str:
    """0.14, 1.7, 30.3, 921."""
    return f"{factor:.2g}" if factor < 10 else f"{factor:,.1f}" if factor < 100 else f"{factor:,.0f}"


def si(value: int) -> str:
    """785,735,680,000 → 785.7 G."""
    for factor, unit in ((10**18, "E"), (10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M")):
        if value >= factor:
            return f"{value / factor:,.1f} {unit}"
    return f"{value:,}"
