"""A plan's inputs and findings in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sokdok.bulk.simulate.inputs import Inputs, described
from sokdok.bulk.simulate.plan import Plan

_NOT_MODELLED = (
    "not in it: the store's and network's speed, nodes that nobody has for hire, prices that change, the merge; "
    "± is of the simulation with these inputs, in 95 of 100 runs, and says nothing of how right the inputs are"
)


def describe_node(plan: Plan) -> Iterator[str]:
    """What one node does, and what the figures leave out."""
    rate, node = plan.rate, plan.inputs.node
    busy = [f"cores {rate.core_share:.0%}", f"reader {rate.reader_share:.0%}"]
    if node.api_servers:
        busy.insert(1, f"API servers {rate.server_share:.0%}")
    yield (
        f"one node ({node.name}): {rate.pages_per_second:.3g} pages/s ± {rate.error:.1%}, "
        f"{rate.tokens_per_second:,.0f} tokens/s, {rate.at_once:.3g} pages at once; limited by its {rate.bottleneck} "
        f"(busy: {', '.join(busy)})"
    )
    yield _NOT_MODELLED


def assumptions(inputs: Inputs) -> Iterator[tuple[str, str, str]]:
    """Every input: its name, its value, and what it is."""
    for part in (inputs.corpus, inputs.node, inputs.run):
        for name, value, meaning in described(part):
            if name != "document_pages" or value:
                yield name, _shown(name, value), meaning


def _shown(name: str, value: Any) -> str:
    if name == "document_pages":
        return f"of {len(value):,} documents, {min(value):,} to {max(value):,}"
    if name == "curve":
        return ", ".join(f"{count:,}: {speed:,.0f}" for count, speed in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
