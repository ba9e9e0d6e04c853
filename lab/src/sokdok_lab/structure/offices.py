"""Korean office pages: reports in short lines, official letters, notices, contracts, school letters, forms, offers."""

from __future__ import annotations

import random

from sokdok_lab.structure.parts import Family, Maker, counter
from sokdok_lab.structure.script import House, side
from sokdok_lab.structure.tree import Block, Look

LABELS = (
    "성 명/생년월일/주 소/연 락 처/소 속/직 위/전화번호/전자우편/신청일자/신청구분/제 목/일 시/장 소/대 상/내 용/기 간/금 액/"
    "비 고/담 당 자/사 업 명/총사업비/주관기관/작 성 자/구 분/상 호/대 표 자/업 태/종 목/등록번호/학년·반/보호자/관 계/계좌번호"
)
HEADS = (
    "추진 배경 ~ 추진 개요 ~ 현황 및 문제점 ~ 추진 계획 ~ 세부 추진 내용 ~ 기대 효과 ~ 향후 일정 ~ 행정 사항 ~ 협조 사항 ~ "
    "검토 의견 ~ 예산 ~ {p3} ~ {p4} ~ {p5}"
)
ENDS = "추진 ~ 예정 ~ 실시 ~ 마련 ~ 강화 ~ 확대 ~ 완료 ~ 필요 ~ 등 ~ 검토 ~ 중 ~ 협의 ~ (별도 통보)"
PLACES = "교육지원청 ~ 시청 ~ 군청 ~ 주민센터 ~ 협회 ~ 초등학교 ~ 고등학교 ~ 공단 ~ 연구원 ~ 위원회 ~ 대학교 ~ 주식회사"
DUTIES = "담 당/주무관/팀 장/과 장/국 장/실 장/부 장/이 사/대 표/교 무/교 감/교 장"
DAY = (
    "{n7}. {n12}. {n28}. ~ 202{n7}. {n12}. {n28}. ~ 202{n7}년 {n12}월 {n28}일 ~ ’2{n7}. {n12}. {n28}.(수) ~ 20    년      월      일 ~ "
    "202{n7}년    월    일 ~ 202{n7} .   .   ."
)
VALUE = (
    "{name} ~ {day} ~ {office} ~ {N6}원 ~ {N4}천원 ~ 02-{n999}-{n9999} ~ {_30} ~ ({b6}) ~ ({b18}) ~ {p6} ~ {n17}:00 ~ {n9}명 ~ "
    "□ {p1}   □ {p1}   □ {p1} ~ ☐ {p1}  ☐ {p2}"
)
LINE = ("{p9} {end} ~ {p6} ({day}) ~ {t60}", "{t90} {end} ~ ({p2}) {t90} ~ ({p2}) {p8} {end} ~ {label}{colon}{value} ~ {t150} {end} ~ {p8}",
        "{p9} ~ {t70} {end} ~ {p3} : {value}", "{p6} ~ {t40}")  # fmt: skip
GOODS = "3 1.2 .8 1.4 1.6 1.3 1"  # how wide the columns of goods are
MARKS = ("□ ○ - ․", "□ ㅇ - *", "■ ● - ·", "❏ ○ ▪ -", "◎ ○ - ·", "1. 가. 1) 가)", "I. 1. 가. ○", "◦ - · ※", "○ - ․ *")


