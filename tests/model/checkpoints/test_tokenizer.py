"""Prompts in, output out: ids must be the published ones, text must never be worse than what was generated."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.errors import InputError, MissingExtraError, ModelError
from sokdok.model.checkpoints.tokenizer import BOS, EOS, PAD, Tokenizer
from sokdok.tokens.deepseek import encode, tokenizer_json

tokenizers = pytest.importorskip("tokenizers")

IMAGE_ID = 128_815
BOX = "<|ref|>title<|/ref|><|det|>[[10, 20, 300, 400]]<|/det|>"
TABLE = "<table><tr><td></td><td>1,234</td></tr></table>"


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    return Tokenizer.from_folder(tmp_path_factory.mktemp("no_tokenizer_json"))


@pytest.fixture(scope="module")
def reference() -> object:
    return tokenizers.Tokenizer.from_str(json.dumps(tokenizer_json()))


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("안녕하세요, 세계!", [31404, 11939, 246, 4567, 73527, 14, 76878, 3]),
        ("\n<|grounding|>Convert the document to markdown.", [201, 128820, 21842, 270, 4940, 304, 2121, 7919, 16]),
        (BOX, [128816, 10212, 128817, 128818, 22663, 553, 14, 223, 397, 14, 223, 4314, 14, 223, 5126, 11621, 128819]),
        ("   \n   spaces around newline   \n   ", [14320, 262, 13564, 2448, 1017, 1836, 14320, 361]),
        ("Total: $1,234,567.89 USD", [9538, 28, 957, 19, 14, 14456, 14, 25601, 16, 4362, 22191]),
    ],
)  # of the published tokenizer
def test_published_ids_there_and_back(tokenizer: Tokenizer, text: str, ids: list[int]) -> None:
    assert tokenizer.encode(text) == ids
    assert tokenizer.decode(ids) == text


def test_a_folder_with_the_file_says_the_same(tokenizer: Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer_json()), encoding="utf-8")
    own = Tokenizer.from_folder(tmp_path)
    assert own.encode(BOX + TABLE) == tokenizer.encode(BOX + TABLE) == encode(BOX + TABLE, special=True)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"version": "1.0"}'])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"tokenizer\.json can't be read .*: fetch it again") as raised:
        Tokenizer.from_folder(tmp_path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("token", "number", "message"),
    [
        ("<image>", None, "<image> is missing, DeepSeek-OCR expects 128815"),
        ("<td>", 128_813, "<td> has id 128813, DeepSeek-OCR expects 128821"),
        ("<｜end▁of▁sentence｜>", None, "<｜end▁of▁sentence｜> is missing, DeepSeek-OCR expects 1"),
    ],
)
def test_other_special_ids_are_refused(tmp_path: Path, token: str, number: int | None, message: str) -> None:
    data = tokenizer_json()
    flags = next(added for added in data["added_tokens"] if added["content"] == token)
    data["added_tokens"] = [added for added in data["added_tokens"] if added["content"] != token]
    data["model"]["vocab"].pop(token, None)
    if number is not None:
        data["added_tokens"] = [added for added in data["added_tokens"] if added["id"] != number]
        data["added_tokens"].append({**flags, "id": number})
        data["added_tokens"].sort(key=lambda added: added["id"])
    (tmp_path / "tokenizer.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ModelError, match=message.replace("|", r"\|")):
        Tokenizer.from_folder(tmp_path)


def test_without_the_package_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(MissingExtraError, match=r"sokdok\[torch\]"):
        Tokenizer.from_folder(tmp_path)


def test_markup_stays_and_control_tokens_go(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode(BOX + TABLE)
    assert tokenizer.decode([BOS, *ids, EOS, PAD, PAD]) == BOX + TABLE
    assert tokenizer.decode([128_825, 128_000]) == "<|User|><｜place▁holder▁no▁0｜>"


def test_a_cut_character_at_the_end_is_left_out(tokenizer: Tokenizer) -> None:
    text = "값은 뷁쀍 👩\u200d👧"
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    prefixes = [tokenizer.decode(ids[:end]) for end in range(len(ids) + 1)]
    assert all(text.startswith(prefix) for prefix in prefixes)
    assert len(set(prefixes)) < len(prefixes)  # some tokens end within a character


@given(ids=st.lists(st.integers(3, 128_826), max_size=30))
@settings(deadline=None)
def test_decoding_equals_the_reference(tokenizer: Tokenizer, reference: object, ids: list[int]) -> None:
    ids = [*ids, *tokenizer.encode(".")]  # so that nothing is cut at the end
    assert tokenizer.decode(ids) == reference.decode(ids, skip_special_tokens=False)


def test_spans_of_plain_tokens_are_their_text(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode(f"Hello, world!\n{BOX}")
    text, spans = tokenizer.decode(ids), tokenizer.token_spans(ids)
    assert [text[start:end] for start, end in spans] == [tokenizer.decode([token]) for token in ids]


@given(ids=st.lists(st.integers(0, 129_279) | st.sampled_from([*range(130), IMAGE_ID, EOS]), max_size=30))
@settings(deadline=None)
def test_spans_cover_the_text_in_order(tokenizer: Tokenizer, ids: list[int]) -> None:
    text, spans = tokenizer.decode(ids), tokenizer.token_spans(ids)
    assert len(spans) == len(ids)
    reached = 0
    for start, end in spans:
        assert 0 <= start <= reached <= max(end, reached) <= len(text)
        assert start >= reached - 1  # one shared character at most
        reached = max(reached, end)
    assert reached == len(text)


@pytest.mark.parametrize(
    ("prompt", "image_tokens", "ids"),
    [
        ("<image>\nFree OCR.", [2], [0, IMAGE_ID, IMAGE_ID, 201, 21431, 126041, 16]),
        ("  <image>\nFree OCR. \n", [1], [0, IMAGE_ID, 201, 21431, 126041, 16]),  # stripped
        ("Free OCR. ", [1], [0, IMAGE_ID, 201, 21431, 126041, 16]),  # the image comes first
        (
            "<image>\n<|grounding|>Convert the document to markdown.",
            [3],
            [0, *[IMAGE_ID] * 3, 201, 128820, 21842, 270, 4940, 304, 2121, 7919, 16],
        ),
        ("Free OCR.", [], [0, 21431, 126041, 16]),  # text only
        ("", [2], [0, IMAGE_ID, IMAGE_ID]),
        ("<image><image>Free OCR.", [1, 2], [0, IMAGE_ID, IMAGE_ID, IMAGE_ID, 21431, 126041, 16]),
    ],
)
def test_prompts(tokenizer: Tokenizer, prompt: str, image_tokens: list[int], ids: list[int]) -> None:
    assert tokenizer.prompt_ids(prompt, image_tokens) == ids


@pytest.mark.parametrize(
    ("prompt", "images"), [("<image>", 0), ("<image>", 2), ("Free OCR.", 2), ("<image><image>", 1)]
)
def test_another_number_of_images_is_refused(tokenizer: Tokenizer, prompt: str, images: int) -> None:
    with pytest.raises(InputError, match=f"images given: {images}; write <image> once for each"):
        tokenizer.prompt_ids(prompt, [5] * images)
