"""Sources of files: folders, and archives of many kinds."""

import errno
import gzip
import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from fakes.bulk.runs import link, write_tar, write_zip
from fakes.jobs import dying
from sokdok.bulk.sources import Item, Source, Unusable, open_source
from sokdok.bulk.sources.containers import Tar
from sokdok.errors import InputError
from sokdok.jobs import Limits


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def paths(text: str | Path) -> list[str]:
    return [item.path for item in open_source(str(text)).items() if isinstance(item, Item)]


def test_a_folder_gives_its_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    make(tmp_path / "set", "b/1.pdf", "a.pdf", "b/.hidden.pdf", ".git/x", "보고서.pdf", "b/10.pdf", "Z.pdf")
    expected = ["set/Z.pdf", "set/a.pdf", "set/b/1.pdf", "set/b/10.pdf", "set/보고서.pdf"]
    assert paths(tmp_path / "set") == expected
    source = open_source(str(tmp_path / "set"))
    for item in source.items():
        assert isinstance(item, Item) and item.size == len(item.path.removeprefix("set/").encode())
        with source.fetch(item.place) as path:
            assert path.read_bytes().decode() == item.path.removeprefix("set/")
            assert path.suffix == ".pdf"


def test_a_source_opens_again_by_its_name_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "set/a.pdf")
    monkeypatch.chdir(tmp_path)
    source = open_source("set")
    monkeypatch.chdir("/")
    again = open_source(source.name)
    (item,) = again.items()
    assert isinstance(item, Item)
    with again.fetch(item.place) as path:
        assert path.read_bytes() == b"set/a.pdf"


def test_names_of_any_bytes_are_found_again(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path / "set")
    os.mkdir(folder)
    for name in (b"100%.pdf", b"a#1.pdf", b"\xff\xfe.pdf"):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(name)
    source = open_source(str(tmp_path / "set"))
    found = []
    for item in source.items():
        assert isinstance(item, Item)
        item.place.encode(), item.path.encode()
        with source.fetch(item.place) as path:
            found.append(path.read_bytes())

    assert set(found) == {b"100%.pdf", b"a#1.pdf", b"\xff\xfe.pdf"}


def test_patterns_and_single_files(tmp_path: Path) -> None:
    make(tmp_path / "set", "a.pdf", "b/c.pdf", "b/d.txt", "e[1].pdf")
    assert paths(tmp_path / "set" / "*.pdf") == ["set/a.pdf", "set/e[1].pdf"]
    assert paths(tmp_path / "set" / "**" / "*.pdf") == ["set/a.pdf", "set/b/c.pdf", "set/e[1].pdf"]
    assert paths(tmp_path / "set" / "b" / "c.pdf") == ["c.pdf"]
    assert paths(tmp_path / "set" / "e[1].pdf") == ["e[1].pdf"], "a name with brackets is a name first"


def test_what_is_no_file_is_told_and_not_opened(tmp_path: Path) -> None:
    make(tmp_path, "set/a.pdf", "other/b.pdf", "set/out/bulk.json", "set/out/results/x")
    os.mkfifo(tmp_path / "set" / "pipe")
    (tmp_path / "set" / "loop").symlink_to(tmp_path / "set")
    (tmp_path / "set" / "gone.pdf").symlink_to(tmp_path / "nothing")
    (tmp_path / "set" / "circle.pdf").symlink_to("circle.pdf")
    (tmp_path / "set" / "linked.pdf").symlink_to(tmp_path / "other" / "b.pdf")
    assert paths(tmp_path / "set") == ["set/a.pdf", "set/linked.pdf"]
    items = open_source(str(tmp_path / "set")).items()
    told = {item.path: item.reason for item in items if isinstance(item, Unusable)}
    assert set(told) == {"set/pipe", "set/loop", "set/gone.pdf", "set/circle.pdf", "set/out"}
    assert "link to a folder" in told["set/loop"] and "writes" in told["set/out"]


@pytest.mark.parametrize("text", ["nothing", "ftp://host/x", "https://host/a.pdf"])
def test_what_is_not_there_is_one_line(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=text.split("/")[0]) as error:
        open_source(text)
    assert "\n" not in str(error.value)


