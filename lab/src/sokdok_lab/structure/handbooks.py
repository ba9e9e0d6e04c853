"""Printed software documentation: handbooks, references, manual pages, indexes, and what a typewriter sets."""

from __future__ import annotations

import random

from sokdok_lab.structure.grammar import PAPERS
from sokdok_lab.structure.parts import Family, Maker
from sokdok_lab.structure.script import House, side
from sokdok_lab.structure.tree import Block, Look

STEMS = (
    "get set open read list file name path time data user mode line text size type copy move find make init load sort join "
    "print parse write close index value table query cache model field event"
)
LABELS = {
    "en": "See also/Warning/Tip/Example/Parameters/Returns/Index/Version",
    "ko": "참고/경고/도움말/예제/매개변수/반환값/찾아보기/버전",
    "de": "Siehe auch/Warnung/Tipp/Beispiel/Parameter/Rückgabe/Index/Version",
    "fr": "Voir aussi/Attention/Astuce/Exemple/Paramètres/Renvoie/Index/Version",
    "ja": "関連項目/警告/ヒント/例/引数/戻り値/索引/バージョン",
}
_SECTIONS = "NAME/SYNOPSIS/DESCRIPTION/OPTIONS/EXIT STATUS/ENVIRONMENT/FILES/EXAMPLES/NOTES/BUGS/AUTHOR/SEE ALSO"
SECTIONS = _SECTIONS.split("/")


