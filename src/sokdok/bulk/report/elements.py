"""Pieces of the report's page: tiles, tables with bars, keys of colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sokdok.files.markup import NONE, Markup, fill, joined


def tile(number: str, what: str, *, bad: bool = False) -> Markup:
    """A number to see at once."""
    return fill(
        '<div class="tile{bad}"><b>{number}</b><span>{what}</span></div>',
        bad=" bad" if bad else "",
        number=number,
        what=what,
    )


def section(title: str, *parts: Markup) -> Markup:
    """A heading and what stands below it; nothing where nothing does."""
    body = joined((part for part in parts if part), "\n")
    return fill("<section><h2>{title}</h2>\n{body}</section>", title=title, body=body) if body else NONE


def paragraph(text: str, kind: str = "") -> Markup:
    """A paragraph of text."""
    return fill('<p class="{kind}">{text}</p>', kind=kind, text=text)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "", total: bool = False) -> Markup:
    """A table: numbers to the right, markup as it is; nothing without rows. `total`: the last row sums up."""
    rows = list(rows)
    if not rows:
        return NONE
    numeric = [all(_is_number(row[at]) for row in rows) for at in range(len(heads))]
    head = joined(_cell("th", name, number) for name, number in zip(heads, numeric, strict=True))
    body = joined(
        fill(
            "<tr{kind}>{cells}</tr>\n",
            kind=Markup(' class="total"') if total and row is rows[-1] else NONE,
            cells=joined(_cell("td", value, number) for value, number in zip(row, numeric, strict=True)),
        )
        for row in rows
    )
    said = fill("<caption>{caption}</caption>", caption=caption) if caption else NONE
    return fill(
        '<div class="wide"><table>{said}<thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>',
        said=said,
        head=head,
        body=body,
    )


def key(names: Sequence[str], colours: Sequence[int] = range(100)) -> Markup:
    """What the colours of parts beside each other mean."""
    items = (
        fill('<span><i class="part{colour}"></i>{name}</span>', colour=colour, name=name)
        for colour, name in zip(colours, names, strict=False)
    )
    return fill('<div class="key">{items}</div>', items=joined(items))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and value.endswith("%"))


def _cell(tag: str, value: object, number: bool) -> Markup:
    kind = "number" if number else "picture" if isinstance(value, Markup) and value.startswith("<svg") else ""
    if isinstance(value, bool | str | Markup):
        shown: object = value
    elif isinstance(value, int):
        shown = f"{value:,}"
    else:
        shown = f"{value:,.4g}" if isinstance(value, float) else value
    return fill(f'<{tag} class="{{kind}}">{{shown}}</{tag}>', kind=kind, shown=shown)
