"""Words for drawn documents: sentences of packages' documentation and message catalogues, by language.

Packages whose texts or pages a sokdok evaluation uses are left out whole (`EVALUATED`).
"""

from __future__ import annotations

import argparse
import gettext
import gzip
import html
import json
import random
import re
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("en", "ko", "de", "fr", "ja")
EVALUATED = (
    *("apache2-doc", "debian-reference", "mate-user-guide", "ntpsec-doc", "git-doc", "debian-handbook", "debmake-doc"),
    *("installation-guide", "libreoffice-help", "debian-faq", "manpages-ko", "postgresql-doc", "gnucash", "iso-codes"),
    *("python3-doc", "gnome-recipes", "base-files", "dict-jargon", "statsmodels", "konlpy", "texlive"),
)  # beginnings of names of packages that must not be trained on
_HANGUL = re.compile("[\uac00-\ud7a3]")
_KANA = re.compile("[\u3041-\u30fe]")
_TAG = re.compile(r"<[^>]+>")


def main() -> None:
    """Collect sentences from a folder of packages (.deb, .whl) into one JSON file, language → sentences."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("packages", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    found: dict[str, dict[str, None]] = {language: {} for language in LANGUAGES}
    for package in sorted(options.packages.iterdir()):
        if package.suffix not in (".deb", ".whl") or package.name.startswith(EVALUATED):
            continue
        unpacked = options.packages / f"{package.stem}.d"
        if not unpacked.exists():
            unpacked.mkdir()
            if package.suffix == ".deb":
                subprocess.run(["dpkg-deb", "-x", str(package), str(unpacked)], check=True)
            else:
                zipfile.ZipFile(package).extractall(unpacked)
        for path in sorted(path for path in unpacked.rglob("*") if path.is_file()):
            for text in _texts(path):
                language = _language(path, text)
                if language:
                    found[language][text] = None
    for language, texts in found.items():
        print(language, len(texts), "texts", sum(map(len, texts)), "characters")
    options.out.write_text(json.dumps({name: list(texts) for name, texts in found.items()}, ensure_ascii=False))


def _texts(path: Path) -> Iterator[str]:
    """Paragraphs and messages of a file, without markup."""
    raw: list[str] = []
    if path.suffix == ".mo":
        with path.open("rb") as file, suppress(IndexError, OSError, ValueError):
            raw = [str(text) for text in gettext.GNUTranslations(file)._catalog.values()]  # type: ignore[attr-defined]
    elif path.suffix == ".page":
        raw = re.findall(r"<(?:p|title)\b[^>]*>(.*?)</(?:p|title)>", path.read_text("utf-8", "ignore"), re.S)
    elif path.suffix == ".html" and path.stat().st_size < 400_000:
        raw = re.findall(r"<p\b[^>]*>(.*?)(?=</?p\b|<[uo]l|<pre|<h\d|<table)", path.read_text("utf-8", "ignore"), re.S)
    elif path.name.endswith(".pod"):
        raw = path.read_text("utf-8", "ignore").split("\n\n")
    elif path.name.endswith((".yaml", ".json")) and path.stat().st_size < 4_000_000:
        raw = re.findall(r"[\uac00-\ud7a3][^\"\n\\|]{20,}", path.read_text("utf-8", "ignore"))
    elif path.name.endswith(".gz") and "/doc/" in str(path) and "changelog" not in path.name.lower():
        raw = gzip.decompress(path.read_bytes()).decode("utf-8", "ignore").split("\n\n")
    for text in raw:
        text = html.unescape(_TAG.sub("", text)).replace("_", "")
        text = " ".join(re.sub(r"[A-Z]<([^<>]*)>", r"\1", text).split())
        if 8 <= len(text) <= 2000 and not re.search(r"[\\{}|$=#~`\x00-\x1f]|%[\w(]|@\w|https?:|^\W*[=*.]", text):
            yield text


def _language(path: Path, text: str) -> str:
    if _HANGUL.search(text):
        return "ko" if len(_HANGUL.findall(text)) > 0.3 * len(text) else ""
    if _KANA.search(text):
        return "ja"
    for language in ("de", "fr"):
        if f"/{language}/" in str(path):
            return language if " " in text and not re.search(r"\b(the|you|and)\b", text) else ""
    if re.search(r"/(C|en|doc|perl|pod|perl5)/", str(path)) or path.suffix == ".pod":
        return "en" if text.isascii() and " " in text else ""
    return ""


class Words:
    """Random phrases, sentences and paragraphs of one language, from the file that `main` wrote."""

    def __init__(self, texts: list[str], language: str) -> None:
        self.language = language
        self.short = [text for text in texts if len(text) <= 40] or texts
        self.long = [text for text in texts if len(text) > 60] or texts

    def phrase(self, rng: random.Random, most: int = 6) -> str:
        """One to `most` words, without a full stop."""
        text = rng.choice(self.short).rstrip(".。:!? ")
        if self.language == "ja":
            return text[: max(2, most * 3)]
        return " ".join(text.split()[:most]) or text

    def word(self, rng: random.Random) -> str:
        """One word."""
        return rng.choice(self.phrase(rng).split() or ["-"])[:18]

    def sentence(self, rng: random.Random) -> str:
        """One sentence of a paragraph."""
        text = rng.choice(self.long)
        parts = re.split(r"(?<=[.。!?])\s*(?=\S)", text) if self.language == "ja" else re.split(r"(?<=[.!?]) ", text)
        return rng.choice(parts) or text

    def paragraph(self, rng: random.Random, length: int) -> str:
        """Sentences of about `length` characters in all."""
        out: list[str] = []
        while sum(map(len, out)) < length:
            text = rng.choice(self.long)
            start = rng.randrange(max(1, len(text) - length)) if len(text) > 1.5 * length else 0
            part = text[start : start + length]
            out.append(part.split(" ", 1)[-1] if start and " " in part else part)
        return ("" if self.language == "ja" else " ").join(out)


@lru_cache(1)
def load(path: Path) -> dict[str, Words]:
    """Words by language, from the file that `main` wrote."""
    return {language: Words(texts, language) for language, texts in json.loads(path.read_text()).items() if texts}


if __name__ == "__main__":
    main()