class Press(House):
    """How one publisher sets what handbooks have; the same in all documents of a grammar."""

    def __init__(self, make: Maker) -> None:
        super().__init__(make)
        rng = random.Random(f"handbook {make.grammar.number}")
        self.labels = [*LABELS[make.words.language].split("/"), make.labels[2]]
        self.term = f"{rng.choice(['bold', 'mono', 'italic', ''])} sticky below={rng.choice([0, 0, 0.2])}"
        self.meaning, self.gap = rng.uniform(1, 5), rng.choice([0.2, 0.5, 0.9])
        self.aside = f"bold size={rng.choice([1, 1, 1, 1.15, 1.3])} below={rng.choice([0.1, 0.2, 0.5])}"
        self.note = rng.choice(["side", "bar", "frame", "fill", "indent", "none"])
        self.inline = rng.choice([0, 0, 5, 7, 11])
        bare = f"{rng.choice(['mono', ''])} {rng.choice(['bold', ''])} left=0 below=.2 ground={rng.choice(['none', 'none', 'fill', 'rule'])}"
        self.signature, self.own_page = bare, rng.random() < 0.4

    def name(self) -> str:
        """A name as programs have them."""
        return self.rng.choice("_-.").join(self.rng.sample(STEMS.split(), self.rng.choice([1, 1, 2, 2, 3])))

    def stem(self) -> str:
        """A word of a program."""
        return self.rng.choice(STEMS.split())

    def option(self) -> str:
        """An option of a command."""
        stem = self.stem()
        short = f"-{stem[0]}, --{stem} ~ -{stem[0]} ~ -{stem[0]} <{stem}> ~ -{stem[0]}, --{stem}-{{stem}}=N"
        return self.fill(f"{short} ~ --{stem}-{{stem}} ~ --{stem}={stem.upper()}")

    def side(self) -> str:
        """A word that says what a note is."""
        return self.rng.choice([*self.labels[:4], self.labels[8]])

    def say(self, least: int = 60, most: int = 500, left: float = 0) -> Block:
        """A paragraph, perhaps with names in fixed pitch."""
        block = self.make.text(least, most)
        block.look |= {"code": float(self.inline)} if self.inline else {}
        block.look |= {"left": left, "below": self.gap} if left else {}
        return block

    def terms(self, least: int = 2, most: int = 7, left: float = 0, depth: int = 0) -> list[Block]:
        """Terms on lines of their own, what they mean indented below."""
        out, kind = list[Block](), self.rng.choice(["{option}", "{name}", "{p4}"])
        for _ in range(self.rng.randint(least, most)):
            out += self.blocks(f"text {self.term} left={left} | {kind}")
            out += [self.say(20, 260, left + self.meaning) for _ in range(self.rng.choice([1, 1, 1, 2]))]
            out += self.terms(2, 3, left + self.meaning, 1) if depth < 1 and self.make.chance(0.08) else []
        return out

    def functions(self) -> list[Block]:
        """Functions with what they take and give."""
        out, left = list[Block](), self.meaning
        for _ in range(self.rng.randint(2, 6)):
            taken = ", ".join(self.fill("{stem} ~ {stem}: int ~ {stem}=None") for _ in range(self.rng.randint(0, 5)))
            heads = " ~ ".join(f"{kind}{{name}}({taken})" for kind in ("", "class ", "int "))
            out += self.blocks(f"text {self.signature} | {heads}")
            out.append(self.say(30, 300, left))
            if self.make.chance(0.5):
                out += self.blocks(f"text left={left} bold below=.1 | {self.labels[4]}")
                out += self.blocks(f"item 1-4 left={left + 2} first=-1 below=.1 | • = {{stem}} – {{p8}}")
            out += self.blocks(f"text .4? left={left} lead=.1 below=.7 | {self.labels[5]}: {{p7}}")
        return out

    def admonition(self) -> list[Block]:
        """A note or warning as this house sets it."""
        head, text = self.blocks(f"text {self.aside} | {{side}}"), self.say(40, 300)
        if self.note == "indent":
            return self.blocks(f"text {self.aside} left=2 | {{side}}\ntext left=2 | {{t250}}")
        if self.note != "side":
            box = self.make.box([*head, text] if self.make.chance(0.6) else [text], "flow")
            box.look["ground"] = self.note
            return [box]
        icon = Block("figure", "i", look={"width": 0.6, "height": 20.0, "seed": 1, "drawn": 0})
        return [side([icon], [*head, text], share=0.09)]

    def listing(self) -> list[Block]:
        """Code, perhaps with a caption."""
        name = f"{self.labels[3]} {{n9}}"
        caption = f"caption .4? of=code above=1 | {name}. {{p7}} ~ {name}-{{n9}}: {{p5}}"
        return self.blocks(f"+say 30 160\n{caption}\n+code")

    def options(self) -> Block:
        """A table whose rows only gaps part, its cells of several lines."""
        rng, columns = self.rng, 2 if self.make.grammar.columns > 1 else self.rng.choice([2, 2, 3, 3, 4])
        rows = [["#{p2}"] * columns] if self.make.chance(0.6) else []
        first = rng.choice(["{option}", "{name}", "{p3}"])
        middle = rng.choice(["{value}", "{name}", "{stem} ~ {value}"])
        heads, row = len(rows), [first, *[middle] * (columns - 2), "{t200} ~ {t60} ~ {p6}"]
        rows += [row] * rng.randint(4, 25)
        rules, pad = rng.choice(["none", "none", "none", "booktabs", "head", "rows"]), rng.choice([0.0, 1, 2, 4, 7])
        return self.grid(rows, heads, rules=rules, pad=pad, widths=" ".join(["1"] * (columns - 1) + ["2.6"]))

    def chapter(self) -> list[Block]:
        """One chapter, short or long."""
        out, make, rng = [self.make.heading(1)], self.make, self.rng
        for _ in range(rng.choice([0, 1, 2, 3, 4])):
            level = rng.choice([1, 2, 2, 2, 3, 3, 4])
            out += [make.heading(level, self.w() if make.chance(0.3) else "")]
            out += [make.heading(level + 1)] if make.chance(0.25) and level < 4 else []  # no text between the two
            parts = "+terms/+options/+admonition/+listing/+lists/+captioned/+shown" + "/+say\n+say 30 250" * 5
            parts += f"/text lead=1 | {self.labels[0]}: {{name}}, {{name}}"
            out += self.blocks("\n".join(rng.choices(parts.split("/"), k=rng.randint(1, 3))))
        return [*out, *([Block("break")] if self.own_page else [])]


