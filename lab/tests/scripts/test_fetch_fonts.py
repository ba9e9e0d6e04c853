"""The font script: what is kept of a package, and that one failure stops nothing."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import fetch_fonts
import pytest
from fetch_corpus import FetchError
from fetch_fonts import HANDWRITING, OFL, PACKAGES, Package, wanted
from fontTools.ttLib import TTFont

from fakes.synth import build_font
from sokdok_lab.synth.pages.fonts import Font


@pytest.fixture
def fonts_on_offer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`apt-get download` builds a package of two fonts and a text, or fails for `absent`."""

    def download(command: list[str], folder: Path) -> None:
        name = command[-1]
        if name == "absent":
            raise FetchError("E: Unable to locate package absent")
        tree = tmp_path / name
        fonts = tree / "usr/share/fonts"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN/control").write_text(
            f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: t\nDescription: t\n"
        )
        fonts.mkdir(parents=True)
        for file in ("A-Regular.ttf", "A-Thin.ttf", "README.txt"):
            (fonts / file).write_bytes(b"x")
        subprocess.run(
            ["dpkg-deb", "--build", str(tree), f"{folder}/{name}_1_all.deb"], check=True, capture_output=True
        )

    monkeypatch.setattr(fetch_fonts, "run_client", download)


def test_faint_fonts_and_what_was_not_asked_for_are_left_out() -> None:
    package = Package("p", OFL, "", r"^Noto(Sans|Serif)-")
    assert wanted(package, "NotoSans-Regular.ttf")
    assert not wanted(package, "NotoSansArabic-Regular.ttf")
    assert not wanted(package, "NotoSans-Thin.ttf")
    assert not wanted(package, "NotoSans-Regular.txt")


@pytest.mark.parametrize("packages", [PACKAGES, HANDWRITING], ids=["documents", "handwriting"])
def test_every_package_is_listed_once_with_its_licence(packages: tuple[Package, ...]) -> None:
    names = [package.name for package in packages]
    assert len(set(names)) == len(names)
    assert all(package.licence and package.name in fetch_fonts.sources_table(packages) for package in packages)


def test_handwriting_is_another_list_and_goes_to_another_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    fetched: list[tuple[str, str]] = []
    monkeypatch.setattr(fetch_fonts, "fetch", lambda package, out: fetched.append((package.name, out.name)) or 1)
    assert fetch_fonts.main(["--handwriting"]) == fetch_fonts.main([]) == 0
    assert fetched[: len(HANDWRITING)] == [(package.name, "handwriting") for package in HANDWRITING]
    assert {folder for _, folder in fetched[len(HANDWRITING) :]} == {"fonts"}
    assert fetch_fonts.main(["--handwriting", "--list"]) == 0
    assert "fonts-kristi" in capsys.readouterr().out


@pytest.mark.usefixtures("fonts_on_offer")
def test_fonts_are_unpacked_and_a_missing_package_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packages = (Package("absent", OFL, ""), Package("fonts-a", OFL, "A"))
    monkeypatch.setattr(fetch_fonts, "PACKAGES", packages)
    out = tmp_path / "out"
    assert fetch_fonts.main(["--out", str(out)]) == 1
    assert [path.name for path in (out / "fonts-a").iterdir()] == ["A-Regular.ttf"]
    assert sorted(path.name for path in out.iterdir()) == ["SOURCES.md", "fonts-a"]
    assert "absent: failed" in capsys.readouterr().err
    monkeypatch.setattr(fetch_fonts, "PACKAGES", packages[1:])
    monkeypatch.setattr(fetch_fonts, "run_client", None)  # what is there is not fetched again
    assert fetch_fonts.main(["--out", str(out)]) == 0


def test_fonts_of_npm_are_unpacked_from_what_the_web_takes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def pack(command: list[str], folder: Path) -> None:
        assert command == ["npm", "pack", "@fontsource/a-hand"]
        woff = folder / "a-hand-latin-400-normal.woff"
        build_font(folder / "plain.ttf", "A hand", "abc")
        with TTFont(folder / "plain.ttf") as font:
            font.flavor = "woff"
            font.save(woff)
        with tarfile.open(folder / "fontsource-a-hand-1.tgz", "w:gz") as tar:
            tar.add(woff, "package/files/a-hand-latin-400-normal.woff")
            tar.add(woff, "package/files/a-hand-cyrillic-400-normal.woff")

    monkeypatch.setattr(fetch_fonts, "run_client", pack)
    package = Package("@fontsource/a-hand", OFL, "A", r"-latin-400-normal\.woff$")
    assert fetch_fonts.fetch(package, tmp_path) == 1
    (font,) = (tmp_path / "a-hand").iterdir()
    assert font.suffix == ".ttf" and Font(font).advances[ord("a")] > 0