class Office(House):
    """How one office sets its pages; the same in all documents of a grammar."""

    def __init__(self, make: Maker) -> None:
        super().__init__(make)
        rng = random.Random(f"office {make.grammar.number}")
        self.marks = rng.choice(MARKS).split()
        self.step, self.hangs = rng.choice([0.25, 0.5, 0.5, 1.0, 1.5]), rng.random() < 0.6
        self.above = [rng.choice([0.3, 0.6, 1.0]), rng.choice([0, 0.2, 0.4]), rng.choice([0, 0.1, 0.2]), 0.0, 0.0]
        self.first: Look = {"bold": float(rng.random() < 0.5), "size": rng.choice([1.0, 1.0, 1.1, 1.2])}
        self.head = rng.choice(["tab", "tab", "bar", "fill", "box", "rule", "", "", "over"])
        self.spread = rng.choice([1, 2, 3, 4, 6])
        self.between = rng.choice([" : ", ": ", "   ", "  : "])

    def label(self) -> str:
        """A label, its letters set apart."""
        return self[f"s{self.rng.choice(LABELS.split('/'))}"]

    def name(self) -> str:
        """A person, unnamed."""
        return self.rng.choice("김이박최정강조윤장임") + self.rng.choice(["○○", "◯◯", "길동", "민수", "서연", " ○ ○"])

    def office(self) -> str:
        """An authority or a firm."""
        return self.w()[:5] + self.fill(PLACES)

    def duty(self) -> str:
        """What somebody is."""
        return self[f"s{self.rng.choice(DUTIES.split('/'))}"]

    def day(self) -> str:
        """A day, or room for one."""
        return self.fill(DAY)

    def value(self) -> str:
        """What may stand behind a label."""
        return self.fill(VALUE)

    def end(self) -> str:
        """How a line in short style ends."""
        return self.fill(ENDS)

    def colon(self) -> str:
        """What stands between a label and its value."""
        return self.between

    def items(self, level: int = 1, marks: str = "", least: int = 1, most: int = 5) -> Block:
        """Lines of a report, each level a space or two further in, with lines below them and remarks."""
        signs, out = marks.split("_") if marks else self.marks, list[Block]()
        for index in range(self.rng.randint(least, most)):
            mark = counter(signs[level - 1], index)
            look = self.place(level, mark) | (self.first if level == 1 else {})
            if self.make.chance(0.06):
                look["under"] = f"{(start := self.rng.randint(0, 5))}-{start + self.rng.randint(1, 5)}"
            item = Block("item", self.fill(LINE[level - 1]), level, mark, look=look)
            if level < len(signs) and self.make.chance((0.75, 0.4, 0.2)[level - 1]):
                item.children.append(self.items(level + 1, marks, 1, 4))
            if self.make.chance(0.1):
                look = self.place(level + 1, "※")
                note = Block("item", self.fill("{p10} ~ {t60}"), level + 1, self.rng.choice("※※*"), look=look)
                item.children.append(Block("list", level=level + 1, children=[note]))
            out.append(item)
        return Block("list", level=level, children=out)

    def points(self, marks: str, least: int = 1, most: int = 5) -> Block:
        """Lines with marks of their own."""
        return self.items(1, marks, least, most)

    def place(self, level: int, mark: str) -> Look:
        """Where an item of a level stands."""
        wide = (0.35 + sum(0.55 if letter.isascii() else 0.95 for letter in mark)) * self.hangs
        left = self.step * level + 0.5 * (level - 1) + wide
        return {"left": left, "first": -wide, "above": self.above[level - 1], "below": 0.1}

    def part(self) -> Block:
        """The head of a part, with its number in a cell, a bar, or plain."""
        self.make.numbers[0] += 1
        number = chr(ord("Ⅰ") + self.make.numbers[0] - 1) if self.spread < 3 else str(self.make.numbers[0])
        look: Look = {"align": "left", "left": 0.0, "above": 1.0, "below": 0.6, "bold": 1, "size": 1.15}
        look["ground"] = self.head
        if self.head == "tab":
            return Block("heading", f"{number}\n{self.fill(HEADS)}", look={**look, "tab": 1, "ground": ""})
        return Block("heading", f"{number}.{' ' * self.rng.choice([1, 1, 2])}{self.fill(HEADS)}", look=look)

    def sign(self) -> Block:
        """Room for those who sign, a small grid at the right."""
        count = self.rng.randint(2, 5)
        signed = [self.rng.choice(["", "", "", "^{name}", "^전결"]) for _ in range(count)]
        rows = [["#결\n재", *["#{duty}"] * count], ['"', *signed]]
        rows = [row[1:] for row in rows] if self.make.chance(0.4) else rows
        return self.grid(rows, grid=1, share=0.1 * len(rows[0]) + 0.05, at="right")

    def facts(self, least: int = 2, most: int = 7) -> Block:
        """A grid of labels and what belongs to them, some over the whole width, some with lines of a list."""
        pairs, rows = self.rng.choice([1, 2, 2]), list[list[str]]()
        for _ in range(self.rng.randint(least, most)):
            wide = pairs == 2 and self.make.chance(0.35)
            value = self.make.listed() if wide and self.make.chance(0.5) else "{value} ~ {value} ~ "
            rows.append(["#{label}", value, "<", "<"] if wide else ["#{label}", "{value} ~ {value} ~ "] * pairs)
        return self.grid(rows, grid=float(self.make.chance(0.85)), rules="rows", widths=" ".join(["1 2.4"] * pairs))

    def attached(self) -> list[Block]:
        """What is attached, and the end."""
        if self.make.chance(0.5):
            return self.blocks("text above=.6 | 붙임  {p5} 1부.  끝. ~ 붙임 : {p7} 1부.  끝.")
        item = "left=3.6 first=0 below=0 |"
        items = self.blocks(f"item 1-2 {item} 1. = {{p5}} 1부.\nitem {item} 3. = {{p5}} 1부.  끝.")
        return [*self.blocks("text above=.6 below=0 | 붙임"), Block("list", children=items)]

    def offer(self) -> Block:
        """Lines of goods with their prices, and the sum."""
        count, rules = self.rng.randint(5, 7), self.rng.choice(["grid", "grid", "rows", "none", "open"])
        rows = [["#{s품 명}", "#{s규 격}", "#수량", "#{s단 가}", "#공급가액", "#{s세 액}", "#비고"]]
        goods = ["{p3}", "^EA ~ SET ~ 식 ~ -", "^{n50}", ">{N5}", ">{N7}", ">{N6}", ""]
        rows += [goods] * self.rng.randint(3, 16)
        rows += [[""] * 7] * self.rng.choice([0, 0, 2, 5]) + [["#합   계", "<", "<", "", ">{N8}", ">{N7}", ""]]
        return self.grid([row[:count] for row in rows], 1, rules=rules, widths=" ".join(GOODS.split()[:count]))

    def supplier(self) -> Block:
        """Who offers, a grid of labels with a head that reaches down."""
        rows = [["#공\n급\n자" if at == 0 else '"', "#{label}", "{value}"] for at in range(self.rng.randint(3, 5))]
        return self.grid(rows, grid=1, widths=".4 1 2.4")

    def agenda(self) -> Block:
        """What was discussed, as lists in cells."""
        rows = [["#{s구 분}", "#주 요 내 용", "#{s비 고}"]]
        for _ in range(self.rng.randint(2, 6)):
            marks = self.rng.choice(("○○", "○-", "○--", "1", "-", "ㅇㅇㅇ", "•••"))
            rows.append(["#{p2}", "\n".join(f"{mark} {self.fill('{p9} ~ {t90}')}" for mark in marks), "{name}"])
        return self.grid(rows, 1, grid=float(self.make.chance(0.8)), rules="open", widths="1 5 1")

    def sides(self, left: str, right: str, share: float = 0.5) -> Block:
        """Two scripts side by side."""
        return side(self.blocks(left), self.blocks(right), share=share)