def test_a_folder_that_can_t_be_read_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    scan = os.scandir

    def scandir(folder: Path | str) -> object:  # the superuser, as which tests may run, could read it
        if os.fspath(folder).endswith("in"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    (found,) = open_source(str(tmp_path)).items()
    assert isinstance(found, Unusable) and "can't be read" in found.reason


LARGE = bytes(range(256)) * 8192


def split(source: Source) -> tuple[list[Item], dict[str, str]]:
    items = list(source.items())
    told = {item.path: item.reason for item in items if isinstance(item, Unusable)}
    return [item for item in items if isinstance(item, Item)], told


def contents(source: Source) -> dict[str, bytes]:
    found = {}
    for item in split(source)[0]:
        with source.fetch(item.place) as path:
            found[item.path] = path.read_bytes()
            assert path.suffix == Path(item.path).suffix
    return found


@pytest.mark.parametrize("name", ["papers.tar", "papers.tar.gz", "papers.tgz", "papers.zip"])
def test_members_come_in_the_archives_order(name: str, tmp_path: Path) -> None:
    members = [("b/2.pdf", b"two" * 100_000), ("a.pdf", b"one"), ("보고서.docx", b"three"), (".hidden", b"x"),
               ("__MACOSX/a.pdf", b"x")]  # fmt: skip
    (write_zip if name.endswith("zip") else write_tar)(tmp_path / name, members)
    source = open_source(str(tmp_path / name))
    items, told = split(source)
    assert [item.path for item in items] == [f"{name}/b/2.pdf", f"{name}/a.pdf", f"{name}/보고서.docx"]
    assert [item.size for item in items] == [300_000, 3, 5] and not told
    assert list(contents(source).values()) == [b"two" * 100_000, b"one", b"three"]
    # Backward too, and by a source of another process.
    other = open_source(source.name)
    for item, expected in zip(reversed(items), (b"three", b"one", b"two" * 100_000), strict=True):
        with other.fetch(item.place) as path:
            assert path.read_bytes() == expected


def test_names_that_lead_out_and_links_are_refused(tmp_path: Path) -> None:
    hostile = ["../../etc/cron.d/x.pdf", "/etc/passwd.pdf", "a/../../b.pdf", "..\\..\\x.pdf"]
    write_tar(tmp_path / "x.tar", [*((name, b"x") for name in hostile), (link("l.pdf", "/etc/passwd"), b""),
                                   ("good.pdf", b"good"), ("empty.pdf", b""), ("large.pdf", LARGE)])  # fmt: skip
    linked = zipfile.ZipInfo("l.pdf")
    linked.external_attr = 0o120777 << 16
    write_zip(tmp_path / "x.zip", [*((name, b"x") for name in hostile), (linked, b"/etc/passwd"), ("good.pdf", b"good"),
                                   ("empty.pdf", b""), ("large.pdf", LARGE)])  # fmt: skip
    for name in ("x.tar", "x.zip"):
        items, told = split(open_source(str(tmp_path / name), Limits(file_megabytes=1)))
        assert [item.path for item in items] == [f"{name}/good.pdf"]
        assert sum("leads out" in reason for reason in told.values()) == 4
        assert told[f"{name}/l.pdf"] == "it is a link" and "empty" in told[f"{name}/empty.pdf"]
        assert told[f"{name}/large.pdf"] == "it has more than 1 MB"


def test_an_archive_within_an_archive_is_a_row(tmp_path: Path) -> None:
    """Its last PDF stood for it: what is stored in it can be found from behind."""
    inner = write_zip(tmp_path / "inner.zip", [("a.pdf", b"a"), ("b.pdf", b"b")]).read_bytes()
    write_zip(tmp_path / "x.zip", [("good.pdf", b"good"), ("inner.zip", inner), ("set.tar.gz", inner)])
    items, told = split(open_source(str(tmp_path / "x.zip")))
    assert [item.path for item in items] == ["x.zip/good.pdf"]
    assert told == dict.fromkeys(("x.zip/inner.zip", "x.zip/set.tar.gz"),
                                 "it is an archive within an archive; unpack it first")  # fmt: skip


def test_encrypted_members_and_unknown_ways_are_told(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", [("a.pdf", b"a"), ("b.pdf", b"b"), ("c.pdf", b"c")])
    data = bytearray(path.read_bytes())
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    data[first + 8] |= 1  # flags of the first
    data[second + 10] = 97  # method of the second
    path.write_bytes(data)
    items, told = split(open_source(str(path)))
    assert [item.path for item in items] == ["x.zip/c.pdf"]
    assert "encrypted" in told["x.zip/a.pdf"] and "method 97" in told["x.zip/b.pdf"]


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("bomb.pdf", "w") as file:
            for _ in range(100):
                file.write(bytes(1 << 20))
        archive.writestr("good.pdf", b"good")
    items, told = split(open_source(str(path)))
    assert [item.path for item in items] == ["x.zip/good.pdf"] and "bomb" in told["x.zip/bomb.pdf"]

    packed = tmp_path / "y.tar.gz"
    with gzip.open(packed, "wb", compresslevel=1) as file, tarfile.open(fileobj=file, mode="w") as archive:
        for name, size in (("good.pdf", 10), ("bomb.pdf", 200 << 20), ("after.pdf", 10)):
            member = tarfile.TarInfo(name)
            member.size = size
            archive.addfile(member, _Zeros(size))
    items, told = split(open_source(str(packed)))
    assert items[0].path == "y.tar.gz/good.pdf" and "y.tar.gz/after.pdf" not in [item.path for item in items]
    assert any("bomb" in reason for reason in told.values())


class _Zeros(io.RawIOBase):
    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        taken = min(size, self.left)
        self.left -= taken
        return bytes(taken)


def test_a_header_that_says_it_is_huge_takes_no_memory(tmp_path: Path) -> None:
    head = tarfile.TarInfo("././@PaxHeader")
    head.type, head.size = tarfile.XHDTYPE, 8 << 30
    (tmp_path / "x.tar").write_bytes(head.tobuf() + bytes(1024))
    items, told = split(open_source(str(tmp_path / "x.tar")))
    assert not items and "header" in "".join(told.values())


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.zip"])
def test_cut_off_archives_end_with_a_reason(name: str, tmp_path: Path) -> None:
    members = [(f"{number}.pdf", bytes([number]) * 3000) for number in range(20)]
    (write_zip if name.endswith("zip") else write_tar)(tmp_path / name, members)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) * 2 // 3])
    items, told = split(open_source(str(tmp_path / name)))
    assert told and len(items) < 20
    (tmp_path / name).write_bytes(b"not an archive at all")
    items, told = split(open_source(str(tmp_path / name)))
    assert not items and list(told) in ([name], [f"{name}"])


def test_a_member_that_is_damaged_is_an_error_when_it_is_fetched(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", [("a.pdf", bytes(range(256)) * 100)])
    source = open_source(str(path))
    (item,) = source.items()
    data = bytearray(path.read_bytes())
    data[60:80] = bytes(20)
    path.write_bytes(data)
    with pytest.raises(InputError, match="can't be unpacked"), open_source(str(path)).fetch(item.place):  # type: ignore[union-attr]
        pass


def test_what_lists_an_archive_may_die(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As libraries do of files that nobody expects: the files behind it are listed all the same."""
    (tmp_path / "set").mkdir()
    with open(os.path.join(os.fsencode(tmp_path / "set"), b"\xff.tar"), "wb") as file:
        file.write(write_tar(tmp_path / "x.tar", [("a.pdf", b"a")]).read_bytes())
    write_zip(tmp_path / "set" / "b#1.zip", [("b.pdf", b"b")])
    assert [item.path for item in split(open_source(str(tmp_path / "set")))[0]] == [
        "set/b#1.zip/b.pdf",
        "set/\ufffd.tar/a.pdf",
    ]
    dying(monkeypatch, {0}, "more")
    items, told = split(open_source(str(tmp_path / "set")))
    assert len(items) == 1 and len(told) == 1 and "SIGABRT" in "".join(told.values())


def test_names_in_koreas_own_encoding(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", [("AAAAAAAAAAAA.pdf", b"x")])
    path.write_bytes(path.read_bytes().replace(b"AAAAAAAAAAAA", "보고서의자료".encode("cp949")))
    items, _ = split(open_source(str(path)))
    assert [item.path for item in items] == ["x.zip/보고서의자료.pdf"]
    assert contents(open_source(str(path))) == {"x.zip/보고서의자료.pdf": b"x"}


def test_samples_of_webdataset_have_their_json_as_meta(tmp_path: Path) -> None:
    meta = {"url": "https://x.org/a", "year": 2024, "tags": ["a"], "none": None}
    write_tar(tmp_path / "s-000.tar", [
        ("000.json", json.dumps(meta).encode()), ("000.pdf", b"first"), ("000.txt", b"its text"),
        ("001.pdf", b"second"), ("001.json", b'{"url": "https://x.org/b"}'),
        ("lone.json", b"{}"), ("dir/note.txt", b"text"),
    ])  # fmt: skip
    items, told = split(open_source(str(tmp_path / "s-000.tar")))
    assert [item.path.partition("/")[2] for item in items] == ["000.pdf", "001.pdf", "lone.json", "dir/note.txt"]
    assert items[0].meta == {"url": "https://x.org/a", "year": "2024", "tags": '["a"]'}
    assert items[1].meta == {"url": "https://x.org/b"}
    assert told == {"s-000.tar/000.txt": "it is a part of a document's sample"}


def test_meta_of_strangers_is_bounded_text(tmp_path: Path) -> None:
    row = json.dumps({"t": "\x1b]0;x\x07" + "a" * 9999, **{f"f{n}": n for n in range(999)}}).encode()
    write_tar(tmp_path / "x.tar", [("0.json", row), ("0.pdf", b"x"), ("1.json", b"[" * 99_999), ("1.pdf", b"y")])
    items, told = split(open_source(str(tmp_path / "x.tar")))
    assert len(items[0].meta) == 64 and "\x1b" not in items[0].meta["t"] and len(items[0].meta["t"]) == 4000
    assert [(item.path, item.meta) for item in items[1:]] == [("x.tar/1.pdf", {})] and list(told) == ["x.tar/1.json"]


def test_a_fetched_file_is_kept_until_another_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tar(tmp_path / "x.tar.gz", [("a.pdf", b"a"), ("b.pdf", b"b")])
    source = open_source(str(tmp_path / "x.tar.gz"))
    first, second = split(source)[0]
    opened = []
    monkeypatch.setattr(Tar, "open", _counted(Tar.open, opened))
    for _ in range(3):
        with source.fetch(first.place) as one:
            assert one.read_bytes() == b"a"
    assert len(opened) == 1
    with source.fetch(second.place) as other:
        assert other.read_bytes() == b"b" and not one.exists()
    source.close()
    assert not other.exists()


def _counted(method, calls):  # type: ignore[no-untyped-def]
    def counted(self, place):  # type: ignore[no-untyped-def]
        calls.append(place)
        return method(self, place)

    return counted
