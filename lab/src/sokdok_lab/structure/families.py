"""Kinds of documents, each a function from a maker of parts to blocks in the order of reading."""

from __future__ import annotations

import random
from collections.abc import Collection

from sokdok_lab.structure import handbooks, offices
from sokdok_lab.structure.grammar import grammar
from sokdok_lab.structure.parts import Family, Maker
from sokdok_lab.structure.script import House, side
from sokdok_lab.structure.texts import Words
from sokdok_lab.structure.tree import Block, Document

TITLE = "title | {p2} ~ {p6} ~ {p11}\ntext .4? span %s | {p6}\n"


class Usual(House):
    """Parts as the grammar has them."""

    def title(self) -> list[Block]:
        """A title, perhaps with a line below."""
        return self.blocks(TITLE % self.make.grammar.title_align)

    def some(self) -> list[Block]:
        """One part of the body of a report."""
        parts = ("+text\n+text .5?", "+text .5? 40 200\n+lists", "+captioned", "+shown", "+code", "+text 40 250\n+formula\n+text 40 300",
                 "+boxed", "+labelled 2 8", "+table")  # fmt: skip
        return self.blocks(self.rng.choices(parts, [40, 16, 14, 8, 4, 5, 4, 3, 6])[0])

    def sections(self, least: int = 4, most: int = 10, deepest: int = 4) -> list[Block]:
        """Headings of up to so many levels with what is below them."""
        out, level = list[Block](), 1
        for _ in range(self.rng.randint(least, most)):
            out += [self.make.heading(level), *self.blocks("+some 1-3")]
            level = self.rng.randint(1, min(deepest, level + 1))
        return out

    def boxed(self) -> Block:
        """A box with texts or a list in it."""
        inside = self.rng.choice(["+text\n", "+text\n+text\n", "+text 40 200\n+lists 1 1\n"])
        return self.make.box(self.blocks(f"head4 .5? | {{p4}}\n{inside}"))

    def bare(self, rows: int = 0, columns: int = 0) -> Block:
        """A table that only gaps part."""
        made = self.make.table(rows, columns, long=not rows and self.make.chance(0.3))
        made.look["rules"] = self.rng.choice(["none", "none", "head", "booktabs"])
        made.look["pad"] = self.rng.choice([0.0, 1, 3])
        return made

    def few(self) -> Block:
        """A small table of words and numbers, close together."""
        rng = self.rng
        first = rng.choice(["{w}", "{p2}", "{p4}"])
        row = [first, *rng.choices([">{N4}", "^{n9}", "{value}", "{p2}", ">{n99}", "{w}"], k=rng.randint(1, 4))]
        rows = [["#{w} ~ {p2}"] * len(row)] * rng.choice([0, 1, 1]) + [row] * rng.randint(2, 8)
        return self.grid(rows, rules=rng.choice(["none", "none", "grid", "rows", "head"]), pad=rng.choice([0.0, 2, 5]),
                         share=rng.uniform(0.12, 0.22) * len(row))  # fmt: skip

    def addresses(self) -> Block:
        """Who writes to whom, side by side."""
        address = Block("text", "\n".join(self.fill("{p4}") for _ in range(self.rng.randint(2, 5))))
        facts = self.make.labelled(2, 5)
        return side(*([part] for part in self.rng.sample([address, facts], 2)))

    def sources(self) -> list[Block]:
        """A list of sources."""
        style = self.rng.choice(["[1] = ", "1. = ", "", "(1) = "])
        text = "{p3}, {p8}. {p4}, {n60}({n12}), {n99}–{n400}, 20{n26}. ~ {p3} and {p2}. {p10}. {p4} {n60}, 19{n99}."
        return [self.make.heading(1, self.make.labels[6]), *self.blocks(f"reference 4-25 | {style}{text}")]


def _scripted(script: str) -> Family:
    """A family whose documents are all of one script."""
    return lambda make: Usual(make).blocks(script)


def _any(*scripts: str, first: str = "+title", last: str = "", least: int = 3, most: int = 8) -> Family:
    """A family whose documents are some of several scripts one after the other."""

    def family(make: Maker) -> list[Block]:
        body = [make.rng.choice(scripts) for _ in range(make.rng.randint(least, most))]
        return Usual(make).blocks("\n".join([first, *body, last]))

    return family


