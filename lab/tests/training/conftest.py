"""A corpus of a few paragraphs, and the smoke recipe to vary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.synth import HANGUL, LATIN, build_font

SMOKE = Path(__file__).parents[3] / "recipes" / "smoke.yaml"

ENGLISH = """\
The ferry left the harbour at nine, and by noon the island had shrunk to a grey line on the water.
Nobody on board knew why the captain had turned north; the charts showed nothing there but depth.
"We shall wait for the tide," she said, "and then we shall see who was right about the current."
A letter costs one glance, a word costs two; a page that is looked at whole costs hardly more.
In the evening they counted the barrels again: forty-two of oil, seventeen of salt, and one that was empty.
Trains are late when it snows, and when it does not snow they are late for other reasons.
Each shelf held the year's receipts, tied with string, oldest at the bottom and newest on top.
The bridge was closed in March, opened again in June, and painted green in September.
If you keep the window shut, the room stays warm; if you open it, you hear the market below.
He wrote down the number of the house, 118, and the name of the street, and lost the paper at once.
"""
KOREAN = """\
배는 아침 아홉 시에 항구를 떠났고, 정오가 되자 섬은 물 위의 가느다란 선이 되었다.
선장이 왜 북쪽으로 뱃머리를 돌렸는지 아무도 몰랐다. 해도에는 깊은 바다뿐이었다.
시장에서는 할머니가 감자와 양파를 팔고, 아이들은 골목에서 공을 찬다.
글자 하나를 읽는 데는 한 번의 눈길이면 되고, 쪽 전체를 보는 데도 그리 오래 걸리지 않는다.
다리는 삼월에 닫혔다가 유월에 다시 열렸고, 구월에는 초록색으로 칠해졌다.
창문을 닫아 두면 방이 따뜻하고, 열어 두면 아래 시장의 소리가 들린다.
그는 집 번호 118과 길 이름을 적어 두었지만, 곧 그 종이를 잃어버렸다.
"""
CODE = """\
def count(words):
    totals = {}
    for word in words:
        totals[word] = totals.get(word, 0) + 1
    return sorted(totals.items(), key=lambda item: -item[1])

if __name__ == "__main__":
    print(count(open("notes.txt").read().split())[:10])
"""
WORLD = {
    "de": "Der Zug fährt über die Brücke, und niemand weiß, wann er zurückkommt. ",
    "vi": "Buổi sáng trời mưa, buổi chiều trời nắng đẹp. ",
    "el": "Το πλοίο έφυγε από το λιμάνι στις εννέα το πρωί. ",
    "uk": "Поїзд їде через міст, і ніхто не знає, коли він повернеться. ",
}  # of lab/scripts/fetch_corpus.py's folder `world`


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as lab/scripts/fetch_corpus.py leaves it."""
    folder = tmp_path_factory.mktemp("corpus")
    for name, text in {"en": ENGLISH, "ko": KOREAN, "code": CODE}.items():
        (folder / name).mkdir()
        (folder / name / "own.txt").write_text(text, encoding="utf-8")
    (folder / "world").mkdir()
    for language, text in WORLD.items():
        (folder / "world" / f"words-{language}.txt").write_text(text * 20, encoding="utf-8")
    return folder


@pytest.fixture
def write_recipe(tmp_path: Path) -> Callable[..., Path]:
    """`write_recipe(save_every=2, stages=[…])`: the smoke recipe with other values, as a file."""
    import yaml

    def write(**changes: Any) -> Path:
        values = yaml.safe_load(SMOKE.read_text(encoding="utf-8")) | changes
        path = tmp_path / "recipe.yaml"
        path.write_text(yaml.safe_dump({k: v for k, v in values.items() if v is not None}), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A font of print, and one of a hand that has Hangul."""
    folder = tmp_path_factory.mktemp("fonts")
    build_font(folder / "latin.ttf", "Plain", LATIN)
    build_font(folder / "both.ttf", "Both Hand", LATIN + HANGUL)
    return folder


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """So small nets gain nothing from a second thread, and one thread repeats itself to the last bit."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
