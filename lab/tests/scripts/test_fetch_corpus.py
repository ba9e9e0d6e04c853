"""The corpus script: formats become text, paragraphs are filtered and deduplicated, a failing source stops nothing."""

from __future__ import annotations

import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import corpus_formats as formats
import corpus_text as texts
import fetch_corpus
import pytest
from corpus_sources import LANGUAGES, PLAIN, SOURCES, Source


def test_html_keeps_structure_and_drops_furniture() -> None:
    page = """<html><head><title>T</title><script>x()</script></head><body>
    <div class="navheader"><p>Prev<li>Next</div>
    <h1>Title<a class="headerlink" href="#t">¶</a></h1>
    <p>One  <b>two</b>
    three &amp; four<br>five
    <p>Next paragraph
    <ul><li>a<li>b <ol><li>c</li></ol></ul>
    <pre>if x:\n    y()\n</pre>
    <table><tr><th>n</th><th>v</th></tr><tr><td><p>x</p><td>1</table>
    <table><tr><td>layout only</td></tr></table></body></html>"""
    assert texts.html_to_text(page).split("\n\n") == [
        "Title",
        "One two three & four\nfive",
        "Next paragraph",
        "- a\n- b\n  1. c",
        "if x:\n    y()",
        "| n | v |\n|---|---|\n| x | 1 |",
        "layout only",
    ]


def test_mallard() -> None:
    page = """<page xmlns="http://projectmallard.org/1.0/"><info><desc>no</desc></info><title>제목</title>
    <p><link xref="a">창</link>을 닫으려면 <keyseq><key>Alt</key><key>F4</key></keyseq></p>
    <steps><item><p>하나</p></item><item><p>둘</p></item></steps></page>"""
    assert texts.mallard_to_text(page) == "제목\n\n창을 닫으려면 Alt+F4\n\n1. 하나\n2. 둘"


def test_clean_text() -> None:
    assert texts.clean_text("a\u00a0b\u200b\r\n\tx  \r\n\x07") == "a b\n        x"
    assert texts.clean_text("\u1112\u1161\u11ab") == "한"


def test_paragraphs_keep_indentation() -> None:
    assert texts.paragraphs("\n\na\nb\n \n\n    c\n      d\n") == ["a\nb", "    c\n      d"]


@pytest.mark.parametrize(
    ("text", "share"), [("", 0.0), ("한글", 1.0), ("한 a", 0.5), ("abc", 0.0), ("ㄱㄴ", 0.0), ("가 bcd 1234", 1 / 8)]
)
def test_hangul_share(text: str, share: float) -> None:
    assert texts.hangul_share(text) == pytest.approx(share)


def test_language_filters() -> None:
    assert texts.is_korean("LibreOffice Calc의 연산자를 설명합니다.")
    assert not texts.is_korean("Click the 확인 button to go on.")
    assert texts.is_english("naïve “quotes” pass in a longer line of English")
    assert not texts.is_english("한국어 문장입니다") and not texts.is_english("-----")


def test_deduplicate_ignores_white_space_and_remembers() -> None:
    seen: set[int] = set()
    assert list(texts.deduplicate(["a b", "a\n b", "c"], seen)) == ["a b", "c"]
    assert list(texts.deduplicate(["c", "d"], seen)) == ["d"]


def test_rst() -> None:
    source = ".. SPDX: x\n\nHead\n====\n\n.. toctree::\n   :maxdepth: 1\n\n   a\n\n"
    source += "See :ref:`this <t>` and ``f()``::\n\n   code\n"
    assert texts.paragraphs(formats.rst_to_text(source)) == ["Head\n====", "See this and f():", "   code"]


def test_roff() -> None:
    source = '.\\" c\n.SH 이름\nls \\- 목록\n.TS\nl l.\nx\ty\n.TE\n.PP\n\\fB\\-a\\fP \\(co 2025\n.BR ls (1)\n'
    assert texts.paragraphs(formats.roff_to_text(source)) == ["이름", "ls - 목록", "-a (c) 2025\nls(1)"]


