"""The timeline: one HTML file that has all of a view in it, fetches nothing, and runs nothing that was said."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from sokdok.memory.memory import Memory, new_turn
from sokdok.memory.view.sections import sections
from sokdok.memory.view.timeline.elements import MAX_SAID_CHARS
from sokdok.memory.view.timeline.page import timeline_html
from sokdok.memory.view.view import View

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = "</div></script><script>alert(1)</script><img src=x onerror=alert(2)> \"' & \x00\x07\x1b[31m \u202e --> ]]>"
VOID = {"meta", "img", "br", "link", "input"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""
    within: list[str] = field(default_factory=list)


class Tree(HTMLParser):
    """Every element with its own and its descendants' text; fails where tags are not properly nested."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), within=[above.tag for above in self._open])
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, kind: str | None = None) -> list[Element]:
        return [e for e in self.elements if e.tag == tag and kind in (None, *(e.attributes.get("class") or "").split())]


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "m.db", conversation="항구 <사무실>") as opened:
        yield opened


def talk(memory: Memory, count: int) -> None:
    said = (
        "The crane on berth 7 waits for the tide; the pilot comes at 06:40.",
        "다음 주 화요일 14시까지 보고서를 보내 주세요.",
    )
    memory.extend(
        new_turn(("user", "assistant")[i % 2], f"{i + 1}: {said[i % 2] * 3}", time=NOON) for i in range(count)
    )


def draw(memory: Memory, budget: int = 4000, model: str = "deepseek-ocr") -> tuple[View, Tree, str]:
    view = memory.view(budget, model)
    html = timeline_html(view, memory.store, 123_456)
    return view, Tree(html), html


def test_every_page_and_turn_is_there_with_its_text(memory: Memory) -> None:
    memory.add("user", "The gate code is 4417.", important=True, time=NOON)
    talk(memory, 400)
    view, tree, _ = draw(memory)
    figures, images = tree.all("figure", "page"), tree.all("img")
    assert len(figures) == len(view.pages) > 10
    drawn = [image.attributes["src"] for image in images if "src" in image.attributes]
    assert drawn == [
        f"data:image/png;base64,{base64.b64encode(part.picture.png).decode()}" for part in view.pages if part.picture
    ]
    texts = [element.text for element in tree.elements if "data-text" in element.attributes]
    assert texts == [part.text for part in view.pages]
    bubbles = [element.text for element in tree.all("div", "said")]
    assert bubbles == [part.text for part in view.parts if part.kind == "turn"]


def test_the_table_has_the_tokens_of_every_band_and_the_bar_their_shares(memory: Memory) -> None:
    talk(memory, 400)
    view, tree, _ = draw(memory)
    made = sections(view)
    rows = [row.text for row in tree.all("tr")[1:]]
    assert len(rows) == len(made) + 1 and rows[-1].startswith("Not spent")
    assert all(f"{section.tokens:,}" in row for section, row in zip(made, rows, strict=False))
    grown = [
        int(found[1])
        for e in tree.all("span")
        if (found := re.search(r"flex-grow: (\d+)", e.attributes.get("style") or ""))
    ]
    assert grown == [*(section.tokens for section in made), view.budget - view.tokens] and sum(grown) == view.budget
    claim, about = tree.all("p", "claim")[0].text, tree.all("p", "about")[0].text
    assert claim == f"400 turns in {view.tokens:,} tokens" and "deepseek-ocr" in about and "123,456 tokens" in about


def test_levels_stand_in_order_and_older_ones_are_smaller(memory: Memory) -> None:
    talk(memory, 400)
    _, tree, _ = draw(memory)
    sections = tree.all("section", "level")
    levels = [int(str(section.attributes["id"]).removeprefix("level-")) for section in sections]
    assert levels == sorted(levels, reverse=True) and len(levels) > 3 and levels[-1] == 0
    sharp = [float(re.findall(r"--sharp: ([\d.]+)", str(section.attributes["style"]))[0]) for section in sections]
    assert sharp == sorted(set(sharp)) and (sharp[0], sharp[-1]) == (0, 1)


