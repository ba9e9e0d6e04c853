"""One HTML page that says what became of a corpus, from its results, the merge's accounts and the rows it dropped."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from sokdok.bulk.assemble import assemble
from sokdok.bulk.merge import find_manifest
from sokdok.bulk.passes import DAMAGED, Asked, Dropped, Filter
from sokdok.bulk.plan import Skipped, planned_units, read_skipped, read_units, require_plan, rows_of
from sokdok.bulk.quality.near import NEAR, SAME
from sokdok.bulk.quality.rules import WORDS
from sokdok.bulk.results import Tally, add_up, attempts, read_header, read_pages, reason_of
from sokdok.bulk.sinks import FOLDER
from sokdok.bulk.store import Store
from sokdok.errors import InputError, imported
from sokdok.files import shown_controls

EXAMPLES = 3  # documents, and files left out, shown for each reason
EXCERPT = 500  # characters shown of one
MOST_FAILED = 12  # failed pages shown
MOST_ROWS = 20  # languages and reasons shown
ROUTES = {
    "text-layer": "the file's own text layer",
    "mixed": "text layer and pixels",
    "reader": "pixels",
    "file": "office documents and texts",
}


def report_html(store: Store) -> str:
    """Write the report; every result's header is read once. Raises InputError, MissingExtraError without Jinja."""
    jinja2 = imported("jinja2", "bulk", "a report")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=lambda value: shown_controls(value) if type(value) is str else value,  # HTML can't hold the others
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(shown=_as_text, share=_share, most=lambda counts: Counter(counts).most_common(MOST_ROWS))
    environment.tests["figure"] = lambda cell: isinstance(cell, int | float) or str(cell).endswith("%")
    return str(environment.get_template("report.html.j2").render(gather(store)))


def gather(store: Store) -> dict[str, Any]:
    """All that the template shows. Raises InputError where nothing is planned."""
    plan = require_plan(store)
    # 1. What was read, by whom and when.
    tally, later, workers, deaths = Tally(), dict[str, int](), set[str](), 0
    begun, ended = array("d"), array("d")
    for unit, attempt in attempts(store, planned_units(store, plan)):
        if attempt > 1:
            later[unit] = attempt
        header = read_header(store, unit, attempt)
        add_up(tally, header.tally)
        begun.append(header.started)
        ended.append(header.started + header.seconds)
        workers.add(header.worker)
        deaths += header.deaths
    # 2. What was left out, and some of it.
    skipped, copies, left_out = Counter[str](), 0, defaultdict[str, list[Skipped]](list)
    for row in read_skipped(store):
        reason = reason_of(row.reason, row.path)
        skipped[reason] += 1
        copies += bool(row.same_as)
        if skipped[reason] <= EXAMPLES:
            left_out[reason].append(row)
    # 3. What the merge dropped, with the beginnings of some texts.
    manifest = find_manifest(store)
    names = store.names(f"{FOLDER}/dropped/") if manifest else ()
    dropped, failed = defaultdict[str, list[Dropped]](list), list[Dropped]()
    for each in (each for name in names for each in rows_of(store, name, Dropped, DAMAGED)):
        rows = failed if each.error else dropped[each.reason]
        if len(rows) < (MOST_FAILED if each.error else EXAMPLES):
            rows.append(each)
    documents = {row.document for rows in dropped.values() for row in rows}
    masking = Filter(Asked(mask=manifest.mask if manifest else ()))
    account = manifest.account if manifest else None
    by_rule = account.dropped if account else {}
    languages = account.quality.languages if account else {}
    duplicates = [("the same bytes as another file, not read", copies)]
    duplicates += [(WORDS[rule], by_rule.get(rule, 0)) for rule in (SAME, NEAR)]
    return {
        "address": store.address,
        "plan": plan,
        "tally": tally,
        "manifest": manifest,
        "account": account,
        "question": ", ".join(
            f"{name} {value}" for name, value in plan.question.items() if value not in (None, "auto")
        ),
        "throughput": _throughput(np.array(begun), np.array(ended), tally, len(workers), deaths),
        "routes": [
            (ROUTES[route], cost) for route, cost in sorted(tally.routes.items(), key=lambda one: -one[1].pages)
        ],
        "skipped": dict(skipped.most_common()),
        "left_out": [(row.path, row.reason) for reason, _ in skipped.most_common() for row in left_out[reason]],
        "failed": [(row.path, row.page, row.error) for row in failed],
        "languages": sorted(languages.items(), key=lambda one: -one[1].documents)[:MOST_ROWS] if any(languages) else [],
        "duplicates": duplicates if any(count for _, count in duplicates) else [],
        "dropped": dropped,
        "excerpts": _excerpts(store, documents, later, masking),
        "in_words": lambda rule: WORDS.get(rule, rule),
    }


def _excerpts(store: Store, documents: set[str], later: dict[str, int], masking: Filter) -> dict[str, str]:
    """The beginning of each document's text, of its first unit, masked as the merge masked it."""
    found: dict[str, str] = {}
    for unit in read_units(store) if documents else ():
        if len(found) == len(documents):
            break
        if unit.document in documents and unit.document not in found:
            try:
                document = assemble(unit, read_pages(store, (unit,), later))
                text = masking.clean(document, masking.tag(document))[0].text
            except InputError as error:
                text = f"({error})"
            found[unit.document] = text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"
    return found


def _throughput(begun: Any, ended: Any, tally: Tally, workers: int, deaths: int) -> str:
    """Pages a second over the time in which any unit was read, nights between two runs left out."""
    if not len(begun):
        return ""
    order = np.argsort(begun)
    reach = np.maximum.accumulate(ended[order])
    idle = np.maximum(begun[order][1:] - reach[:-1], 0.0)  # between a unit's beginning and the end of all before it
    busy = max(float(reach[-1] - begun.min() - idle.sum()), 1e-3)
    rate = f"{tally.pages / busy:,.2f} pages a second, {86_400 * tally.pages / busy:,.0f} a day, over {busy:,.0f} s"
    seconds = sum(cost.seconds for cost in tally.routes.values())
    text = f"{rate} of reading; workers: {workers:,}, {seconds:,.0f} s for the pages themselves"
    return text + (f"; deaths of workers at documents that could not be read: {deaths:,}." if deaths else ".")


def _as_text(value: object) -> object:
    """A number as people read it; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def _share(part: float, whole: float) -> str:
    """A part of a whole in percent."""
    return f"{part / whole:.1%}" if whole else "none"
