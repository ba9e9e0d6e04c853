"""From the results of pages to texts: the accounts, the passes, and documents put together."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from fakes.bulk.runs import page
from sokdok.bulk.accounts import Counts, Found, RuleCount
from sokdok.bulk.assemble import assemble, markdown_of
from sokdok.bulk.passes import slices
from sokdok.bulk.plan import Unit, page_ranges
from sokdok.bulk.quality.recipe import parse_recipe, verdict
from sokdok.bulk.quality.text import Attributes
from sokdok.bulk.results import add_up
from sokdok.documents.blocks import Block, Setting
from sokdok.documents.document import DocumentPage

UNIT = Unit(
    id="0" * 32, document="a" * 32, path="set/a.pdf", place="a.pdf", source=0, sha256="a" * 64, size=1, first=1, last=4,
    pages=4, meta={"url": "https://x.org"},
)  # fmt: skip


def test_pages_end_where_their_text_ends() -> None:
    document = assemble(UNIT, [page(1, "첫째 쪽."), page(2, None), page(3, ""), page(4, "The last page.")])
    assert document.text == "첫째 쪽.\n\nThe last page." and document.page_ends == (5, 5, 5, len(document.text))
    assert [document.text[start:end] for start, end in document.page_spans()] == [
        "첫째 쪽.",
        "",
        "",
        "\n\nThe last page.",
    ]
    assert [one.status for one in document.pages] == ["SUCCESS", "FAILURE", "SUCCESS", "SUCCESS"]
    assert document.pages[1].error == "it can't be drawn" and document.failed == [document.pages[1]]
    assert document.tokens == 10 and document.meta == {"url": "https://x.org"}
    assert (document.id, document.path, document.sha256) == ("a" * 32, "set/a.pdf", "a" * 64)


SETTING = Setting(em=10, goes_on=True)
HEAD = Block("text", (50, 20, 300, 35), "Annual report")


def part(text: str, top: int, kind: str = "text", setting: Setting | None = SETTING) -> Block:
    return Block(kind, (50, top, 500, top + 40), text, setting=setting)


def spans(*contents: list[Block]) -> tuple[str, list[str]]:
    """A document's text, and what its spans say of each page."""
    pages = [replace(page(number, ""), blocks=tuple(blocks)) for number, blocks in enumerate(contents, 1)]
    document = assemble(UNIT, pages)
    parts = [document.text[start:end] for start, end in document.page_spans()]
    return document.text, parts


def test_each_page_ends_within_what_goes_on_over_it_and_running_heads_are_left_out() -> None:
    feet = [Block("text", (280, 810, 300, 825), str(number)) for number in (1, 2, 3)]
    text, pages = spans(
        [HEAD, part("A sentence that goes on to the next exam-", 400), part("A note.", 700, "page_footnote"), feet[0]],
        [HEAD, part("ple and ends there.", 100), part("Another that", 400), feet[1]],
        [HEAD, part("ends, too.", 100), feet[2]],
    )
    assert text == "A note.\n\nA sentence that goes on to the next example and ends there.\n\nAnother that ends, too."
    assert pages == [
        "A note.\n\nA sentence that goes on to the next exam",
        "ple and ends there.\n\nAnother that",
        " ends, too.",
    ]


def test_pages_end_within_tables_and_listings() -> None:
    tables = [
        replace(part("", 100, "table", SETTING), html=f"<table><tr><td>{n}</td><td>x</td></tr></table>") for n in "123"
    ]
    text, pages = spans(*([table] for table in tables))
    rows = [f"<tr><td>{n}</td><td>x</td></tr>" for n in "123"]
    assert text == f"<table>{''.join(rows)}</table>" and pages == [f"<table>{rows[0]}", rows[1], f"{rows[2]}</table>"]
    text, pages = spans([part("a = 1", 100, "code")], [part("b = 2", 100, "code")])
    assert (text, pages) == ("```\na = 1\nb = 2\n```", ["```\na = 1\n", "b = 2\n```"])


def test_pictures_leave_their_words_and_nothing_else() -> None:
    blocks = (
        Block("figure", (0, 0, 9, 9), ""),
        Block("chart", (0, 0, 9, 9), "Sales by year", html="<table><tr><td>2024</td><td>5</td></tr></table>"),
        Block("unread", (0, 0, 9, 9), "[formula not read]", figure="images/page-0001-1.png"),
        Block("title", (0, 0, 9, 9), "Results"),
    )
    text = markdown_of(replace(page(1, ""), blocks=blocks))
    table = "<table><tr><td>2024</td><td>5</td></tr></table>"
    assert text == f"Sales by year\n\n{table}\n\n[formula not read]\n\n# Results"