def letter(make: Maker) -> list[Block]:
    """Addresses of several lines, a subject, paragraphs, a greeting."""
    side, day = make.rng.choice(["", "right", "center"]), make.rng.choice(["", "right"])
    part = make.rng.choice(["", "", "+table 3 3", "+lists"])
    address = "\n".join(Usual(make).fill("{p4}") for _ in range(3))
    out = [Block("text", address, look={"align": side} if side else {})]
    return out + Usual(make).blocks(f"""
        text | {{p4}}
        text {day} | {{value}}
        head .6? | {{p7}}
        text | {{p3}},
        +text 2-5
        {part}
        +text 0-2
        text | {{p3}},
        text | {{p2}}""")


def invoice(make: Maker) -> list[Block]:
    """A head in two halves, items, totals, terms."""
    rng, house = make.rng, Usual(make)
    left = Block("text", "\n".join(house.fill("{p4}") for _ in range(3)))
    sides = side([left], [make.labelled(2, 5)])
    totals = make.labelled(2, 4)
    totals.look["side"] = "right"
    items = make.table(rng.randint(3, 30), rng.randint(4, 7))
    return house.blocks("title | {p2}\nsides\nitems\ntotals\n+text 1-3", sides=sides, items=items, totals=totals)


def law(make: Maker) -> list[Block]:
    """Chapters, articles, numbered paragraphs."""
    rng, house, number = make.rng, Usual(make), 0
    out, korean = house.title(), make.words.language == "ko"
    for chapter in range(rng.randint(2, 5)):
        label = f"제{chapter + 1}장" if korean else f"{make.labels[8]} {chapter + 1}"
        out += house.blocks(f"head center | {label} {{p4}}")
        for _ in range(rng.randint(2, 6)):
            number += 1
            head = house.fill(f"제{number}조({{p3}})" if korean else f"{make.labels[9]} {number}. {{p4}}")
            out += house.blocks(f"head2 | {head}\n+text" if make.chance(0.5) else f"text | {head} {{t350}}")
            if make.chance(0.6):
                items = house.blocks(f"item 2-6 | {rng.choice(['①', '(1)', '1.'])} = {{t260}}")
                if make.chance(0.3):
                    items[-1].children.append(Block("list", level=2, children=house.blocks("item2 2-5 | 가. = {t60}")))
                out.append(Block("list", children=items))
    return out


def exam(make: Maker) -> list[Block]:
    """Questions with choices, below each other or on one line."""
    rng, house = make.rng, Usual(make)
    style, out = rng.choice(["①", "(1)", "A.", "a)", "1)"]), house.blocks("+title\n+labelled 1 3")
    for question in range(1, rng.randint(6, 17)):
        out.append(Block("item", make.words.paragraph(rng, rng.randint(40, 200)), 1, f"{question}."))
        out += [make.box([make.text(60, 250)], "flow")] if make.chance(0.15) else []
        out += house.blocks(f"{rng.choice(['+table', '+figure'])} .1? ")
        choices = house.blocks(f"item2 3-5 | {style} = {{p8}} ~ {{p3}}")
        out.append(Block("list", level=2, children=choices, look={"across": rng.choice([0, 0, 1])}))
    return out


def slides(make: Maker) -> list[Block]:
    """A title and bullets a page."""
    out, house = list[Block](), Usual(make)
    for _ in range(make.rng.randint(4, 9)):
        half = make.figure() if make.chance(0.5) else make.text(40, 200)
        halves = side([make.lists(short=True)], [half])
        more = make.rng.choice(["", "", "", "side", "side", "side", "+table", "+table 4 3", "", ""])
        out += house.blocks(f"title | {{p6}}\n+lists 1 1\n{more}\nbreak", side=halves)
    return out[:-1]