def handbook(make: Maker) -> list[Block]:
    """Chapters with headings close to each other, terms, options, notes, code."""
    out = Press(make).blocks("+chapter\n" * make.rng.randint(3, 7))
    return out if out[-1].kind != "break" else out[:-1]


def reference(make: Maker) -> list[Block]:
    """Modules with signatures of functions and what they do."""
    house, out = Press(make), list[Block]()
    for _ in range(make.rng.randint(2, 5)):
        out += [make.heading(make.rng.choice([1, 2]), house.name() if make.chance(0.5) else "")]
        part = make.rng.choice(["+functions", "+functions", "+terms 3 9"])
        out += house.blocks(f"+say 40 300\n{part}\n+admonition .3?\n+listing .2?")
    return out


def manpage(make: Maker) -> list[Block]:
    """A manual page as groff sets it: heads in capitals, all else indented."""
    house, rng = Press(make), make.rng
    name, left, out = house.name(), rng.choice([2.5, 3.5, 5.0]), list[Block]()
    head = f"size={rng.choice([1, 1, 1.1, 1.2])} bold align=left above={rng.uniform(0.5, 1):.1f} below=.1 ground=none"
    call = " ".join(f"[{house.option()}]" for _ in range(rng.randint(1, 6)))
    scripts = {
        "NAME": f"text left={left} | {name} – {{p8}}",
        "SYNOPSIS": f"text 1-2 left={left + 3} first=-3 lead=.1 | {name} {call} ~ {name} [{{option}}] {{stem}}",
        "SEE ALSO": f"text left={left} | " + ", ".join(f"{house.name()}({rng.randint(1, 8)})" for _ in range(rng.randint(1, 9))),
    }  # fmt: skip
    for section in SECTIONS:
        if section in SECTIONS[:4] or make.chance(0.6):
            out += house.blocks(f"head {head} left={-make.grammar.inset:.1f} | {section}\n{scripts.get(section, '')}")
            if section in ("OPTIONS", "FILES", "ENVIRONMENT"):
                out += house.terms(3, 14, left)
            elif section not in scripts:
                out += [house.say(60, 500, left) for _ in range(rng.randint(1, 3))]
                out += house.blocks(f"+code .25?\nhead2 .3? {head} left=1.5 | {{p4}}\ntext left={left} | {{t300}}")
    return out


def index(make: Maker) -> list[Block]:
    """Words with the pages they are on, in columns, under letters."""
    house, rng, entries = Press(make), make.rng, list[Block]()
    letters = "ABCDEFGHIKLMNOPRST" if make.words.language != "ko" else "가나다라마바사아자차카타파하"
    for letter in letters[: rng.randint(4, len(letters))]:
        entries += house.blocks(f"head2 above=.8 below=.2 ground=none align=left left=0 | {letter}")
        for _ in range(rng.randint(2, 14)):
            pages = ", ".join(map(str, sorted(rng.sample(range(1, 400), rng.choice([1, 1, 1, 2, 3, 5])))))
            entry = f"{{name}}, {pages} ~ {{p4}}, {pages} ~ {{p4}}  {pages}"
            entries += house.blocks(f"text first=-1.5 below=.1 align=left left={rng.choice([1.5, 1.5, 3])} | {entry}")
    columns = Block("columns", children=entries, look={"count": float(rng.choice([2, 2, 3]))})
    return [Block("heading", house.labels[6]), *(entries if make.grammar.columns > 1 else [columns])]


