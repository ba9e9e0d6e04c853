"""Truth read back from a page's colours, and one step of the network."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import torch

from fakes.server.browser import KOREAN
from sokdok.layout.structure.network import ROLES
from sokdok.layout.structure.nodes import Array
from sokdok.model.nano.session import bundled_folder, open_graph
from sokdok.pages.textlayer.read import text_layer
from sokdok.reading.nano.page_reader import NanoPageReader
from sokdok_lab.structure import generate, offices
from sokdok_lab.structure.families import FAMILIES, document
from sokdok_lab.structure.features import _as_detected, _cropped, _underlined, batch, sample
from sokdok_lab.structure.generate import MOST_NODES, document_pages, picture_folder, read, write
from sokdok_lab.structure.grammar import GRAMMARS, Grammar, grammar, held_out
from sokdok_lab.structure.losses import losses, weighted
from sokdok_lab.structure.model import Size, StructureNet
from sokdok_lab.structure.offices import Office
from sokdok_lab.structure.parts import Maker
from sokdok_lab.structure.texts import Words
from sokdok_lab.structure.tree import Block, Document, Register, color, number
from sokdok_lab.structure.truth import known_chunks, share_known
from sokdok_lab.structure.typed import pages_of
from sokdok_lab.structure.weights import PAGE_OUTPUTS, export, load, save

LONG = "A sentence that is long enough to fill more than one line. "
LANG = "한 줄보다 긴 문장이 이어집니다. 다음 문장도 있습니다. "
TEXTS = {
    "en": ["Open the window of settings", "It is closed at night.", LONG * 4],
    "ko": ["설정 창을 엽니다", "밤에는 닫습니다.", LANG * 4],
}
WORDS = {name: Words(TEXTS["ko" if name == "ko" else "en"], name) for name in ("en", "ko", "de", "fr", "ja")}
typst = pytest.importorskip("sokdok_lab.structure.engines.typst", reason="typst is not installed")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_folder(tmp_path_factory.mktemp("typst") / "pictures")


@pytest.fixture(scope="module")
def pages_of_seed(pictures: Path) -> Callable[[int], list[dict[str, Array]]]:
    """Pages of the document of a seed, which are made once."""
    return cache(lambda seed: document_pages(seed, WORDS, typst.pdf, pictures))


def test_colours_are_numbers_and_back():
    for word in (1, 127, 128, 20_000, 2**21 - 1):
        text = color(word)
        assert number(*(int(text[at : at + 2], 16) for at in (1, 3, 5))) == word
    assert number(200, 0, 0) == 0


def test_grammars_are_many_repeat_and_a_share_is_held_out():
    assert vars(Grammar(5)) == vars(Grammar(5))
    made = map(grammar, range(GRAMMARS))
    assert len({(one.rules, one.hang, one.numbering, one.columns) for one in made}) > 200
    assert sum(map(held_out, range(GRAMMARS))) == 0.15 * GRAMMARS


@pytest.mark.parametrize("seed", [0, 2, 3, 5])  # of 1 a table is wider than its page, and its texts are on each other
def test_words_of_a_page_are_those_its_colours_name(seed, pictures):
    told = document(seed, WORDS, seed * 7919 % GRAMMARS)
    register = Register(told.language)
    with pypdfium2.PdfDocument(typst.pdf(told, register, pictures)) as file:
        pages = [known_chunks(text_layer(page), page, register) for page in file]
    assert share_known(pages) > 0.97
    one = [item for page in pages for item in page if item.unit >= 0 and item.first == item.last]
    whole = [item for item in one if len(item.words) == 1]
    same = [
        item.words[0].text in register.words[item.first].text or "#" in register.words[item.first].text
        for item in whole
    ]
    # What is broken over lines is a part, with the engine's hyphen.
    assert sum(same) >= 0.9 * len(same)


def test_pages_keep_their_order_and_their_grids(tmp_path, pages_of_seed):
    pages = [page for seed in (1, 2, 3, 5) for page in pages_of_seed(seed)]
    write(tmp_path / "shard.npz", pages)
    again = read(tmp_path / "shard.npz")
    assert len(again) == len(pages)
    assert all((a["box"] == b["box"]).all() for a, b in zip(again, pages, strict=True))
    for page in again:
        after = page["successor"][page["successor"] >= 0]
        assert len(after) == len(set(after.tolist())), "each is read once"
        assert len(page["kind"]) <= MOST_NODES + 100
        for table in set(page["table"].tolist()) - {-1}:
            place = page["place"][page["table"] == table]
            assert place.min() == 0
            assert set(range(place[:, 0].max() + 1)) == set(place[:, 0].tolist()), "no row without a beginning"


def test_every_family_makes_a_document():
    assert {document(seed, WORDS, seed % GRAMMARS).family for seed in range(1000)} == set(FAMILIES)


_NEW = (
    "handbook heading text/reference heading text/manpage heading text/index heading text/front title contents/"
    "typed heading text/contract title item/plan title item/official title item/announcement title text/"
    "parents title cell item/blanks title text/quotation title cell/meeting title cell item/form title heading/"
    "receipt cell label value/paper title heading reference/bulletin title text/account title cell/"
    "transcript text page_number/panels text/recipe title cell item/dictionary text/menu title contents heading/"
    "beside text/steps text/curriculum heading text"
)
NEW = {name: {role.replace("_", " ") for role in roles} for name, *roles in map(str.split, _NEW.split("/"))}


@pytest.mark.parametrize("family", NEW)
def test_pages_of_a_family_have_their_truth(family, pictures):
    language = "ko" if family in offices.FAMILIES else "en"
    if language == "ko" and not KOREAN:
        pytest.skip("needs a font with Korean, such as fonts-nanum")
    for house in (1, 14):
        style = grammar(house)
        blocks = FAMILIES[family][0](Maker(random.Random(house), WORDS[language], style))
        register = Register(language)
        told = Document(blocks, language, family, house, frame=house == 14, numbered=5 * (family == "transcript"))
        with pypdfium2.PdfDocument(typst.pdf(told, register, pictures)) as file:
            pages = [known_chunks(text_layer(page), page, register) for page in file]
        assert share_known(pages) > 0.97
        said = {item.unit for page in pages for item in page}
        assert NEW[family] <= {ROLES[register.units[unit].role] for unit in said if unit >= 0}
        below = [unit for unit in register.units if ROLES[unit.role] == "item" and unit.level > 1]
        assert all(register.units[item.parent].level == item.level - 1 for item in below)


def test_scripts_fill_templates_and_repeat_blocks():
    house = Office(Maker(random.Random(3), WORDS["ko"], grammar(2)))
    assert house["s성 명"] == f"성{' ' * house.spread}명"
    assert set(house.fill("{name} ~ {name}")) & set("김이박최정강조윤장임")
    made = house.blocks("text 3-3 center size=1.5 | {colon}x\ntext 0? | never\nitem2 2-2 left=1 | 가. = {p3}")
    assert [block.kind + block.marker for block in made] == ["text", "text", "text", "item가.", "item나."]
    assert made[0].look == {"align": "center", "size": 1.5} and made[0].text == f"{house.between}x"
    table = house.grid([["#a", "<", "b"], ["c", "d", '"']])
    spans = [(cell.rows, cell.columns) for row in table.cells for cell in row if cell]
    assert spans == [(1, 2), (2, 1), (1, 1), (1, 1)]


def test_a_typewriter_sets_words_in_columns_and_pages_with_their_heads():
    heading = Block("heading", "First things", look={"rule": "="})
    pairs = Block("pairs", children=[Block("label", "-a, --all"), Block("value", "word " * 30)], look={"wide": 12.0})
    look = {"width": 40.0, "depth": 9.0, "top": "left||#", "justified": 1}
    told = Block("typed", children=[heading, pairs], look=look)
    register = Register("en")
    pages = pages_of(told, register)
    shown = [["".join(" " * spaces + word for _, word, spaces in row) for row in page] for page in pages]
    assert shown[0][:5] == [f"left{' ' * 35}1", "", "", "First things", "============"]
    assert shown[0][6].startswith("-a, --all   word") and shown[1][3].startswith(" " * 12 + "word")
    assert all(len(row) <= 40 for page in shown for row in page)


def test_the_network_learns_a_page_in_any_order(pages_of_seed):
    torch.manual_seed(0)
    pages = [page for seed in (1, 3) for page in pages_of_seed(seed)][:2]
    net = StructureNet(Size(width=32, layers=2, table_layers=1))
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3)
    rng = np.random.default_rng(0)
    seen = []
    for _ in range(25):
        loss = sum(weighted(losses(net, batch([sample(page, rng) for page in pages]))).values())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        seen.append(float(loss.detach()))
    assert np.mean(seen[-3:]) < 0.7 * np.mean(seen[:3])
    plain = sample(pages[0], None)
    order = np.random.default_rng(1).permutation(len(plain.hash))
    made = batch([plain])
    moved = {name: value[:, order] for name, value in made.items()}
    with torch.no_grad():
        a, b = net(made), net(moved)
    assert torch.allclose(a["role"][:, order], b["role"], atol=1e-4)
    assert torch.allclose(a["links"][:, :, order][:, :, :, order], b["links"], atol=1e-3)


def test_weights_come_back_as_they_were_but_for_halves(tmp_path):
    net = StructureNet(Size(width=32, layers=2, table_layers=1)).eval()
    save(net, tmp_path / "net.safetensors", {"step": 3})
    again, facts = load(tmp_path / "net.safetensors")
    assert facts == {"step": 3}
    assert again.size == net.size
    assert torch.allclose(again.role.weight, net.role.weight, atol=1e-3)


def test_graphs_say_what_the_network_says(tmp_path, pages_of_seed):
    torch.manual_seed(0)
    net = StructureNet(Size(width=32, layers=2, table_layers=1)).eval()
    export(net, tmp_path)
    made = batch([sample(pages_of_seed(1)[0], None)])
    names = ("numbers", "place", "cell", "letters", "hash")
    graph = open_graph(tmp_path / "structure.onnx", threads=1)
    found = dict(zip(PAGE_OUTPUTS, graph.run(None, {name: made[name].numpy() for name in names}), strict=True))
    with torch.no_grad():
        told = net(made)
    assert all(np.allclose(found[name], told[name].numpy(), atol=0.05) for name in PAGE_OUTPUTS)


def test_a_part_of_a_page_and_pieces_found_as_one_keep_what_is_true(pages_of_seed):
    rng = np.random.default_rng(0)
    for page in pages_of_seed(5):
        for changed in (_cropped(page, rng), _as_detected(page, rng), _underlined(page, rng)):
            texts = len(changed["unit"])
            assert (changed["kind"][:texts] == 0).all() and (changed["kind"][texts:] != 0).all()
            after = changed["successor"]
            assert after.max(initial=-1) < texts and len(after[after >= 0]) == len(set(after[after >= 0].tolist()))
            assert {*changed["unit"].tolist()} <= {*page["unit"].tolist()}


def test_pages_that_are_read_keep_what_is_true(pages_of_seed, pictures, monkeypatch):
    monkeypatch.setattr(generate, "MOST_READ", 1)
    reader, made = NanoPageReader(bundled_folder(), threads=1), pages_of_seed(2)
    read_ones = document_pages(2, WORDS, typst.pdf, pictures, reader)
    assert read_ones
    for page in read_ones:
        whole = next(other for other in made if other["facts"][2] == page["facts"][2])
        known = page["unit"] >= 0
        assert known.mean() > 0.9
        assert set(page["unit"][known].tolist()) <= set(whole["unit"].tolist())
        assert len(set(page["unit"][known].tolist())) > 0.7 * len(set(whole["unit"].tolist()) - {-1})
        after = page["successor"][page["successor"] >= 0]
        assert len(after) == len(set(after.tolist())), "each is read once"
        seen = sample(page, np.random.default_rng(0))
        assert (seen.numbers[:, 44] == 1).all(), "what a text layer knows of the type is hidden"