def comparison(make: Maker) -> list[Block]:
    """신구대조표: what was beside what is to be, provision by provision, most of it the same; often no lines part them."""
    rng, house, korean = make.rng, Usual(make), make.words.language == "ko"
    article, new = ("제{n99}조({p3})", "<신  설>") if korean else ("Article {n99} ({p3})", "<new>")
    rows, stays = [["#{p2}", "#{p2}"]], ["(생  략)", "(현행과 같음)"] if korean else ["(omitted)", "(unchanged)"]
    for _ in range(rng.randint(4, 30)):
        same = " ".join([rng.choice(["-----", "--", "……", "────"])] * rng.randint(1, 16))
        texts = rng.choice([["{t260}", f"{same} {{p6}} {same}"], ["{t260}", "{t200}"], stays, ["{t90}", "{t40}"]])
        mark = rng.choice([article, article + " ①", "②", "③ ~ ⑤", "1.", "2.", "가."])
        rows.append([f"{mark} {text}" for text in texts] if make.chance(0.9) else [new, "⑥ {t260}"])
    table = house.grid(rows, 1, rules=rng.choice(["columns", "columns", "outer", "grid", "head", "none"]))
    return house.blocks("+title .6?\n+text 0-2\nhead .4? center | [ {p3} ]\ntable\n+text .3?", table=table)


def glossary(make: Maker) -> list[Block]:
    """Terms with what they mean: hanging, run in, or side by side."""
    house, form = Usual(make), make.rng.choice(["hanging lead", "lead", "pairs"])
    out, letters = house.title(), "ABCDEFGH" if make.words.language != "ko" else "가나다라마바사아"
    for letter in letters[: make.rng.randint(3, 8)]:
        terms = f"text 3-12 {form} | {{p2}} – {{t220}} ~ {{p2}}: {{t220}} ~ {{p2}} {{t120}}"
        out += [make.heading(1, letter), *house.blocks("+labelled 3 9" if form == "pairs" else terms)]
    return out


def datasheet(make: Maker) -> list[Block]:
    """Tables with merged heads, short texts, figures side by side."""
    house, rng = Usual(make), make.rng
    halves = side(house.blocks("+heading\n+lists 1 1"), house.blocks("+figure\n+text 60 300"))
    out = [*house.title(), halves]
    for _ in range(rng.randint(2, 5)):
        parts = f"+heading {rng.choice('12')}\n+captioned {rng.randint(4, 18)} {rng.randint(5, 9)}\n+text .5?"
        out += house.blocks(parts)
    return out


def curriculum(make: Maker) -> list[Block]:
    """A life: a narrow panel beside entries of a bold line, a date and some lines; either is read whole."""
    house, rng = Usual(make), make.rng
    head = f"head2 left=0 ground={rng.choice(['none', 'rule', 'fill'])} | {{p2}}\n"
    parts = ("text 2-5 below=.2 | {p3} ~ {value} ~ {w}@{w}.org", "+lists 1 1", "+labelled 2 4", "text | {t160}")
    panel = house.blocks("".join(f"{head}{rng.choice(parts)}\n" for _ in range(rng.randint(2, 4))))
    date = rng.choice(["{n12}/20{n26} – {n12}/20{n26}", "20{n26} – 20{n26}, {p2}", "{value} · {p3}"])
    entry = f"text bold below=0 | {{p4}}\ntext size=.9 below=.1 | {date}\ntext .8? 0-2 below=.2 | {{t120}}\n+lists .2? 1 1\n"
    entries = house.blocks("".join(head + entry * rng.randint(1, 4) for _ in range(rng.randint(2, 3))))
    halves = [[make.box(panel, "flow")] if make.chance(0.6) else panel, entries]
    share = rng.uniform(0.25, 0.4)
    body = side(*halves, share=share) if make.chance(0.6) else side(*halves[::-1], share=1 - share)
    return house.blocks("title .7? | {w} {w}\ntext .5? | {p6}\nbody", body=body)


def tables(make: Maker) -> list[Block]:
    """Tables after tables, two side by side at times."""
    house, rng = Usual(make), make.rng
    out = house.title() if make.chance(0.7) else []
    for _ in range(rng.randint(3, 7)):
        halves = side(*([make.table(rng.randint(3, 8), rng.randint(2, 3))] for _ in range(2)))
        parts = f"+heading .5? {rng.choice('12')}\n{rng.choice(['+captioned', '+table'])}\nside .15?\n+text 0-2"
        out += house.blocks(parts, side=halves)
    return out