def front(make: Maker) -> list[Block]:
    """A title page, a page of small print, contents with and without leaders, the first lines of a chapter."""
    house, rng = Press(make), make.rng
    align = rng.choice(["left", "center", "right"])
    return house.blocks(f"""
        title above={rng.uniform(3, 16):.1f} align={align} size={rng.uniform(1.6, 3):.1f} | {{p6}}
        text .6? align={align} size=1.2 below=2 | {{p8}}
        text align={align} below={rng.uniform(1, 12):.1f} | {house.labels[7]} {{n9}}.{{n20}}
        text 1-3 align={align} below=.2 | {{p3}}
        text align={align} above={rng.uniform(0, 8):.1f} | {{value}}
        break
        text 1-5 size=.85 below=.5 | {{t500}}
        break
        head align=left | {make.labels[7]}
        +contents 10 60
        break
        +chapter""")


def typed(make: Maker) -> list[Block]:
    """What a typewriter or a program sets in plain text: a manual page, a memo with running heads, a read-me."""
    house, rng, kind = Press(make), make.rng, make.rng.choice(["manual", "memo", "read-me"])
    wide, (width, height) = rng.choice([64, 68, 72, 72, 76, 79, 80]), PAPERS[make.grammar.paper]
    margins = make.grammar.margins
    points = round(min(make.grammar.size, (width - margins[1] - margins[3] - 2) / (wide + 1) / 0.61), 1)
    left = 0 if kind == "read-me" else rng.choice([3, 4, 5, 7, 8])
    rule = f"rule={rng.choice('=-')}" if kind == "read-me" and make.chance(0.7) else ""
    gap = "gap=0" if kind == "manual" else rule
    mark, apart = rng.choice(["*", "-", "o", "1.", "+"]), rng.choice([0, 1])
    out = house.blocks(f"title {'centre' if kind == 'memo' else ''} gap=2 {rule} | {{p6}}") if kind != "manual" else []
    for at, section in enumerate(SECTIONS if kind == "manual" else ["{p5}"] * rng.randint(4, 10), 1):
        number = f"{at}.  " if kind == "memo" else ""
        out += house.blocks(f"head {gap} {'caps' if kind == 'manual' else ''} | {number}{section}")
        out += house.blocks(f"head2 .3? left={min(3, left)} | {number and f'{at}.1.  '}{{p4}}")
        for _ in range(rng.randint(1, 3)):
            part = 0 if section == "OPTIONS" else rng.randrange(8)
            look: Look = {"left": float(left), "apart": float(apart), "gap": 1.0 - apart}
            if part == 0:
                pairs = house.blanks("{option}", "{t160}").children
                out.append(Block("pairs", children=pairs, look={**look, "wide": rng.choice([7.0, 8, 18, 26])}))
            elif part == 1:
                out.append(Block("list", children=house.blocks(f"item 2-6 | {mark} = {{t180}}"), look=look))
            elif part == 2:
                out.append(Block("code", make.code().text, look={"left": float(left + 4)}))
            elif part == 3:
                rows = [["#{stem}"] * 3, *(["{name}", "{value}", "{p8}"] for _ in range(rng.randint(3, 9)))]
                out.append(house.grid(rows, 1, left=float(left), rule=rng.choice(["-", "", "="])))
            else:
                out += house.blocks(f"text left={left} first={rng.choice([0, 0, 0, 3])} | {{t500}}")
    top = {"manual": "{stem}(1)|{p3}|{stem}(1)", "memo": "RFC {n9999}|{p3}|{value}"}.get(kind, "")
    bottom = {"manual": "{value}|{p2}|#", "memo": "{w}|{value}|[Page #]"}.get(kind, "")
    depth = float(int((height - margins[0] - margins[2]) / points / 1.2) - 2)
    shape: Look = {"points": points, "width": float(wide), "depth": depth, "justified": float(make.chance(0.3))}
    shape |= {"top": house.fill(top)[:70], "bottom": house.fill(bottom)[:70]}
    return [Block("typed", children=out, look=shape)]


FAMILIES: dict[str, tuple[Family, float]] = {
    "handbook": (handbook, 18), "reference": (reference, 9), "manpage": (manpage, 6), "index": (index, 6),
    "front": (front, 5), "typed": (typed, 9),
}  # fmt: skip
