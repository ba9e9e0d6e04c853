"""A report as one HTML file: nothing is fetched, nothing runs, whatever documents say is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sokdok.bulk.merge.merge import Manifest
from sokdok.bulk.quality.near.find import NEAR, SAME
from sokdok.bulk.report.chart import bar, busy_course, curve, stack
from sokdok.bulk.report.elements import key, paragraph, section, table, tile
from sokdok.bulk.report.facts import Example, Facts
from sokdok.bulk.report.rules import in_words
from sokdok.bulk.results import most_common
from sokdok.files.markup import NONE, Markup, fill, joined

MOST_REASONS = 20
LOW_SHARE = 0.8
"""below which a rule's bar has another colour: look at it"""
ROUTES = {
    "text-layer": "the file's own text layer",
    "mixed": "text layer and pixels",
    "reader": "pixels",
    "file": "office documents and texts",
}


def report_html(facts: Facts) -> str:
    """Write the report."""
    page, style = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("page.html", "style.css"))
    body = joined((part for part in _body(facts) if part), "\n")
    return fill(page, title=f"{facts.address}: corpus report", style=Markup(style), body=body)


def _body(facts: Facts) -> Iterator[Markup]:
    yield _head(facts)
    yield _accounts(facts)
    yield _throughput(facts)
    yield _routes(facts)
    yield section(
        "Pages that failed",
        _reasons(facts.tally.reasons, "pages", facts.plan.pages),
        table(
            ("document", "page", "why"), [(row.path, row.page, row.error) for row in facts.failed], "The first of them"
        ),
    )
    yield section(
        "Files left out",
        _reasons(dict(facts.skipped), "files", facts.plan.documents + facts.plan.skipped),
        table(("file", "why"), [(row.path, row.reason) for row in facts.left_out], "The first of each reason"),
    )
    if facts.manifest is not None:
        yield _languages(facts.manifest)
        yield _rules(facts.manifest)
        yield _duplicates(facts, facts.manifest)
        yield _personal(facts.manifest)
        yield _dropped(facts.dropped)
        yield _outputs(facts.manifest)


def _head(facts: Facts) -> Markup:
    plan, tally, manifest = facts.plan, facts.tally, facts.manifest
    question = ", ".join(f"{name} {value}" for name, value in plan.question.items() if value not in (None, "", "auto"))
    tiles = [
        tile(f"{plan.documents:,}", "documents"),
        tile(f"{tally.pages:,}", f"of {plan.pages:,} pages read"),
        tile(f"{tally.failed:,}", "pages failed", bad=bool(tally.failed)),
    ]
    if manifest is not None:
        account = manifest.account
        tiles += [
            tile(f"{account.kept:,}", f"documents kept ({_share(account.kept, account.documents)})"),
            tile(f"{account.kept_pages:,}", "pages kept"),
            tile(f"{account.tokens:,}", "text tokens kept"),
        ]
    return fill(
        '<h1>{address}</h1>\n<p class="faint">from {sources}<br>{question}</p>\n<div class="tiles">{tiles}</div>',
        address=facts.address,
        sources=", ".join(plan.sources),
        question=question,
        tiles=joined(tiles),
    )


def _accounts(facts: Facts) -> Markup:
    plan, tally, manifest = facts.plan, facts.tally, facts.manifest
    rows: list[tuple[str, int, str]] = [
        ("files found", plan.documents + plan.skipped, f"{plan.documents:,} documents + {plan.skipped:,} left out"),
        (
            "pages planned",
            plan.pages,
            f"{tally.done:,} done ({tally.partial:,} not whole) + {tally.failed:,} failed"
            + (f" + {plan.pages - tally.pages:,} not read yet" if plan.pages > tally.pages else ""),
        ),
    ]
    if manifest is not None:
        account = manifest.account
        dropped = sum(account.dropped.values())
        rows.append(("documents merged", account.documents, f"{account.kept:,} kept + {dropped:,} dropped"))
        rows.append(("pages merged", account.pages, f"{account.done:,} done + {account.failed:,} failed"))
    names, colours = ("pages done", "failed", "not read"), (0, 4, 5)
    counts = (tally.done, tally.failed, max(plan.pages - tally.pages, 0))
    picture = stack(list(zip(names, counts, strict=True)), colours)
    return section("Accounts", picture, key(names, colours), table(("", "all", "of them"), rows))


def _throughput(facts: Facts) -> Markup:
    course = facts.course
    points, busy, pauses = busy_course(course)
    if not points:
        return NONE
    worker_seconds = sum(cost.seconds for cost in facts.tally.routes.values())
    unit, length = next((unit for unit in (("hours", 3600), ("minutes", 60)) if busy >= 2 * unit[1]), ("seconds", 1))
    said = (
        f"{facts.tally.pages / busy:,.2f} pages a second over {busy / length:,.3g} {unit} of reading, which is "
        f"{86_400 * facts.tally.pages / busy:,.0f} pages a day; {_count(len(course.workers), 'worker')} took "
        f"{worker_seconds:,.0f} s for the pages themselves."
    )
    more = []
    if pauses:
        more.append(f"Reading was interrupted {_count(pauses, 'time')}; what lay between does not count.")
    if course.deaths:
        more.append(f"Workers died {_count(course.deaths, 'time')} at documents that could not be read.")
    picture = curve([(time / length, pages) for time, pages in points], unit, "pages read")
    return section("Throughput", paragraph(said), picture, paragraph(" ".join(more), "faint") if more else NONE)