def register(make: Maker) -> list[Block]:
    """Long tables of many short rows, below each other with little between, or two that stand side by side."""
    house, rng = Usual(make), make.rng

    def one(rows: int, columns: int = 0) -> Block:
        made = make.table(rows, columns, short=True)
        if make.chance(0.6):
            made.look |= {"rules": rng.choice(["none", "none", "head", "booktabs", "rows", "columns", "open"])}
        return made

    out = house.title() if make.chance(0.6) else []
    for _ in range(rng.randint(1, 4)):
        halves = side(*([one(rng.randint(3, 14), rng.randint(2, 3))] for _ in range(2)))
        out += house.blocks("+heading .4?\n+text .3? 40 200\ntext .2? bold below=.2 | {p4}")
        out += [halves] if make.chance(0.15) else [one(rng.choice([0, 6, 10, 20, 40, 60]))]
        out += house.blocks("text .2? size=.85 | {t80}")
    return out


def letterhead(make: Maker) -> list[Block]:
    """A letter whose head has addresses, facts and a sign side by side."""
    house, rng = Usual(make), make.rng

    def address() -> Block:
        lines = "\n".join(house.fill("{p4} ~ {p2} {n99} ~ {w} {N3} ~ {p3}") for _ in range(rng.randint(2, 7)))
        return Block("text", lines, look={"align": "right"} if make.chance(0.2) else {})

    halves = []
    for _ in range(rng.choice([2, 2, 2, 3])):
        part = [address() if make.chance(0.75) else make.labelled(2, 6)]
        part += [address()] if make.chance(0.2) else []
        halves.append(part)
    head = side(*halves, **({"share": rng.uniform(0.3, 0.7)} if len(halves) == 2 else {}))
    first = house.blocks("text .3? bold size=1.3 | {p3}\ntext .2? center | {p5}")
    body = "text .4? | {value}\nhead .5? | {p7}\ntext | {p3},\n+text 1-4\n+few .2?\ntext | {p3},\ntext | {p2}"
    second = side([address()], [address()])
    return [*first, head, *([second] if make.chance(0.3) else []), *house.blocks(body)]


def form(make: Maker) -> list[Block]:
    """Labels above, left of and below what is to be written, in columns; boxes to tick; parts with heads."""
    house, rng = Usual(make), make.rng
    out = house.blocks("title | {p4}\ntext .5? size=.85 | {t200}\n+labelled .5? 1 3")
    look = f"ground={rng.choice(['fill', 'rule', 'none', 'over', 'box'])} size={rng.choice(['1', '1.1'])} bold left=0 above=.8 below=.5"
    for part in range(1, rng.randint(2, 6)):
        out += house.blocks(f"head {look} | {{p4}} ~ {part}. {{p5}} ~ Part {part}: {{p3}}")
        for _ in range(rng.randint(1, 3)):
            out.append(house.blanks("{p2} ~ {p3}:", "{value}") if make.chance(0.6) else house.ticks())
        out += house.blocks("text .3? size=.85 | {t160}\n+table .15? 4 4")
    sign = house.blanks("Signature ~ Date ~ {p2}", "", rng.choice(["below", "rule"]))
    return [*out, *house.blocks("text .5? | {t250}"), sign]


def receipt(make: Maker) -> list[Block]:
    """One or two narrow slips side by side: a shop, its goods in lines, sums, thanks."""
    house, rng = Usual(make), make.rng
    rows = rng.choice([["{p3}", ">{N4}"], ["{p3}", "^{n9}", ">{N4}"], ["{p2}", ">{N3}", "^{n9}", ">{N5}"]])
    slips, rule = list[list[Block]](), rng.choice(["-", "=", "*", "."]) * rng.randint(20, 30)
    for _ in range(2):
        goods = [rows] * rng.randint(2, 14)
        table = house.grid(goods, rules="none", pad=0.0, share=1.0, widths=" ".join(["2.4", *["1"] * (len(rows) - 1)]))
        slip = "text center bold size=1.3 below=.2 | {p3}\ntext 1-3 center below=.1 | {p4}\ntext below=.2 | {value}   {value}"
        ends = f"text .6? center below=.1 | {rule}\ngoods\ntext center below=.1 | {rule}\nsums\ntext 1-3 center below=.1 | {{p5}}"
        made = house.blocks(f"{slip}\n{ends}", goods=table, sums=house.sums())
        slips.append(made)
    slips[1] = slips[1] if make.chance(0.5) else house.blocks("text | {p3}")
    return [side(*slips, share=rng.uniform(0.36, 0.5))]


