"""Kinds of documents, each a function from a maker of parts to blocks in the order of reading."""

from __future__ import annotations

import random
from collections.abc import Callable

from sokdok_lab.structure.grammar import grammar
from sokdok_lab.structure.parts import Maker, counter
from sokdok_lab.structure.texts import Words
from sokdok_lab.structure.tree import Block, Cell, Document

Family = Callable[[Maker], list[Block]]


def _title(make: Maker) -> list[Block]:
    blocks = [Block("title", make.words.phrase(make.rng, make.rng.randint(2, 11)))]
    if make.chance(0.4):
        blocks.append(
            Block("text", make.words.phrase(make.rng, 6), look={"align": make.grammar.title_align, "span": 1})
        )
    return blocks


def _something(make: Maker) -> list[Block]:
    """One part of the body of a report."""
    kind = make.rng.choices(
        ["text", "list", "table", "figure", "code", "formula", "box", "pairs", "plain table"],
        [40, 16, 14, 8, 4, 5, 4, 3, 6],
    )[0]
    if kind == "list":
        return [make.text(40, 200), make.lists()] if make.chance(0.5) else [make.lists()]
    if kind == "table":
        return make.captioned("table", make.table())
    if kind == "plain table":
        return [make.table()]
    if kind == "figure":
        return make.captioned("figure", make.figure()) if make.chance(0.85) else [make.figure()]
    if kind == "formula":
        return [make.text(40, 250), make.formula(), make.text(40, 300)]
    if kind == "box":
        inside = make.texts(1, 2) if make.chance(0.6) else [make.text(40, 200), make.lists(short=True)]
        return [
            make.box([Block("heading", make.words.phrase(make.rng, 4), 4), *inside] if make.chance(0.5) else inside)
        ]
    if kind == "pairs":
        return [make.labelled(make.rng.randint(2, 8))]
    return [make.code()] if kind == "code" else make.texts(1, 3)


def _sections(make: Maker, parts: int, deepest: int = 3) -> list[Block]:
    blocks, level = [], 1
    for _ in range(parts):
        blocks.append(make.heading(level))
        for _ in range(make.rng.randint(1, 3)):
            blocks += _something(make)
        level = make.rng.randint(1, min(deepest, level + 1))
    return blocks


def report(make: Maker) -> list[Block]:
    """Headings, paragraphs and everything else, in as many columns as the grammar has."""
    return [*_title(make), *make.texts(0, 1), *_sections(make, make.rng.randint(4, 10), 4)]


def article(make: Maker) -> list[Block]:
    """Title, authors, abstract, sections in columns, references."""
    abstract = Block("text", make.words.paragraph(make.rng, make.rng.randint(200, 700)), look={"span": 1})
    head = [*_title(make), abstract] if make.chance(0.6) else [*_title(make), make.heading(1), abstract]
    return [*head, *_sections(make, make.rng.randint(4, 9)), *references(make)]


def references(make: Maker) -> list[Block]:
    """A list of sources."""
    style = make.rng.choice(["[1]", "1.", "", "(1)"])
    blocks = [make.heading(1, make.labels[6])]
    for index in range(make.rng.randint(4, 25)):
        rng = make.rng
        who, title, where = (make.words.phrase(rng, most) for most in (3, 8, 4))
        volume = f"{rng.randint(1, 60)}({rng.randint(1, 12)}), {rng.randint(1, 99)}–{rng.randint(100, 400)}"
        text = f"{who}, {title}. {where}, {volume}, {rng.randint(1980, 2026)}."
        blocks.append(Block("reference", text, marker=counter(style, index) if style else ""))
    return blocks


def contents(make: Maker) -> list[Block]:
    """A table of contents, then text."""
    blocks, page = [Block("heading", make.labels[7])], 1
    for _ in range(make.rng.randint(8, 45)):
        level = make.rng.choices([1, 2, 3], [30, 50, 20])[0]
        entry = make.heading(level)
        page += make.rng.randint(0, 5)
        blocks.append(Block("contents", entry.text, level, marker=str(page)))
    make.numbers = [0, 0, 0, 0]
    return [*_title(make), *blocks, *_sections(make, make.rng.randint(1, 4))]