def _routes(facts: Facts) -> Markup:
    routes = sorted(facts.tally.routes.items(), key=lambda item: -item[1].pages)
    if not routes:
        return NONE
    total = sum(cost.pages for _, cost in routes)
    rows = [
        (
            ROUTES.get(route, route),
            cost.pages,
            _share(cost.pages, total),
            round(cost.seconds, 1),
            round(cost.seconds / max(cost.pages, 1), 4),
            cost.vision_tokens,
            cost.text_tokens,
        )
        for route, cost in routes
    ]
    heads = ("route", "pages", "share", "worker seconds", "seconds a page", "vision tokens", "text tokens")
    names = [ROUTES.get(route, route) for route, _ in routes]
    pages = stack([(name, cost.pages) for name, (_, cost) in zip(names, routes, strict=True)])
    times = stack([(name, cost.seconds) for name, (_, cost) in zip(names, routes, strict=True)])
    return section(
        "Where the words come from, and what they cost",
        paragraph("pages", "faint"),
        pages,
        paragraph("worker seconds", "faint"),
        times,
        key(names),
        table(heads, rows),
    )


def _reasons(reasons: dict[str, int], what: str, total: int) -> Markup:
    rows = [(reason, count, _share(count, total)) for reason, count in most_common(reasons, MOST_REASONS)]
    more = len(reasons) - len(rows)
    said = paragraph(f"and {more:,} more reasons", "faint") if more > 0 else NONE
    return joined((table(("why", what, "share"), rows), said))


def _languages(manifest: Manifest) -> Markup:
    found = sorted(manifest.account.quality.languages.items(), key=lambda item: -item[1].documents)
    total = sum(language.documents for _, language in found)
    if not [name for name, _ in found if name]:
        return NONE
    rows = [
        (
            name or "not told",
            bar(language.documents / total),
            language.documents,
            language.kept,
            _share(language.kept, language.documents),
        )
        for name, language in found[:MOST_REASONS]
    ]
    return section("Languages", table(("language", "documents", "", "kept", "share kept"), _swapped(rows)))


def _swapped(rows: list[tuple[str, Markup, int, int, str]]) -> list[tuple[object, ...]]:
    return [(name, count, picture, kept, share) for name, picture, count, kept, share in rows]


def _rules(manifest: Manifest) -> Markup:
    rules = manifest.account.quality.rules
    rows = [
        (
            fill("{words}<br><code>{name}</code>", words=in_words(name), name=name),
            rule.measured,
            bar(rule.kept_share, "low" if rule.kept_share < LOW_SHARE else ""),
            f"{rule.kept_share:.1%}",
            rule.beyond,
            rule.tagged,
            rule.dropped,
        )
        for name, rule in rules.items()
    ]
    said = (
        "What each rule would keep by itself of the documents that it is for. The first rule that drops a document is "
        "its reason. Rules on lines were made for web pages; on PDFs and pictures they only tag."
    )
    heads = ("rule", "documents", "within", "", "beyond", "only tagged", "first to drop")
    return section("Rules", paragraph(said, "faint"), table(heads, rows)) if rows else NONE


def _duplicates(facts: Facts, manifest: Manifest) -> Markup:
    dropped = manifest.account.dropped
    rows = [
        ("the same bytes or content as another file, not read", facts.copies),
        (in_words(SAME), dropped.get(SAME, 0)),
        (in_words(NEAR), dropped.get(NEAR, 0)),
    ]
    return (
        section("Duplicates", table(("documents with", "left out"), rows)) if any(count for _, count in rows) else NONE
    )


def _personal(manifest: Manifest) -> Markup:
    masked = set(manifest.mask)
    rows = [
        (kind, count.documents, count.places, "masked" if kind in masked else "left as it is")
        for kind, count in manifest.account.quality.personal.items()
    ]
    return section("Personal data in documents that are kept", table(("kind", "documents", "places", ""), rows))


def _dropped(dropped: dict[str, list[Example]]) -> Markup:
    parts = []
    for reason, examples in dropped.items():
        parts.append(fill("<h3>{words} <code>{reason}</code></h3>", words=in_words(reason), reason=reason))
        parts += map(_example, examples)
    return section("Documents that were dropped: examples", *parts)


def _example(example: Example) -> Markup:
    row = example.row
    said = _count(row.pages, "page")
    if row.value is not None and row.limit is not None:
        said += f"; {row.value:,.4g}, the limit is {row.limit:,.4g}"
    if row.same_as:
        said += f"; like {row.same_as}"
    return fill(
        '<p><b>{path}</b> <span class="faint">{said}</span></p>{excerpt}',
        path=row.path,
        said=said,
        excerpt=fill('<pre dir="auto">{text}</pre>', text=example.excerpt) if example.excerpt else NONE,
    )


def _outputs(manifest: Manifest) -> Markup:
    rows = []
    for name, sink in manifest.sinks.items():
        left_out = "; ".join(f"{count:,} {why}" for why, count in sink.left_out.items())
        rows.append((name, sink.rows, len(sink.files), round(sink.bytes / 1e6, 2), left_out))
    return section("Outputs", table(("form", "rows", "files", "MB", "pages left out"), rows))


def _count(number: int, what: str) -> str:
    return f"{number:,} {what if number == 1 else f'{what}s'}"


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "none"
