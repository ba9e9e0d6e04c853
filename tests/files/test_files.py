"""Files and texts as they come and go."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.errors import InputError
from sokdok.files import (
    check_file,
    copy_stream,
    json_text,
    lines_of,
    locked,
    make_folder,
    name_of,
    new_text_file,
    open_regular,
    path_key,
    printable,
    read_file,
    read_stream,
    shown_controls,
)
from sokdok.files.text import Decoded, decode, detect, has_mark
from sokdok.files.zstd import compressed, decompressed, packing, unpacked_lines
from sokdok.pages import plan, read_text, text_of


def fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: Path("/dev/zero"), "/dev/zero is no regular file; pipe what it gives into - instead"),
        (lambda folder: fifo(folder / "a"), "is no regular file"),
        (lambda folder: folder, "is a folder; name the files in it"),
        (lambda folder: folder / "a", "a: no such file"),
        (lambda folder: (folder / "a").touch() or folder / "a", "is empty (0 bytes)"),
        (lambda folder: (folder / "a").symlink_to("a") or folder / "a", "a: Too many levels of symbolic links"),
        (lambda folder: folder / ("x" * 300), "File name too long"),
        (lambda folder: (folder / "a").write_text("x") and folder / "a" / "b", "no such file"),
    ],
)
def test_what_is_no_file_is_named(tmp_path: Path, make, message: str) -> None:
    path = make(tmp_path)
    for opened in (check_file, open_regular, read_file):
        with pytest.raises(InputError) as raised:
            opened(path)
        assert message in str(raised.value)


def test_a_limit_is_an_error_not_a_cut(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert read_file(path, most=5) == b"12345" == read_stream(io.BytesIO(b"12345"), "a pipe", 5)
    for read in (lambda: read_file(path, most=4), lambda: read_stream(io.BytesIO(b"12345"), "a", 4)):
        with pytest.raises(InputError, match="a has more than 4 bytes; split it"):
            read()
    target = io.BytesIO()
    with pytest.raises(InputError, match="a pipe has more than 2 MB"):
        copy_stream(io.BytesIO(bytes(3 << 20)), target, "a pipe", 2 << 20)
    assert len(target.getvalue()) <= 2 << 20


def test_a_sparse_file_of_a_terabyte_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InputError, match="a has more than 64 MB"):
        read_file(tmp_path / "a")


def test_lines_have_a_longest_and_a_most() -> None:
    assert list(lines_of(io.BytesIO(b"ab\ncd"), "a", 3, 5)) == [b"ab\n", b"cd"]
    with pytest.raises(InputError, match="a has a line of more than 3 bytes"):
        list(lines_of(io.BytesIO(b"ab\ncdef"), "a", 3))
    with pytest.raises(InputError, match="a has more than 4 bytes"):
        list(lines_of(io.BytesIO(b"ab\ncd"), "a", 3, 4))


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("report.pdf", "report"),
        ("보고서 2024.final.pdf", "보고서 2024.final"),
        ("no_suffix", "no_suffix"),
        (".pdf", "pdf"),
        ("a\nb\x07.png", "a_b_"),
        ("...", "document"),
        (os.fsdecode(b"caf\xe9.pdf"), "caf�"),
    ],
)
def test_documents_are_called_after_their_files(file: str, name: str) -> None:
    assert name_of(Path(file)) == name


def test_a_link_and_what_it_leads_to_have_one_key(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "b.png").symlink_to("a.png")
    (tmp_path / "loop").symlink_to("loop")
    assert path_key(tmp_path / "b.png") == path_key(tmp_path / "a.png") and path_key(tmp_path / "loop")


def test_bytes_that_are_no_text_have_keys_of_their_own_and_one_spelling() -> None:
    odd = [Path(os.fsdecode(name)) for name in (b"caf\xe9.pdf", b"caf\xe8.pdf")]
    assert path_key(odd[0]) != path_key(odd[1]) and printable(odd[0]) == printable(odd[1])
    path_key(odd[0]).encode()


def test_a_file_that_fails_leaves_nothing_and_what_was_there_before(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("before")
    with pytest.raises(RuntimeError), new_text_file(path) as file:
        file.write("half")
        raise RuntimeError
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]
    with new_text_file(path) as file:
        file.write("한글\n")
    assert path.read_bytes() == "한글\n".encode() and list(tmp_path.iterdir()) == [path]


def test_two_do_not_write_one_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    with new_text_file(path) as file:
        with pytest.raises(InputError, match=r"a\.md is being written by another process"), new_text_file(path):
            pass
        file.write("whole")
    assert path.read_text() == "whole" and list(tmp_path.iterdir()) == [path]


def test_a_file_in_a_folders_place_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    for folder in (tmp_path / "out", tmp_path / "out" / "deeper"):
        with pytest.raises(InputError, match="can't be a folder"):
            make_folder(folder)


def test_links_under_either_name_are_replaced_not_followed(tmp_path: Path) -> None:
    victims = [tmp_path / "victim", tmp_path / "other"]
    for victim, name in zip(victims, ("a.md", "a.md.tmp"), strict=True):
        victim.write_text("precious")
        (tmp_path / name).symlink_to(victim)
    with new_text_file(tmp_path / "a.md") as file:
        file.write("new")
    assert [victim.read_text() for victim in victims] == ["precious"] * 2
    assert (tmp_path / "a.md").read_text() == "new" and not (tmp_path / "a.md").is_symlink()


@pytest.mark.process
def test_one_process_waits_for_the_other(tmp_path: Path) -> None:
    code = (
        "import fcntl, os, sys; from pathlib import Path; folder = Path(sys.argv[1])\n"
        "try: fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "except BlockingIOError: sys.exit(7)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with locked(tmp_path):
        assert subprocess.run(command).returncode == 7
    assert subprocess.run(command).returncode == 0


def test_bytes_come_back() -> None:
    data = "가나다\n".encode() * 1000
    assert decompressed(compressed(data), "x") == data and len(compressed(data)) < 200
    assert decompressed(compressed(b""), "x") == b""


def test_damage_is_told() -> None:
    packed = compressed(b"abc" * 1000)
    for wrong in (packed[:-1], b"", b"abc", packed[:12] + b"?" + packed[13:]):
        with pytest.raises(InputError, match=r"x\.zst is damaged"):
            decompressed(wrong, "x.zst")


def test_a_bomb_is_refused() -> None:
    with pytest.raises(InputError, match="more than 1 MB"):
        decompressed(compressed(b"\0" * (2 << 20)), "x.zst", most=1 << 20)


def test_lines_are_packed_and_unpacked_one_by_one() -> None:
    file = io.BytesIO()
    with packing(file) as out:
        for at in range(1000):
            out.write(f"{at}\n".encode())
    file.seek(0)
    assert [int(line) for line in unpacked_lines(file, "x")] == [*range(1000)]
    with pytest.raises(InputError, match="damaged"):
        list(unpacked_lines(io.BytesIO(file.getvalue()[:-5]), "x"))


def test_what_a_terminal_obeys_and_half_characters_are_escapes() -> None:
    value = {"한글 \x9b\x7f\x1b": ["\ud800", "é"]}
    text = json_text(value)
    text.encode()
    assert json.loads(text) == value and "한글" in text and "é" in text and text.isprintable()


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        json_text(float("nan"))


def test_control_characters_are_shown() -> None:
    assert shown_controls("a\r\nb\x00\x7f\x9b") == "a\nb␀␡�"


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


@pytest.mark.parametrize("encoding", ["cp949", "euc-kr", "johab", "iso2022_kr", "iso2022_jp_2"])
@pytest.mark.parametrize("text", [MINUTES, "회의록", "이름,부서\n김철수,영업\n", "매출 12,000원 (부가세 별도)"])
def test_korean_is_told_from_its_bytes(text: str, encoding: str) -> None:
    known = Decoded(text, encoding.replace("euc-kr", "cp949"), guessed=True)
    assert decode(text.encode(encoding), "notes.txt") == known


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
    page = f"<meta content='text/html; charset={encoding}'>{text}"
    assert decode(text.encode(encoding), "notes.txt", encoding).text == text
    assert decode(text.encode(encoding), "x.eml", named=encoding).text == text
    for written in (encoding, "utf-8", "utf-16"):
        assert decode(page.encode(written), "x.html").text == page


@pytest.mark.parametrize("label", ["utf-7", "utf-16", "us-ascii", "idna", "none"])
def test_what_is_said_to_be_an_encoding_of_seven_bits_or_is_none(label: str) -> None:
    text = "한글 문서" if label == "utf-7" else "a"
    assert decode(text.encode("utf-7"), "x.eml", named=label).text == text
    assert decode("한글 문서".encode("cp949"), "x.eml", named=label, errors="replace").text == "한글 문서"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
def test_a_mark_is_dropped_where_the_encoding_is_named_too(encoding: str) -> None:
    mark = "" if encoding in ("utf-16", "utf-32") else "\ufeff"
    marked = f"{mark}속독\n한글 ab".encode(encoding)
    assert decode(marked, "notes.txt", encoding).text == read_text(marked) == "속독\n한글 ab"


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
    assert "at byte 4 (0xff)" in file_refusal(b"\xef\xbb\xbfa\xff"), "its byte order mark counts"


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


@pytest.mark.parametrize("text", ["שלום עולם", "cafe\u0301 n\u0303", "a\u202eb", "a" * 9000 + "\0b"])
def test_awkward_text_passes_and_survives_drawing(text: str) -> None:
    assert read_text(text.encode()) == text
    assert "".join(text_of(layout.symbols) for layout in plan(text, (640, 640))) == text


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