def letter(make: Maker) -> list[Block]:
    """Addresses of several lines, a subject, paragraphs, a greeting."""
    rng, words = make.rng, make.words
    lines = ["\n".join(words.phrase(rng, 4) for _ in range(rng.randint(2, 4))) for _ in range(2)]
    blocks = [Block("text", lines[0], look={"align": rng.choice(["left", "right", "center"])}), Block("text", lines[1])]
    blocks += [Block("text", make.value(), look={"align": rng.choice(["left", "right"])})]
    blocks += [Block("heading", words.phrase(rng, 7))] if make.chance(0.6) else []
    blocks += [Block("text", words.phrase(rng, 3) + ","), *make.texts(2, 5)]
    blocks += [make.table(rng.randint(2, 4), 3)] if make.chance(0.3) else [make.lists()] if make.chance(0.3) else []
    return [*blocks, *make.texts(0, 2), Block("text", words.phrase(rng, 3) + ","), Block("text", words.phrase(rng, 2))]


def invoice(make: Maker) -> list[Block]:
    """A head in two halves, items, totals, terms."""
    rng, words = make.rng, make.words
    left = Block("group", children=[Block("text", "\n".join(words.phrase(rng, 4) for _ in range(3)))])
    right = Block("group", children=[make.labelled(rng.randint(2, 5))])
    items = make.table(rng.randint(3, 30), rng.randint(4, 7))
    totals = make.labelled(rng.randint(2, 4))
    totals.look["side"] = "right"
    return [
        Block("title", words.phrase(rng, 2)),
        Block("side", children=[left, right]),
        items,
        totals,
        *make.texts(1, 3),
    ]


def statement(make: Maker) -> list[Block]:
    """Long tables over pages."""
    return [
        *_title(make),
        make.labelled(make.rng.randint(2, 6)),
        *make.captioned("table", make.table(long=True)),
        *make.texts(1, 2),
        make.table(long=make.chance(0.5)),
    ]


def law(make: Maker) -> list[Block]:
    """Chapters, articles, numbered paragraphs."""
    rng, blocks, article_number = make.rng, _title(make), 0
    for chapter in range(1, rng.randint(2, 5)):
        name = (
            f"제{chapter}장 {make.words.phrase(rng, 3)}"
            if make.words.language == "ko"
            else f"{make.labels[8]} {chapter} {make.words.phrase(rng, 4)}"
        )
        blocks.append(Block("heading", name, 1, look={"align": "center"}))
        for _ in range(rng.randint(2, 6)):
            article_number += 1
            head = (
                f"제{article_number}조({make.words.phrase(rng, 3)})"
                if make.words.language == "ko"
                else f"{make.labels[9]} {article_number}. {make.words.phrase(rng, 4)}"
            )
            if make.chance(0.5):
                blocks += [Block("heading", head, 2), make.text()]
            else:
                blocks.append(Block("text", f"{head} {make.words.paragraph(rng, rng.randint(60, 350))}"))
            if make.chance(0.6):
                style = rng.choice(["①", "(1)", "1."])
                items = [
                    Block("item", make.words.paragraph(rng, rng.randint(40, 260)), 1, counter(style, i))
                    for i in range(rng.randint(2, 6))
                ]
                blocks.append(Block("list", children=items))
                if make.chance(0.3):
                    sub = [
                        Block("item", make.words.paragraph(rng, 60), 2, counter("가.", i))
                        for i in range(rng.randint(2, 5))
                    ]
                    items[-1].children.append(Block("list", level=2, children=sub))
    return blocks


def exam(make: Maker) -> list[Block]:
    """Questions with choices, below each other or on one line."""
    rng = make.rng
    blocks = [*_title(make), make.labelled(rng.randint(1, 3))]
    style = rng.choice(["①", "(1)", "A.", "a)", "1)"])
    for question in range(rng.randint(5, 16)):
        blocks.append(Block("item", make.words.paragraph(rng, rng.randint(40, 200)), 1, f"{question + 1}."))
        if make.chance(0.15):
            blocks.append(make.box([make.text(60, 250)], "flow"))
        if make.chance(0.1):
            blocks.append(make.table(rng.randint(2, 4), rng.randint(2, 5)) if make.chance(0.5) else make.figure())
        choices = [
            Block("item", make.words.phrase(rng, rng.randint(1, 8)), 2, counter(style, i))
            for i in range(rng.randint(3, 5))
        ]
        blocks.append(Block("list", level=2, children=choices, look={"across": rng.choice([0, 0, 1])}))
    return blocks