def test_markdown_and_json() -> None:
    assert formats.markdown_to_text("# A\n[t](u) **b** `c`\n- d") == "A\nt b c\n- d"
    long = "가나다라마바사 " * 5
    assert formats.json_to_text(f'{{"id": "x", "sections": [{{"n": 1, "text": "{long}"}}]}}') == long


def test_wordnet_and_fortunes() -> None:
    line = "00039297 04 n 02 contact 2 close_touch 0 001 @ 00039021 n 0000 | close interaction  "
    assert formats.wordnet_to_text(f"  1 licence\n{line}\n") == "contact, close touch (noun): close interaction"
    assert texts.paragraphs(formats.fortunes_to_text("a\n\t-- b\n%\nc\n%\n")) == ["a\n\t-- b", "c"]


def test_sword() -> None:
    book = zlib.compress(b'<chapter n="1"/><w x="y">In</w> the<note>n</note> beginning. <div sID="1" type="x-p"/>And')
    text = formats.sword_to_text(book, struct.pack("<III", 0, len(book), 0))
    assert texts.paragraphs(texts.clean_text(text)) == ["In the beginning.", "And"]


def test_wordfreq_and_hunspell() -> None:
    packed = b"\x93\x82\xa6format\xa2cB\xa7version\x01\x90\x91\xa3" + "이".encode()
    assert formats.wordfreq_words(packed) == f"이\t{round(1e9 * 10**-0.01)}"
    lines = ["이\t7", *formats.hunspell_words("2\n1루/25\n나무/10\n이/2").split("\n")]
    assert formats.korean_words(lines) == {"이": 7, "나무": 0}


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs dpkg-deb")
def test_unpack_debian_takes_what_the_globs_can_match(tmp_path: Path) -> None:
    for name in ("DEBIAN/control", "usr/doc/1/a.html", "usr/doc/1/b.png", "etc/c.html"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(
            "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@y>\nDescription: x\n", encoding="utf-8"
        )
    subprocess.run(["dpkg-deb", "-b", tmp_path / "in", tmp_path / "x_1_all.deb"], check=True, capture_output=True)
    fetch_corpus.unpack_debian(tmp_path / "x_1_all.deb", tmp_path / "out", ["usr/doc/*/**/*.html"])
    assert [p.name for p in (tmp_path / "out").rglob("*") if p.is_file()] == ["a.html"]
    (tmp_path / "y.deb").write_text("no archive")
    with pytest.raises(fetch_corpus.FetchError, match="cannot unpack y.deb"):
        fetch_corpus.unpack_debian(tmp_path / "y.deb", tmp_path / "out", ["*"])


def local(name: str, language: str) -> Source:
    return Source(name, language, "apt", (name,), "public domain", ("*.txt",), PLAIN)


def test_a_failing_source_stops_nothing(tmp_path: Path) -> None:
    for language in LANGUAGES:
        (tmp_path / language).mkdir()
    (tmp_path / "a.txt").write_text("One paragraph.\n\nOne  paragraph.\n\n한국어\n\nAnother one.\n", encoding="utf-8")
    packages = fetch_corpus.Packages(tmp_path, tmp_path, {"good": (tmp_path, "1.0"), "bad": (tmp_path / "none", "1.0")})
    builder = fetch_corpus.Builder(tmp_path, packages, {"en": 1000})
    built, failures = fetch_corpus.build_all(builder, [local("bad", "en"), local("good", "en")])
    assert (tmp_path / "en" / "good.txt").read_text(encoding="utf-8") == "One paragraph.\n\nAnother one.\n"
    assert [b.version for b in built] == ["1.0"] and len(failures) == 1 and "no file matches" in failures[0]
    report = fetch_corpus.sources_report(built, failures)
    assert "| en/good.txt | good | 1.0 | apt | public domain | 0.00 |" in report and "- en/bad: " in report


def test_the_table_is_listed_with_licences(capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch_corpus.main(["--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == len(SOURCES) + 2 and all(source.licence for source in SOURCES)
    assert {source.language for source in SOURCES} == set(LANGUAGES)
    files = [(s.language, s.name) for s in SOURCES]
    assert len(files) == len(set(files))
