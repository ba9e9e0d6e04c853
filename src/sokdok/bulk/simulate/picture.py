"""A plan as a picture: what more pages cost, what keeps a node busy, and how one run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sokdok.bulk.simulate.plan import Plan, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, GREY, RED = "#2b6cb0", "#718096", "#c53030"
POINTS = 200
"""of a curve over time"""


def draw_plan(plan: Plan) -> Any:
    """A matplotlib figure of three pictures side by side."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4.2), layout="constrained")
    cost, stages, course = figure.subplots(1, 3)
    _draw_cost(cost, plan)
    _draw_stages(stages, plan)
    _draw_course(course, plan.rows[-1])
    return figure


def _draw_cost(axes: Axes, plan: Plan) -> None:
    pages = [row.pages for row in plan.rows]
    axes.set(xscale="log", yscale="log", xlabel="pages", ylabel="node hours", title="What pages take")
    axes.plot(pages, [row.node_hours for row in plan.rows], "o-", color=BLUE)
    for row in plan.rows:
        label = f"{row.nodes:,} × {row.hours:.3g} h"
        if row.dollars:
            label += f"\n${row.dollars:,.0f}" if row.dollars >= 10 else f"\n${row.dollars:.2f}"
        axes.annotate(label, (row.pages, row.node_hours), (6, -12), textcoords="offset points", fontsize=7)
    axes.set_xlim(pages[0] / 3, pages[-1] * (pages[-1] / pages[0]) ** 0.4 * 3)  # room for the last label
    axes.margins(y=0.15)
    axes.grid(alpha=0.3)


def _draw_stages(axes: Axes, plan: Plan) -> None:
    rate = plan.rate
    shares = {"cores": rate.core_share, "API servers": rate.server_share, "reader": rate.reader_share}
    if not plan.inputs.node.api_servers:
        del shares["API servers"]
    colours = [RED if name == rate.bottleneck else GREY for name in shares]
    axes.barh(list(shares), [100 * share for share in shares.values()], color=colours)
    title = f"One node: {rate.pages_per_second:.3g} pages/s, limited by {rate.bottleneck}"
    axes.set(xlim=(0, 105), xlabel="busy, % of the time", title=title)
    axes.invert_yaxis()


def _draw_course(axes: Axes, row: Row) -> None:
    from matplotlib.ticker import EngFormatter

    begun, ended, pages = np.array(row.run.results).T
    times = np.linspace(0.0, row.run.seconds, POINTS)
    # A block's pages are read one after the other, between its beginning and its end.
    parts = np.clip((times[:, None] - begun) / np.maximum(ended - begun, 1e-9), 0.0, 1.0)
    axes.plot(times / 3_600, parts @ pages * row.pages / pages.sum(), color=BLUE)
    axes.axvline(row.run.seconds / 3_600, color=GREY, linestyle=":")
    axes.yaxis.set_major_formatter(EngFormatter())
    axes.set(
        xlabel="hours",
        ylabel="pages read",
        title=f"{row.pages:,} pages on {row.nodes:,} {'node' if row.nodes == 1 else 'nodes'}",
    )
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