TITLE = "title center above=.5 below=1 ground={} | {{p5}} 추진 계획 ~ {{p4}} 결과 보고 ~ {{p5}} 운영 계획(안) ~ {{p5}} 개최 안내 ~ {{p6}}\n"
SEAL = "text center above=1 below=.8 | {day}\ntext {} bold below=.6 | {office}장  (인) ~ {office} 대표이사 {name}   (인) ~ {office}위원장 [직인생략] ~ {office}장\n"


def _title(house: Office) -> str:
    return TITLE.format(house.rng.choice(["none", "none", "over", "box", "fill"]))


def _seal(house: Office) -> str:
    return SEAL.replace("{}", house.rng.choice(["center", "center size=1.3", "center size=1.6", "right"]))


def plan(make: Maker) -> list[Block]:
    """보고서: a title within lines, a summary in a box, parts of short lines in levels, tables with lists in cells."""
    house = Office(make)
    box = make.box(house.blocks("text .4? center bold | 요  약 ~ < 요약 >\n+items"), "flow")
    part = "+part\n+items\ntext .3? center bold above=.5 below=.3 | < {p4} >\n+table .3? 4 5\n+facts .25? 2 5\n+items .3?\n"
    head = f"+sign .25?\n{_title(house)}text right below=.6 | {{day}}  {{office}}\nbox .4?\n"
    return house.blocks(head + part * make.rng.randint(2, 6) + "+attached .4?", box=box)


