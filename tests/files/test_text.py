"""Texts of any encoding are read as they were written, or refused with what to do; no letter is lost on a guess.

Text comes in exactly as it is, and what is no text is named.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.errors import InputError
from sokdok.files.text import Decoded, decode, detect, has_mark
from sokdok.pages import plan, read_text, text_of

MINUTES = "회의록\r\n참석자: 김철수, 이영희\r\n다음 회의는 3월 4일 오후 2시입니다.\r\n"
FOREIGN = {
    "gbk": "会议记录已经发送。销售额比去年增加了。运行程序以后会创建文件，请注意保存您的数据。",
    "big5": "會議記錄已經發送。銷售額比去年增加了。執行程式以後會建立檔案。",
    "shift_jis": "会議の記録を送ります。売上高は前年比で増加しました。ファイルが作成されます。",
    "euc_jp": "会議の記録を送ります。売上高は前年比で増加しました。ファイルが作成されます。",
    "cp1251": "Протокол собрания отправлен. Объём продаж вырос по сравнению с прошлым годом.",
    "koi8-r": "Протокол собрания отправлен. Объём продаж вырос по сравнению с прошлым годом.",
    "cp1253": "Τα πρακτικά της συνεδρίασης στάλθηκαν. Οι πωλήσεις αυξήθηκαν.",
    "cp1252": "Déjà l'été, où les élèves çà et là flânent. Größe, Müller, São João não.",
    "cp1250": "Příliš žluťoučký kůň úpěl ďábelské ódy.",
}


def refusal(data: bytes, **options: str) -> str:
    with pytest.raises(InputError) as caught:
        decode(data, "notes.txt", **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["cp949", "euc-kr"])
@pytest.mark.parametrize("text", [MINUTES, "회의록", "이름,부서\n김철수,영업\n", "매출 12,000원 (부가세 별도)"])
def test_korean_of_windows_is_told_from_its_bytes(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "notes.txt") == Decoded(text, "cp949", guessed=True)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [MINUTES, "name,amount\r\nA,1\r\n", "글 글 글\n", "속독\n𝄞 ab"])
def test_utf_16_is_told_without_a_mark(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "notes.txt") == Decoded(text, encoding, guessed=True)


@pytest.mark.parametrize(("encoding", "text"), FOREIGN.items())
def test_other_encodings_are_never_taken_for_korean(encoding: str, text: str) -> None:
    for length in range(2, len(text), 3):
        assert detect(text[:length].encode(encoding, "ignore")) in (None, "utf-8")


@pytest.mark.parametrize(("encoding", "text"), FOREIGN.items())
def test_an_encoding_that_is_named_is_used(encoding: str, text: str) -> None:
    text = text.encode(encoding, "ignore").decode(encoding)
    assert decode(text.encode(encoding), "notes.txt", encoding).text == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
def test_a_mark_is_dropped_where_the_encoding_is_named_too(encoding: str) -> None:
    mark = "" if encoding in ("utf-16", "utf-32") else "\ufeff"
    assert decode(f"{mark}속독 ab".encode(encoding), "notes.txt", encoding).text == "속독 ab"


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), min_size=1))
def test_utf_8_is_always_utf_8(text: str) -> None:
    assert decode(text.encode(), "notes.txt") == Decoded(text, "utf-8")


@settings(deadline=None)
@given(st.binary())
def test_every_input_is_text_or_an_input_error(data: bytes) -> None:
    has_mark(data)
    try:
        decode(data, "notes.txt")
    except InputError:
        assert "�" in decode(data, "notes.txt", errors="replace").text


def test_a_korean_text_with_a_few_bad_bytes_stays_korean() -> None:
    data = MINUTES.encode("cp949") + b"\xff\n"
    assert "--encoding (cp949" in refusal(data)
    assert decode(data, "notes.txt", errors="replace").text == f"{MINUTES}�\n"


def test_what_is_not_sure_is_refused_and_says_what_to_do() -> None:
    message = refusal("café olé".encode("cp1252"))
    assert "not valid UTF-8 at byte 3 (0xe9); name its encoding with --encoding (cp949, cp1252" in message
    assert "--encoding replace" in message
    assert "not valid CP949 at byte" in refusal("한글".encode(), encoding="cp949")


@pytest.mark.parametrize("name", ["no-such", "", "hex", "rot13", "utf\0"])
def test_what_is_no_encoding_is_refused(name: str) -> None:
    assert "encoding" in refusal(b"a", encoding=name) and "cp949" in refusal(b"a", encoding=name)


def file_refusal(file: Path | bytes, encoding: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        read_text(file, encoding)
    message = str(caught.value)
    assert "\n" not in message
    return message


def written(folder: Path, data: bytes) -> Path:
    path = folder / "notes.txt"
    path.write_bytes(data)
    return path


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), min_size=1))
def test_any_text_comes_in_as_it_is(text: str) -> None:
    assert read_text(b"x" + text.encode()) == "x" + text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_are_read_and_dropped(encoding: str) -> None:
    assert read_text("속독\n한글 ab".encode(encoding)) == "속독\n한글 ab"


@pytest.mark.parametrize("text", ["שלום עולם", "cafe\u0301 n\u0303", "a\u202eb", "a" * 9000 + "\0b"])
def test_awkward_text_passes_and_survives_drawing(text: str) -> None:
    assert read_text(text.encode()) == text
    assert "".join(text_of(layout.symbols) for layout in plan(text, (640, 640))) == text


def test_offsets_count_the_byte_order_mark() -> None:
    assert "at byte 4 (0xff)" in file_refusal(b"\xef\xbb\xbfa\xff")


def test_nul_is_text_only_when_asked_for() -> None:
    message = file_refusal(b"a\0b")
    assert "looks like a binary file: byte 1 is NUL" in message and "--encoding replace" in message
    assert read_text(b"a\0b", "replace") == "a\0b"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a PNG"),
        (b"\xff\xd8\xff\xe0", "a JPEG"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "hwp"),
    ],
)
@pytest.mark.parametrize("encoding", [None, "replace"])
def test_well_known_binary_formats_are_named(data: bytes, name: str, encoding: str | None) -> None:
    message = file_refusal(data, encoding)
    assert "looks like a binary file" in message and name in message


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_refused(tmp_path: Path, data: bytes) -> None:
    assert "is empty" in file_refusal(written(tmp_path, data))
    assert "standard input is empty" in file_refusal(data)