def slides(make: Maker) -> list[Block]:
    """A title and bullets a page."""
    blocks = []
    for _ in range(make.rng.randint(4, 9)):
        blocks += [Block("title", make.words.phrase(make.rng, 6)), make.lists(short=True)]
        if make.chance(0.3):
            halves = [
                Block("group", children=[make.lists(short=True)]),
                Block("group", children=[make.figure() if make.chance(0.5) else make.text(40, 200)]),
            ]
            blocks.append(Block("side", children=halves))
        elif make.chance(0.3):
            blocks.append(make.table(make.rng.randint(2, 5), make.rng.randint(2, 4)))
        blocks.append(Block("break"))
    return blocks[:-1]


def notice(make: Maker) -> list[Block]:
    """공문: an authority's letter, with receivers, a subject, paragraphs counted in three manners, and a foot."""
    rng, words = make.rng, make.words
    blocks = [Block("title", words.phrase(rng, 2)), make.labelled(3), Block("rule")]
    for index in range(rng.randint(2, 5)):
        item = Block("item", words.paragraph(rng, rng.randint(40, 300)), 1, counter("1.", index))
        if make.chance(0.5):
            sub = [
                Block("item", words.paragraph(rng, rng.randint(15, 100)), 2, counter("가.", i))
                for i in range(rng.randint(2, 5))
            ]
            if make.chance(0.4):
                sub[0].children.append(
                    Block(
                        "list",
                        level=3,
                        children=[Block("item", words.phrase(rng, 6), 3, counter("1)", i)) for i in range(3)],
                    )
                )
            item.children.append(Block("list", level=2, children=sub))
        blocks.append(Block("list", children=[item]))
    blocks += [make.table(rng.randint(2, 6), rng.randint(3, 5))] if make.chance(0.5) else []
    blocks += [
        Block("text", words.phrase(rng, 5)),
        Block("text", words.phrase(rng, 3), look={"align": "center", "big": 1}),
        Block("rule"),
        make.labelled(rng.randint(2, 5)),
    ]
    return blocks


def application(make: Maker) -> list[Block]:
    """신청서: a form as a table whose labels reach over rows and columns, then a promise, date and signature."""
    rng, words = make.rng, make.words
    columns = rng.choice([4, 4, 5, 6])
    cells: list[list[Cell | None]] = []
    while len(cells) < rng.randint(5, 14):
        kind = rng.randrange(4)
        if kind == 0:
            cells.append(
                [
                    Cell(words.phrase(rng, 2)[:12], header=True, align="center"),
                    Cell(words.phrase(rng, 6), columns=columns - 1),
                    *[None] * (columns - 2),
                ]
            )
        elif kind == 1:
            height = rng.randint(2, 4)
            for row in range(height):
                first: Cell | None = (
                    Cell(words.phrase(rng, 2)[:8], rows=height, header=True, align="center") if row == 0 else None
                )
                cells.append(
                    [
                        first,
                        Cell(words.phrase(rng, 2)[:10], header=True),
                        Cell(words.phrase(rng, 5), columns=columns - 2),
                        *[None] * (columns - 3),
                    ]
                )
        elif kind == 2:
            row_cells: list[Cell | None] = []
            while len(row_cells) + 2 <= columns:
                row_cells += [
                    Cell(words.phrase(rng, 2)[:10], header=True, align="center"),
                    Cell(make.value() if make.chance(0.5) else ""),
                ]
            cells.append([*row_cells, *(Cell("") for _ in range(columns - len(row_cells)))])
        else:
            options = "   ".join(f"{rng.choice('□■☐☑')} {words.phrase(rng, 1)}" for _ in range(rng.randint(2, 4)))
            cells.append(
                [
                    Cell(words.phrase(rng, 2)[:12], header=True, align="center"),
                    Cell(options, columns=columns - 1),
                    *[None] * (columns - 2),
                ]
            )
    table = Block("table", cells=cells, look={"grid": 1})
    end = [
        Block("text", words.paragraph(rng, 120)),
        Block("text", make.value(), look={"align": "center"}),
        Block("text", words.phrase(rng, 3), look={"align": "right"}),
    ]
    return [
        Block("text", words.phrase(rng, 4)),
        *_title(make),
        table,
        *end,
        *([make.lists()] if make.chance(0.5) else []),
    ]