def paper(make: Maker) -> list[Block]:
    """Authors in columns, an abstract between rules, sections with formulas, notes, wide tables and figures, sources."""
    house, rng, who = Usual(make), make.rng, make.rng.randint(1, 4)
    authors = "text center bold below=.1 | {w} {w}\ntext center below=.1 | {p4}\ntext center below=.1 | {w}@{w}.org"
    groups = [house.blocks(authors) for _ in range(max(2, who))]
    one = house.blocks(authors.replace("text", "text span"))
    head = [side(*groups, span=1)] if who > 1 else one
    rule, body = Block("rule", look={"span": 1}), list[Block]()
    bold = rng.choice(["text span center bold | Abstract", "text span bold left=2 | Abstract", "text span | "])
    left = rng.choice([0, 2, 4])
    says = f"text span left={left} right={left} size={rng.choice(['1', '.9'])} | {{t900}}"
    abstract = house.blocks(f"{bold}\n{says}\ntext .4? span left={left} lead=.1 | Keywords: {{p3}}, {{p2}}, {{w}}")
    abstract = [rule, *abstract, rule] if make.chance(0.4) else abstract
    for _ in range(rng.randint(4, 8)):
        parts = "+heading\n+text 1-3 200 900\n+formula .6?\n+text .7? 100 600\n+heading .4? 2\n+text 200 700"
        body += house.blocks(f"{parts}\n+some .6?")
        if make.chance(0.35):
            wide = house.captioned() if make.chance(0.6) else house.shown()
            body.append(Block("columns", children=wide, look={"count": 1.0}))
    return [*house.blocks("title center | {p9}"), *head, *abstract, *body, *house.sources()]


def transcript(make: Maker) -> list[Block]:
    """What was said, line by line, or paragraphs: the lines of either have numbers in the margin."""
    house, rng = Usual(make), make.rng
    ask, answer = rng.choice([("Q.", "A."), ("Q", "A"), ("{w}:", "{w}:"), ("문", "답")])
    said = f"text below={rng.choice(['0', '.1', '.4'])} left=0 | {ask} {{t120}} ~ {answer} {{t200}} ~ {answer} {{p3}} ~ {{w}} {{w}}: {{t80}}"
    parts = [
        f"+text 200 800\n{said.replace('text', 'text 3-14')}",
        "+heading\n+text 1-3",
        "+text 100 900\n+text 100 500",
    ]
    return house.blocks("text .5? center | {p5}\n" + "\n".join([rng.choice(parts)] * rng.randint(2, 6)))


def panels(make: Maker) -> list[Block]:
    """A leaflet in three parts, slides several on a page, or cards: each is read whole before the one on its right."""
    house, rng = Usual(make), make.rng
    count, ground = rng.choice([2, 2, 3, 3, 4]), rng.choice(["frame", "frame", "fill", "none"])
    head = f"head bold size={rng.choice([1, 1.2, 1.5])} ground={rng.choice(['none', 'fill', 'rule'])} left=0 below=.4 | {{p3}}"
    parts = ["+lists 1 1", "text | {t250}", "text | {t120}\ntext | {t80}", "+lists 1 1\ntext center size=1.4 | {value}",
             "+labelled 2 5", "+few", "+figure\ntext | {t60}"]  # fmt: skip
    same = rng.random() < 0.6
    part = rng.choice(parts)

    def panel(number: int) -> list[Block]:
        body = f"{head}\n{part if same else rng.choice(parts)}\ntext .3? center size=1.3 | {{value}} ~ {{p2}}"
        inside = house.blocks(f"{body}\ntext .3? right size=.7 | {number}")
        if ground == "none":
            return inside
        box = make.box(inside, "flow")
        box.look["ground"] = ground
        return [box]

    rows = rng.choice([1, 1, 2, 3, 4])
    sides = [side(*(panel(row * count + at + 1) for at in range(count))) for row in range(rows)]
    return [*house.blocks("title .5? center | {p4}\ntext .3? | {t200}"), *sides, *house.blocks("+text .3?")]