def official(make: Maker) -> list[Block]:
    """공문: who sends, who receives, counted paragraphs, what is attached, who signs, small print below."""
    house = Office(make)
    return house.blocks(f"""
        title center size={make.rng.uniform(1.5, 2.2):.1f} | {{office}} ~ {"  ".join(house.office())}
        text below=.2 | {{s수 신}}  {{p3}} ~ {{s수 신}} : {{office}}장
        text .7? below=.2 | (경  유)
        text below=.2 {make.rng.choice(["", "bold"])} | {{s제 목}}  {{p8}} ~ {{s제 목}}   {{p5}} 알림
        rule .6?
        +points 1._가._1)_가) 2 4
        +table .3? 4 4
        +attached
        text center size=1.5 bold above=1 below=.8 | {{office}}장 ~ {"  ".join(house.office() + "장")}
        rule
        text size=.85 below=.1 | ★주무관 {{name}}    {{duty}} {{name}}    {{duty}} {{name}} ~ {{duty}} {{name}}      {{duty}} 전결 {{name}}
        text .5? size=.85 below=.1 | 협조자
        text size=.85 below=.1 | 시행  {{w}}과-{{n20000}} ({{day}})      접수  {{w}}-{{n999}} ({{day}})
        text size=.85 below=.1 | 우 {{n63000}}  {{p4}}      / www.office.go.kr
        text size=.85 below=.1 | 전화 02-{{n999}}-{{n9999}}   전송 02-{{n999}}-{{n9999}}   / 공개 ~ 전화번호 {{n999}}-{{n9999}}     / {{w}}@korea.kr  / 부분공개(6)""")


def announcement(make: Maker) -> list[Block]:
    """공고문: its number, title, what is announced, parts with counted lines, the day and the seal."""
    house, rng = Office(make), make.rng
    size = rng.choice([1, 1, 1.1])
    parts = "".join(
        f"head ground=none size={size} bold align=left left=0 above=.8 below=.2 | {at}. {rng.choice(HEADS.split(' ~ '))}\n"
        + rng.choice(["+points 가._1)_가)_-\n", "+points 가._1)_가)_-\n", "+facts\n", "+text 40 200\n"])
        for at in range(1, rng.randint(4, 9))
    )
    first = f"text {rng.choice(['', 'center'])} below=.8 | {{office}} 공고 제202{{n7}}-{{n999}}호\n{_title(house)}+text 60 250\n"
    return house.blocks(first + (_seal(house) + parts if make.chance(0.6) else parts + _seal(house)) + "+attached .3?")


def contract(make: Maker) -> list[Block]:
    """계약서: parties, articles with counted paragraphs, the day, two who sign side by side."""
    house, rng = Office(make), make.rng
    name = rng.choice(["계약서", "표준근로계약서", "협약서", "임대차계약서", "확약서", "규정", "동의서"])
    out = house.blocks(
        f"title center | {(' ' * house.spread).join(name)}\ntext under=0-1 below=.8 | {{office}}(이하 “갑”이라 한다)와 {{name}}(이하 “을”이라 한다)은 {{t80}}"
    )
    for article in range(1, rng.randint(5, 14)):
        head = f"제{article}조{rng.choice([' ', ''])}({make.words.phrase(rng, 2)})"
        out += house.blocks(
            f"text lead={0.1 + head.count(' ')} below=.4 | {head} {{t200}}"
            if make.chance(0.5)
            else f"head2 size=1 bold ground=none align=left left=0 above=.6 below=.2 | {head}\n+points {rng.choice(['①', '1.', '가.'])}_-_·"
        )
    side = "text bold | ({})\ntext below=.3 | {{s주 소}}{{colon}}{{_20}}\ntext below=.3 | {{s상 호}}{{colon}}{{office}}\ntext below=.3 | {{s대 표 자}}{{colon}}{{name}}      (인)"
    day = house.blocks("text center above=1 below=.8 | {day}")
    return [*out, *day, house.sides(side.format("갑"), side.format("을"))]