def minutes(make: Maker) -> list[Block]:
    """회의록: a head as a form, then what who said."""
    rng, words = make.rng, make.words
    blocks = [
        *_title(make),
        make.labelled(rng.randint(3, 6)) if make.chance(0.5) else make.table(rng.randint(2, 4), 4),
        make.heading(1),
    ]
    for _ in range(rng.randint(5, 20)):
        mark = rng.choice(["○", "◯", "", "-"])
        blocks.append(
            Block(
                "text",
                f"{mark}{words.word(rng)} {words.word(rng)}  {words.paragraph(rng, rng.randint(30, 500))}",
                look={"lead": 1},
            )
        )
    return [*blocks, make.heading(1), make.lists(), make.table(rng.randint(3, 6), rng.randint(3, 5))]


def comparison(make: Maker) -> list[Block]:
    """신구대조표: two columns of a table that hold paragraphs, what was and what is to be, over pages."""
    rng, words = make.rng, make.words
    columns = rng.choice([2, 2, 3])
    cells: list[list[Cell | None]] = [[Cell(words.phrase(rng, 2), header=True, align="center") for _ in range(columns)]]
    for _ in range(rng.randint(4, 16)):
        row: list[Cell | None] = []
        for column in range(columns):
            parts = [
                words.paragraph(rng, rng.randint(15, 40 if column == 2 else 260))
                for _ in range(rng.choice([1, 1, 2, 3]))
            ]
            row.append(Cell("\n".join(parts) if make.chance(0.9) else words.phrase(rng, 2)))
        cells.append(row)
    return [*_title(make), *make.texts(0, 2), Block("table", cells=cells, level=1)]


def newsletter(make: Maker) -> list[Block]:
    """Short pieces in columns with boxes and pictures among them."""
    blocks = _title(make)
    for _ in range(make.rng.randint(3, 8)):
        blocks += [make.heading(make.rng.choice([1, 2])), *make.texts(1, 3)]
        if make.chance(0.4):
            blocks += make.captioned("figure", make.figure())
        if make.chance(0.35):
            blocks.append(
                make.box(
                    [
                        Block("heading", make.words.phrase(make.rng, 4), 3),
                        make.lists() if make.chance(0.4) else make.text(80, 300),
                    ]
                )
            )
    return blocks


def glossary(make: Maker) -> list[Block]:
    """Terms with what they mean: hanging, run in, or side by side."""
    blocks, form = _title(make), make.rng.choice(["hanging", "lead", "pairs"])
    for index in range(make.rng.randint(3, 8)):
        blocks.append(
            make.heading(1, chr(65 + index) if make.words.language != "ko" else "가나다라마바사아"[index % 8])
        )
        if form == "pairs":
            blocks.append(make.labelled(make.rng.randint(3, 9)))
            continue
        for _ in range(make.rng.randint(3, 12)):
            meaning = make.words.paragraph(make.rng, make.rng.randint(30, 220))
            text = f"{make.words.phrase(make.rng, 2)} {make.rng.choice(['– ', ': ', ' ', ''])}{meaning}"
            blocks.append(Block("text", text, look={"lead": 1, "hanging": float(form == "hanging")}))
    return blocks


def manual(make: Maker) -> list[Block]:
    """Headings, steps, code, options, notes in boxes."""
    blocks = _title(make)
    for _ in range(make.rng.randint(3, 9)):
        blocks += [make.heading(make.rng.choice([1, 2, 2, 3])), make.text(40, 400)]
        kind = make.rng.randrange(5)
        blocks += (
            [make.lists()]
            if kind == 0
            else [make.code(), make.text(30, 200)]
            if kind == 1
            else [make.table(0, make.rng.randint(2, 4))]
            if kind == 2
            else []
        )
        if kind == 3:
            blocks.append(
                make.box(
                    [Block("text", f"{make.labels[2]}: {make.words.paragraph(make.rng, 140)}", look={"lead": 1})],
                    "flow",
                )
            )
        if kind == 4:
            blocks += [make.labelled(make.rng.randint(3, 8))]
    return blocks