def recipe(make: Maker) -> list[Block]:
    """What is needed, names with amounts, beside what is to be done; or below each other."""
    house, rng = Usual(make), make.rng
    row = [
        rng.choice(["{w}", "{p2}", "{p3}"]),
        rng.choice([">{n400} g ~ >{n9} ½ ~ >{n3} {w}", "{n9} {w} ~ {n400} ml", ">{value}"]),
    ]
    row = row[::-1] if rng.random() < 0.15 else row
    one = house.grid(
        [row] * rng.randint(3, 14),
        rules=rng.choice(["none", "none", "none", "rows"]),
        pad=rng.choice([0.0, 1, 3]),
        share=1.0,
    )
    needed = [*house.blocks("head2 left=0 | {p2}"), one, *house.blocks("text .3? size=.85 | {p4}")]
    if rng.random() < 0.5:
        needed = [make.box(needed, "flow")]
    mark = rng.choice(["1.", "1)", "①", "1"])
    done = house.blocks(f"head2 left=0 | {{p2}}\nitem 3-9 | {mark} = {{t200}} ~ {{t90}}\ntext .4? lead=1 | {{t120}}")
    halves = [needed, done] if rng.random() < 0.7 else [done, needed]
    body = [side(*halves, share=rng.uniform(0.28, 0.45) if halves[0] is needed else rng.uniform(0.55, 0.72))]
    body = body if rng.random() < 0.75 else needed + done
    return house.blocks("title | {p3}\ntext .6? | {p4} ~ {value} · {p2}\nbody", body=body)


def dictionary(make: Maker) -> list[Block]:
    """Words in bold with what they mean: hanging, in columns, without space between."""
    house, rng, hang = Usual(make), make.rng, make.rng.choice([0, 0.8, 1.2, 2])
    look = f"left={hang} first={-hang} below={rng.choice([0, 0, 0.1, 0.3])} lead={rng.choice([1, 1, 0])} size={rng.choice([0.8, 0.9, 1])}"
    means = (
        "{w} {w}. 1 {t120} 2 {t80} ~ {w} [{w}] {w}. {t90} → {w} ~ {p2} ({w}) {t200} ~ {w} {p6} ~ {w}, {w} {t60}; {t60}"
    )
    entries = house.blocks(f"text 12-50 {look} | {means}")
    if make.grammar.columns == 1:
        entries = [Block("columns", children=entries, look={"count": float(rng.choice([2, 2, 3]))})]
    return house.blocks("+heading .6?\nentries", entries=entries)


def menu(make: Maker) -> list[Block]:
    """What there is and what it costs, with leaders or without, a line below at times, in columns or not."""
    house, rng = Usual(make), make.rng
    price = rng.choice(["{N5}", "{n9}.{n9}0", "{n40},000원", "{n99},00 €", "${n30}"])
    groups, more = list[list[Block]](), rng.choice([0, 0, 0.4])
    for _ in range(rng.choice([2, 2, 3, 4, 6])):
        group = house.blocks("head2 left=0 | {p2}")
        for _ in range(rng.randint(3, 10)):
            group.append(Block("contents", house.fill("{w} ~ {p2} ~ {p3} ({w})"), 1, marker=house.fill(price)))
            group += house.blocks("text size=.8 below=.3 | {p6}") if rng.random() < more else []
        groups.append(group)
    sides = [side(*pair) for pair in zip(groups[::2], groups[1::2], strict=False)]
    flat = [block for group in groups for block in group]
    many = Block("columns", children=flat, look={"count": 2.0})
    body = rng.choice([sides, sides, [many], flat])
    ends = "title center | {p2}\ntext .4? center | {p6}\nbody\ntext .4? center size=.8 | {p8}"
    return house.blocks(ends, body=body)