def test_hostile_text_is_harmless() -> None:
    text = markdown_of(page(1, "\x1b]0;x\x07<script>alert(1)</script> \ud800 [x](javascript:alert(1))"))
    text.encode()
    assert "\x1b" not in text and "<script" not in text and "](javascript" not in text


def test_an_empty_document_is_an_empty_text() -> None:
    document = assemble(UNIT, [DocumentPage(1, 10, 10)])
    assert document.text == "" and document.page_ends == (0,)


LIMITS = {"words": {"least": 50}, "hashes": {"most": 0.1}, "lines": {"least": 0.1, "paper": "tag"}}
RECIPE = parse_recipe({"version": 1, "rules": {"web": {"any": LIMITS, "zh": {"words": None}}}})


def counted(*documents: Attributes) -> Counts:
    counts = Counts()
    for attributes in documents:
        found = verdict(attributes, RECIPE)
        counts.count(attributes, RECIPE, found, kept=found.cut is None)
    return counts


def tags(**values: float) -> Attributes:
    return {name: ((0, 10, value),) for name, value in values.items()}


def test_counts_by_hand() -> None:
    english = tags(web__words=60, web__hashes=0.0, languages__en=0.9)
    mails = {"personal__email": ((0, 5, 1.0), (6, 9, 1.0))}
    counts = counted(
        {**english, **mails},
        {**tags(web__words=10, web__hashes=0.2, languages__en=0.9), **mails},
        tags(web__words=10, languages__zh=0.9),
        tags(web__words=60, web__lines=0.0, pages__paper_share=1.0),
    )
    assert counts.rules == {
        "web__words": RuleCount(measured=3, beyond=1, dropped=1),
        "web__hashes": RuleCount(measured=2, beyond=1),
        "web__lines": RuleCount(measured=1, beyond=1, tagged=1),
    }
    assert counts.languages == {"en": Found(2, 1), "zh": Found(1, 1), "": Found(1, 1)}
    assert counts.personal == {"email": Found(1, 1, 2)}  # of kept documents


values = st.fixed_dictionaries(
    {},
    optional={
        "web__words": st.sampled_from([10.0, 60.0]),
        "web__hashes": st.sampled_from([0.0, 0.2]),
        "web__lines": st.sampled_from([0.0, 0.2]),
        "languages__zh": st.just(0.9),
        "personal__ip": st.just(1.0),
    },
)


@given(st.lists(values, max_size=8), st.integers(0, 8))
def test_slices_add_up_in_any_cut(documents: list[dict[str, float]], cut: int) -> None:
    made = [tags(**document) for document in documents]
    whole, parts = counted(*made), counted(*made[:cut])
    add_up(parts, msgspec.json.decode(msgspec.json.encode(counted(*made[cut:])), type=Counts))
    assert parts == whole
    assert sum(rule.dropped for rule in whole.rules.values()) == sum(
        language.documents - language.kept for language in whole.languages.values()
    )


def units(lengths: list[int]) -> Iterator[Unit]:
    for number, length in enumerate(lengths):
        for first, last in page_ranges(length):
            yield Unit(id=f"{number}-{first}", document=f"{number}", path="", place="", source=0, sha256="", size=0,
                       first=first, last=last, pages=length)  # fmt: skip


@given(st.lists(st.integers(1, 120), max_size=40))
def test_every_document_is_in_one_slice_whole(lengths: list[int]) -> None:
    found = list(slices(units(lengths), sum(lengths), documents=5, pages=100))
    assert [unit.id for piece in found for document in piece.documents for unit in document] == [
        unit.id for unit in units(lengths)
    ]
    at = 0
    for number, piece in enumerate(found):
        assert piece.number == number and piece.name == f"{number:06d}" and piece.first == at
        assert len(piece.documents) <= 5 and (
            sum(document[0].pages for document in piece.documents) <= 100 or len(piece.documents) == 1
        )
        assert all(sum(len(unit.numbers) for unit in document) == document[0].pages for document in piece.documents)
        at += len(piece.documents)
    assert at == len(lengths)