def datasheet(make: Maker) -> list[Block]:
    """Tables with merged heads, short texts, figures side by side."""
    blocks = [
        *_title(make),
        Block(
            "side",
            children=[
                Block("group", children=[make.heading(1), make.lists(short=True)]),
                Block("group", children=[make.figure(), make.text(60, 300)]),
            ],
        ),
    ]
    for _ in range(make.rng.randint(2, 5)):
        blocks += [
            make.heading(make.rng.choice([1, 2])),
            *make.captioned("table", make.table(make.rng.randint(4, 18), make.rng.randint(5, 9))),
        ]
        blocks += make.texts(0, 1)
    return blocks


def curriculum(make: Maker) -> list[Block]:
    """A life on two pages: dates left of entries, a narrow column beside a wide one."""
    blocks = [Block("title", make.words.phrase(make.rng, 2)), Block("text", make.words.phrase(make.rng, 7))]
    narrow = Block("group", children=[make.heading(2), make.lists(short=True), make.heading(2), make.labelled(4)])
    wide = []
    for _ in range(make.rng.randint(2, 4)):
        wide += [make.heading(1)]
        for _ in range(make.rng.randint(1, 4)):
            wide += [make.labelled(1), make.text(40, 200)] if make.chance(0.5) else [make.heading(3), make.lists()]
    if make.chance(0.5):
        return [
            *blocks,
            Block(
                "side", children=[narrow, Block("group", children=wide)], look={"share": make.rng.uniform(0.25, 0.4)}
            ),
        ]
    return [*blocks, *narrow.children, *wide]


def tables(make: Maker) -> list[Block]:
    """Tables after tables, two side by side at times."""
    blocks = _title(make) if make.chance(0.7) else []
    for _ in range(make.rng.randint(3, 7)):
        blocks += [make.heading(make.rng.choice([1, 2]))] if make.chance(0.5) else []
        blocks += make.captioned("table", make.table()) if make.chance(0.6) else [make.table()]
        if make.chance(0.15):
            halves = [
                Block("group", children=[make.table(make.rng.randint(3, 8), make.rng.randint(2, 3))]) for _ in range(2)
            ]
            blocks.append(Block("side", children=halves))
        blocks += make.texts(0, 2)
    return blocks


FAMILIES: dict[str, tuple[Family, float]] = {
    "report": (report, 18),
    "article": (article, 14),
    "contents": (contents, 5),
    "letter": (letter, 4),
    "invoice": (invoice, 5),
    "statement": (statement, 7),
    "law": (law, 6),
    "exam": (exam, 5),
    "slides": (slides, 6),
    "notice": (notice, 4),
    "application": (application, 4),
    "minutes": (minutes, 4),
    "comparison": (comparison, 4),
    "newsletter": (newsletter, 6),
    "glossary": (glossary, 4),
    "manual": (manual, 7),
    "datasheet": (datasheet, 5),
    "curriculum": (curriculum, 3),
    "tables": (tables, 12),
}


def document(seed: int, words: dict[str, Words], grammar_number: int) -> Document:
    """The document of a seed in a style grammar; equal seeds give equal documents."""
    rng = random.Random(f"document {seed}")
    style = grammar(grammar_number)
    language = rng.choices(["en", "ko", "de", "fr", "ja"], [40, 40, 8, 6, 6])[0]
    names = [*FAMILIES]
    family = rng.choices(names, [FAMILIES[name][1] for name in names])[0]
    if style.paper == "slide":
        family = "slides" if rng.random() < 0.8 else family
    maker = Maker(rng, words[language], style)
    return Document(FAMILIES[family][0](maker), language, family, grammar_number, _running(maker))


def _running(make: Maker) -> dict[str, str]:
    """What stands at the top and bottom of every page, if anything."""
    rng, places = random.Random(f"running {make.grammar.number}"), {}
    number = rng.choice(["#", "#", "- # -", "#/@", f"{make.labels[10]} #", "# / @", "[#]", "– # –"])
    at = rng.choice(["bottom center", "bottom center", "bottom right", "bottom left", "top right", "top left", ""])
    if at:
        places[at] = number
    for place in ("top left", "top center", "top right", "bottom left", "bottom right", "bottom center"):
        if place not in places and rng.random() < (0.22 if place[0] == "t" else 0.12):
            places[place] = make.words.phrase(make.rng, rng.randint(1, 7))[:50] + (" #" if rng.random() < 0.1 else "")
    return places