def beside(make: Maker) -> list[Block]:
    """Short parts side by side below, between or above paragraphs: each is read whole before the one on its right."""
    house, rng = Usual(make), make.rng
    count, below = rng.choice([2, 2, 2, 3, 3, 4, 5]), rng.choice([0, 0.1, 0.2, 0.4, 0.8])
    room = rng.choice(["{_16}", "{w} {w}", "{p3}", "{value}", "{_16} ~ {w} {w} ~ {value}"])
    labels = (house.fill("{p1}: ~ {p2} ~ {w} :") for _ in range(rng.randint(1, 5)))
    signed = "".join(f"text below={below} | {label} {room}\n" for label in labels)
    head = f"text {rng.choice(['bold', 'bold', 'size=1.1', ''])} below={rng.choice([0, 0.2, 0.6, 1.5])} | {{p3}}\n"
    lines = f"text {rng.choice(['1-4', '3-3'])} below={below} size=.9 | {{p4}} ~ {{value}} ~ {{p2}}\n"
    says, line = f"text | {{t{600 // count}}}\n", f"text below=0 | {'_' * (40 // count)}\n"
    scripts = [head + lines, head + signed, signed, line + lines, head + says, says, says + says, "+lists 1 1\n"]
    script = rng.choice([*scripts, head + scripts[-1]])
    if rng.random() < 0.4:
        flow = house.blocks(script * rng.randint(2, 5))
        parts = [Block("columns", children=flow, look={"count": float(min(count, 3))})]
    else:
        parts = [side(*(house.blocks(script) for _ in range(count))) for _ in range(rng.choice([1, 1, 1, 2]))]
    around = "+heading .4?\n+text .8? 40 500\nparts\n+some .2?\n" * rng.choice([1, 1, 2, 3])
    return house.blocks(f"+title .6?\n{around}+heading .3?\n+text .6? 40 500\n+lists .1?", parts=parts)


def steps(make: Maker) -> list[Block]:
    """Large numbers beside or above what is to be done."""
    house, rng, across = Usual(make), make.rng, make.rng.choice([2, 2, 3, 4])
    look = f"size={rng.choice([1, 1.3, 1.8, 2.4])} center ground={rng.choice(['none', 'fill', 'box'])} below=.2"
    does = rng.choice(["text bold below=.1 | {p4}\ntext | {t160}", "head3 left=0 | {p5}\n+text 40 300", "text | {t99}"])
    count = across * rng.randint(1, 2)
    made = [(house.blocks(f"text {look} | {at + 1}"), house.blocks(does)) for at in range(count)]
    rows = [side(*pair, share=rng.uniform(0.06, 0.1)) for pair in made]
    if make.chance(0.6):
        groups = [mark + body for mark, body in made]
        rows = [side(*groups[at : at + across]) for at in range(0, count, across)]
    rows[1:1] = house.blocks("+heading .3?\n+text .3? 40 200")
    return house.blocks("+title .7?\n+text .6?\nrows\n+text .5?", rows=rows)


_QUOTE = "text size=1.35 italic align=center ground=over above=1 below=1 left=1 right=1 | {p9} ~ “{t60}”\n"
_SAYS = "text lead | {w} {w}  {t500} ~ ○{w} {w}  {t200} ~ - {w} {w}  {t80}"
_BARE = ("+heading .4?\n+bare", "text bold ground=rule below=.3 | {p4}\n+bare", "+bare\n+text .4?")
_NOTED = "+heading 2\n+text 40 400\n"
_LITTLE = ("text 1-3 | {t40} ~ {t150} ~ {p9}", "text 2-7 below=.1 | {p3} ~ {p7} ~ {value}", "+heading\n+text 20 200", "+lists 1 1",
           "head .5? | {p3}\n+few", "+few", "+few", "+few", "+bare 3 3", "+table 2 3", "+table 4 2", "+figure", "+shown",
           "+labelled 2 4", "+captioned 3 3", "text 1-3 | {t150} ~ {t90}\n+figure", "+figure\ntext | {t150} ~ {t60}", "text center | {p2} ~ {p6}\n+figure", "+code", "text .6? | {t90}\n+formula 1-2")  # fmt: skip