def parents(make: Maker) -> list[Block]:
    """가정통신문: a head of three parts, greetings, counted facts, a line to cut along, an answer to fill in."""
    house, rng = Office(make), make.rng
    rows, grid = [["^{p3}", "#{office} 가정통신문", "^담당: {name}\n☎ {n999}-{n9999}"]], float(make.chance(0.5))
    head = house.grid(rows, grid=grid, rules="rows", widths="1 2.5 1")
    dash = rng.choice(["-" * 3, "─", "…", "·" * 4]) * rng.randint(7, 11)
    answer = f"""
        text center above=.8 below=.8 | {dash} 절 취 선 {dash} ~ {dash} ✂ 자르는 선 {dash}
        text center size=1.3 bold | 참 가 신 청 서 ~ 회   신   서 ~ 동 의 서
        text right | (    )학년 (    )반 (    )번   이름 :{{b16}}
        {rng.choice(["+facts 2 3", "+blanks", "+ticks"])}
        text right | 보호자 성명 :{{b12}}(인) ~ 보호자{{b10}}(서명)
        text bold size=1.2 | {{office}}장  귀하"""
    body = f"""
        {_title(house)}
        +text 120 400
        +text 60 200
        item 3-6 left=1.5 first=0 below=.2 | 1. = {{label}}{{colon}}{{value}}
        +table .5? 4 5
        text size=.9 | ※ {{p8}} ~ {{t60}}
        {_seal(house)}"""
    return [head, *house.blocks(body + (answer if make.chance(0.75) else ""))]


def blanks(make: Maker) -> list[Block]:
    """신청서: labels with blanks or in a grid, boxes to tick, a promise, room to sign, who receives it."""
    house, rng = Office(make), make.rng
    name = rng.choice(["신청서", "지원서", "동의서", "확인서", "청구서", "위임장", "신고서", "접수증"])
    part = "text .6? bold above=.6 below=.3 | {}. {{p3}}\n{}\n+ticks .5?\n"
    line = "text 3-8 left=1 below=.3 | {label}{colon}{value}"
    kinds = rng.choices(["+facts 3 8", "+blanks", "+blanks", line], k=rng.randint(1, 3))
    parts = [part.format(at, kind) for at, kind in enumerate(kinds, 1)]
    return house.blocks(f"""
        text .6? size=.85 below=.4 | [별지 제{{n30}}호 서식] ~ ■ {{p4}} [별지 제{{n9}}호서식]
        title center | {(" " * house.spread).join(name)} ~ {{p3}} {name}
        {"".join(parts)}
        +text 60 250
        text center above=1 below=.8 | {{day}}
        text right below=.6 | 신청인 :{{b14}}(서명 또는 인) ~ 신청인 :       {{name}}  (인)
        text bold size=1.3 | {{office}}장  귀하""")


def quotation(make: Maker) -> list[Block]:
    """견적서: to whom at the left, who offers in a grid at the right, a sum, lines with prices, terms."""
    house, rng = Office(make), make.rng
    name = rng.choice(["견적서", "거래명세서", "청구서", "발주서", "영수증"])
    left = "text | {day}\ntext bold | {office}  귀하\ntext 2-3 below=.2 | {label}{colon}{value}"
    return house.blocks(f"""
        title center | {(" " * house.spread).join(name)}
        side
        text {rng.choice(["", "ground=over", "ground=box"])} bold above=.6 below=.6 | 합계금액{{colon}}일금 {{w}}원정 (₩{{N7}})
        +offer
        +points 1._-_-_-
        text .4? center above=1 | {{day}}""", side=house.sides(left, "+supplier", rng.uniform(0.38, 0.48)))  # fmt: skip


def meeting(make: Maker) -> list[Block]:
    """회의자료: room to sign, a head in a grid, what was discussed as lists in cells."""
    house = Office(make)
    parts = "+part\n+items\n" * make.rng.randint(1, 4)
    return house.blocks(f"+sign .6?\n{_title(house)}+facts 2 4\n+agenda .7?\n{parts}+attached .3?")


FAMILIES: dict[str, tuple[Family, float]] = {
    "plan": (plan, 12), "official": (official, 5), "announcement": (announcement, 5), "contract": (contract, 4),
    "parents": (parents, 5), "blanks": (blanks, 5), "quotation": (quotation, 4), "meeting": (meeting, 5),
}  # fmt: skip