def test_links_lead_to_what_is_there_and_nothing_is_fetched(memory: Memory) -> None:
    talk(memory, 400)
    memory.recall(3)
    _, tree, html = draw(memory)
    ids = {element.attributes.get("id") for element in tree.elements}
    links = [str(link.attributes["href"]) for link in tree.all("a")]
    assert len(links) > 5 and all(link.removeprefix("#") in ids for link in links)
    assert not tree.all("link") and not re.search(r"https?:|url\(|@import|src=\"(?!data:)", html)


def test_only_the_shipped_script_may_run(memory: Memory) -> None:
    talk(memory, 10)
    _, tree, _ = draw(memory)
    (script,) = tree.all("script")
    (policy,) = [str(e.attributes["content"]) for e in tree.all("meta") if "http-equiv" in e.attributes]
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy and "default-src 'none'" in policy


@pytest.mark.parametrize("model", ["deepseek-ocr", "gpt-4o"])  # pages; abridged text
def test_hostile_text_stays_text(memory: Memory, model: str) -> None:
    memory.extend(
        new_turn("user", HOSTILE + f" see C:\\{i}\\<b>.txt", important=i % 50 == 0, time=NOON, name="<i>Eve</i>\"'")
        for i in range(1200)
    )
    memory.recall(2)
    view, tree, html = draw(memory, model=model)
    assert {"page" if part.picture else part.kind for part in view.parts} >= {"turn", "recalled", "facts"}
    assert len(tree.all("script")) == 1 and not tree.all("i")
    assert not any(name.startswith("on") for element in tree.elements for name in element.attributes)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", html)
    said = [element.text for element in tree.all("div", "said")]
    assert said and all("<script>alert(1)</script>" in text and "␀␇␛[31m" in text for text in said)
    assert "<title>항구 &lt;사무실&gt;: 1,200 turns" in html


def test_a_very_long_turn_is_folded_but_whole(memory: Memory) -> None:
    text = "가나다라 " * MAX_SAID_CHARS
    memory.add("assistant", text)
    view, tree, _ = draw(memory, budget=100_000)
    (said,) = tree.all("div", "said")
    (folded,) = [element for element in tree.all("details") if "article" in element.within]
    assert folded.text.endswith(view.parts[-1].text) and f"All {len(text):,} characters" in folded.text
    assert said.attributes["lang"] == "ko"


def test_images_of_turns_are_shown_where_browsers_can(memory: Memory) -> None:
    png, tiff = io.BytesIO(), io.BytesIO()
    Image.new("L", (60, 40)).save(png, "PNG")
    Image.new("L", (50, 30)).save(tiff, "TIFF")
    memory.add("user", "사진입니다", images=[png.getvalue(), tiff.getvalue()])
    _, tree, _ = draw(memory)
    (image,) = [e for e in tree.all("img") if "article" in e.within]
    assert image.attributes["src"] == f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"
    assert image.attributes["alt"] == "Image of 60x40 pixels"
    assert "[image 50x30]" in tree.all("article")[0].text


def test_one_can_find_ones_way_by_headings_and_names(memory: Memory) -> None:
    talk(memory, 400)
    _, tree, _ = draw(memory)
    levels = [int(element.tag[1]) for element in tree.elements if re.fullmatch(r"h\d", element.tag)]
    assert levels[0] == 1 and all(after <= before + 1 for before, after in pairwise(levels))
    assert all(button.attributes.get("aria-label") for button in tree.all("button"))
    assert all(image.attributes.get("alt") for image in tree.all("img") if "src" in image.attributes)
    assert tree.all("h1")[0].text == "항구 <사무실>"


def test_a_conversation_of_one_turn_has_no_levels(memory: Memory) -> None:
    memory.add("user", "안녕하세요")
    view, tree, html = draw(memory)
    assert not tree.all("section", "level") and "From faded to sharp" not in html
    assert [element.text for element in tree.all("div", "said")] == ["안녕하세요"]
    assert "1 turn in " in html and sections(view)[-1].kind == "turn"