FAMILIES: dict[str, tuple[Family, float]] = {
    "report": (_scripted("+title\n+text .5?\n+sections"), 18),
    "article": (_scripted("+title\n+heading .4?\ntext span | {t700} ~ {t300}\n+sections 4 9 3\n+sources"), 14),
    "contents": (lambda make: Usual(make).blocks(f"+title\nhead | {make.labels[7]}\n+contents\n+sections 1 4 3"), 5),
    "letter": (letter, 4),
    "invoice": (invoice, 5),
    "statement": (_scripted("+title\n+labelled 2 6\n+captioned 0 0 1\n+text 1-2\n+table 0 0 1"), 7),
    "law": (law, 6),
    "exam": (exam, 5),
    "slides": (slides, 6),
    "notice": (offices.official, 3),
    "application": (offices.blanks, 3),
    "minutes": (
        _any(_SAYS, first="+title\n+labelled 3 6\n+heading", last="+heading\n+lists\n+table", least=5, most=20),
        4,
    ),
    "comparison": (comparison, 4),
    "newsletter": (_any("+heading\n+text 1-3", "+heading 2\n+text 1-3\n+shown", "+heading\n+text\n+boxed"), 6),
    "glossary": (glossary, 4),
    "manual": (_any(*map(_NOTED.__add__, ("+lists", "+code\n+text", "+table 0 3", "+boxed", "+labelled 3 8"))), 7),
    "datasheet": (datasheet, 5),
    "curriculum": (curriculum, 5),
    "tables": (tables, 12),
    **handbooks.FAMILIES,
    **offices.FAMILIES,
    "form": (form, 9),
    "receipt": (receipt, 4),
    "paper": (paper, 10),
    "bulletin": (
        _any(_NOTED + _QUOTE, "+heading\n+text 1-3\n+boxed", _QUOTE + "+text 1-3\n+shown", "+heading\n+text"),
        5,
    ),
    "account": (_any(*_BARE, first="title | {p3}\n+addresses", last="+sums", least=1, most=4), 5),
    "sparse": (_any(*_LITTLE, first="title .4? | {p1} ~ {p3} ~ {p7}", least=1, most=3), 60),
    "register": (register, 12),
    "letterhead": (letterhead, 4),
    "transcript": (transcript, 5),
    "panels": (panels, 10),
    "recipe": (recipe, 6),
    "dictionary": (dictionary, 4),
    "menu": (menu, 4),
    "beside": (beside, 16),
    "steps": (steps, 5),
}  # shards have their numbers: new ones go to the end
KOREAN = {*offices.FAMILIES, "notice", "application"}
SINGLE = KOREAN | {"slides", "invoice", "letter", "statement", "comparison", "manpage", "typed", "front", "form"}
SINGLE |= {"receipt", "account", "letterhead", "panels", "recipe", "menu", "beside", "steps", "curriculum"}


def document(seed: int, words: dict[str, Words], grammar_number: int, kinds: Collection[str] = FAMILIES) -> Document:
    """The document of a seed in a style grammar, of one of some kinds; equal seeds give equal documents."""
    rng = random.Random(f"document {seed}")
    style = grammar(grammar_number)
    names = [name for name in FAMILIES if name in kinds]
    family = rng.choices(names, [FAMILIES[name][1] for name in names])[0]
    if style.paper == "slide":
        family = "slides" if rng.random() < 0.8 else family
    language = rng.choices(["en", "ko", "de", "fr", "ja"], [45, 35, 8, 6, 6])[0]
    language = "ko" if family in KOREAN else "en" if family == "typed" and language == "ja" else language
    maker = Maker(rng, words[language], style)
    running = {} if family == "typed" else _running(maker)
    columns = 1 if family in SINGLE else style.columns
    frame = family in KOREAN and rng.random() < 0.2
    blocks = FAMILIES[family][0](maker)
    for block in blocks:
        _keep_inside(block.children)
    numbered = rng.choice([1, 1, 1, 5, 10]) if family == "transcript" else 0
    return Document(blocks, language, family, grammar_number, running, columns, frame, numbered)


def _keep_inside(blocks: list[Block]) -> None:
    """Headings in boxes and columns do not stand left of the text."""
    for block in blocks:
        if block.kind == "heading":
            block.look.setdefault("left", 0.0)
        _keep_inside(block.children)


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
