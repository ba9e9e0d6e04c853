"""The sources of the corpus: which package, under which licence, which files, and how they become text."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from corpus_formats import (
    fortunes_to_text,
    hunspell_words,
    json_to_text,
    markdown_to_text,
    metadata_to_text,
    python_strings,
    roff_to_text,
    rst_to_text,
    sword_to_text,
    wordfreq_sentences,
    wordfreq_words,
    wordnet_to_text,
)
from corpus_text import html_to_text, mallard_to_text

LANGUAGES = ("en", "ko", "code", "words", "world")


def read_bytes(path: Path) -> bytes:
    """A file's content, unpacked if its name ends in .gz."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def of_text(extract: Callable[[str], str]) -> Callable[[Path], str]:
    """Make an extractor of paths from one of UTF-8 text."""
    return lambda path: extract(read_bytes(path).decode("utf-8", "replace"))


def of_sword(path: Path) -> str:
    """Text of a SWORD module: of its .bzz file, read with the .bzs file beside it, which has none of its own."""
    if path.suffix != ".bzz":
        return ""
    return sword_to_text(path.read_bytes(), path.with_suffix(".bzs").read_bytes())


def of_wordfreq(path: Path) -> str:
    """Word lines of the wordfreq list at `path`."""
    return wordfreq_words(read_bytes(path))


def of_wordfreq_sentences(path: Path) -> str:
    """Made-up sentences of the words in the wordfreq list at `path`."""
    return wordfreq_sentences(read_bytes(path))


HTML, MAN, RST = of_text(html_to_text), of_text(roff_to_text), of_text(rst_to_text)


@dataclass(frozen=True)
class Source:
    """Where one output file comes from."""

    name: str  # stem of the output file
    language: str  # one of LANGUAGES
    manager: str  # apt, pip, or python (the running interpreter's own library)
    packages: tuple[str, ...]  # the first that can be had is used
    licence: str
    globs: tuple[str, ...]  # inside the unpacked package
    extract: Callable[[Path], str]
    cap_mb: float = 0  # most text to keep; 0: all
    skip: tuple[str, ...] = ()  # names of files and folders to leave out
    shuffle: bool = False  # read the files in shuffled order, so that a cap keeps a sample


GPL3 = "GPL-3+"
PLAIN = of_text(str)
NO_SAMPLE_CODE = ("test", "tests", "idle_test", "site-packages", "dist-packages", "encodings", "pydoc_data")
MANUALS = ("cs", "da", "de", "el", "es", "fi", "fr", "hu", "it", "mk", "nb", "nl", "pl", "pt-br", "ro", "ru", "sr")
MANUALS += ("sv", "tr", "uk", "vi")
"""languages beyond English and Korean that have manual pages"""
WORD_LISTS = (
    "bg",
    "ca",
    "cs",
    "da",
    "de",
    "el",
    "es",
    "fi",
    "fr",
    "hu",
    "is",
    "it",
    "lt",
    "lv",
    "mk",
    "nb",
    "nl",
    "pl",
)
WORD_LISTS += ("pt", "ro", "ru", "sh", "sk", "sl", "sv", "tr", "uk", "vi")


def manual(language: str) -> Source:
    """Manual pages in a language, a little of each."""
    folder = language.replace("pt-br", "pt_BR")
    licence = "as the pages translated: GPL-2+, BSD, man-pages verbatim"
    globs = (f"usr/share/man/{folder}/man*/*.gz",)
    return Source(f"manual-{language}", "world", "apt", (f"manpages-{language}",), licence, globs, MAN, 1, shuffle=True)


def word_list(language: str) -> Source:
    """Made-up sentences of a language's words: prose without sense, for its letters' sake."""
    globs = (f"wordfreq/data/large_{language}.msgpack.gz", f"wordfreq/data/small_{language}.msgpack.gz")
    extract = of_wordfreq_sentences
    return Source(f"words-{language}", "world", "pip", ("wordfreq",), "data CC-BY-SA-4.0", globs, extract, cap_mb=1)


SOURCES = (
    # Other languages
    *map(manual, MANUALS),
    *map(word_list, WORD_LISTS),
    # Korean words
    Source(
        "wordfreq",
        "words",
        "pip",
        ("wordfreq",),
        "data CC-BY-SA-4.0",
        ("wordfreq/data/small_ko.msgpack.gz",),
        of_wordfreq,
    ),
    Source(
        "hunspell-ko",
        "words",
        "apt",
        ("hunspell-ko",),
        "MPL-1.1 or GPL-2+ or LGPL-2.1+ (entries CC-BY-SA-4.0)",
        ("usr/share/hunspell/ko.dic",),
        of_text(hunspell_words),
    ),
    # Korean
    Source(
        "korean-rnd-regs",
        "ko",
        "pip",
        ("korean-rnd-regs-mcp",),
        "Apache-2.0 (public manuals and statutes)",
        ("korean_rnd_regs_mcp/manual_*.json",),
        of_text(json_to_text),
    ),
    Source(
        "korean-rnd-regs-readme",
        "ko",
        "pip",
        ("korean-rnd-regs-mcp",),
        "Apache-2.0",
        ("*.dist-info/METADATA",),
        of_text(metadata_to_text),
    ),
    Source(
        "korean-rnd-regs-strings",
        "ko",
        "pip",
        ("korean-rnd-regs-mcp",),
        "Apache-2.0",
        ("korean_rnd_regs_mcp/*.py",),
        of_text(python_strings),
    ),
    Source(
        "korean-tax-data",
        "ko",
        "pip",
        ("korean-tax-mcp",),
        "MIT",
        ("korean_tax_mcp/data/**/*.json",),
        of_text(json_to_text),
    ),
    Source(
        "korean-tax-guides",
        "ko",
        "pip",
        ("korean-tax-mcp",),
        "MIT",
        ("korean_tax_mcp/data/**/*.md",),
        of_text(markdown_to_text),
    ),
    Source(
        "korean-tax-strings",
        "ko",
        "pip",
        ("korean-tax-mcp",),
        "MIT",
        ("korean_tax_mcp/**/*.py",),
        of_text(python_strings),
    ),
    Source(
        "debian-faq",
        "ko",
        "apt",
        ("debian-faq-ko",),
        "verbatim and modified copies allowed under the same notice",
        ("usr/share/doc/debian/FAQ/ko/*.html",),
        HTML,
    ),
    Source("manpages", "ko", "apt", ("manpages-ko",), GPL3, ("usr/share/man/ko/**/*.gz",), MAN),
    Source("manpages-dev", "ko", "apt", ("manpages-ko-dev",), GPL3, ("usr/share/man/ko/**/*.gz",), MAN),
    Source(
        "libreoffice-help",
        "ko",
        "apt",
        ("libreoffice-help-ko",),
        "MPL-2.0",
        ("usr/share/libreoffice/help/ko/**/*.html",),
        HTML,
    ),
    Source(
        "gnome-user-docs",
        "ko",
        "apt",
        ("gnome-user-docs",),
        "CC-BY-SA-3.0",
        ("usr/share/help/ko/*/*.page",),
        of_text(mallard_to_text),
    ),
    Source(
        "installation-guide",
        "ko",
        "apt",
        ("installation-guide-amd64",),
        "GPL-2",
        ("usr/share/doc/installation-guide-amd64/ko/*.html",),
        HTML,
    ),
    Source(
        "linux-doc",
        "ko",
        "apt",
        ("linux-doc-6.12", "linux-doc-6.1"),
        "GPL-2",
        ("usr/share/doc/linux-doc-*/html/translations/ko_KR/**/*.html",),
        HTML,
    ),
    # Code
    Source(
        "python-stdlib",
        "code",
        "python",
        ("Python standard library",),
        "PSF-2.0",
        ("**/*.py",),
        PLAIN,
        cap_mb=8,
        skip=NO_SAMPLE_CODE,
        shuffle=True,
    ),
    # English, the quick ones first
    Source(
        "fortunes",
        "en",
        "apt",
        ("fortunes",),
        "BSD-4-clause",
        ("usr/share/games/fortunes/*[a-z]",),
        of_text(fortunes_to_text),
    ),
    Source(
        "sword-text-kjv",
        "en",
        "apt",
        ("sword-text-kjv",),
        "public domain (Crown patent in the United Kingdom)",
        ("usr/share/sword/modules/texts/ztext/*/*.bz[sz]",),
        of_sword,
    ),
    Source(
        "debian-policy",
        "en",
        "apt",
        ("debian-policy",),
        "GPL-2+",
        ("usr/share/doc/debian-policy/policy.html/*.html",),
        HTML,
    ),
    Source("anarchism", "en", "apt", ("anarchism",), "GPL-2", ("usr/share/doc/anarchism/html/*.html",), HTML),
    Source(
        "sqlite3-doc",
        "en",
        "apt",
        ("sqlite3-doc",),
        "public domain",
        ("usr/share/doc/sqlite3/**/*.html",),
        HTML,
        skip=("keyword_index.html", "doc_target_crossref.html", "doc_keyword_crossref.html"),
    ),
    Source(
        "libreoffice-help",
        "en",
        "apt",
        ("libreoffice-help-en-us",),
        "MPL-2.0",
        ("usr/share/libreoffice/help/en-US/**/*.html",),
        HTML,
    ),
    Source(
        "postgresql-doc",
        "en",
        "apt",
        ("postgresql-doc-17", "postgresql-doc-16", "postgresql-doc-15"),
        "PostgreSQL",
        ("usr/share/doc/postgresql-doc-*/html/*.html",),
        HTML,
    ),
    Source(
        "python-doc",
        "en",
        "apt",
        ("python3.13-doc", "python3.12-doc", "python3.11-doc"),
        "PSF-2.0",
        ("usr/share/doc/python3.*/html/[chlrtuwe]*/**/*.html", "usr/share/doc/python3.*/html/faq/*.html"),
        HTML,
    ),
    Source(
        "rust-doc",
        "en",
        "apt",
        ("rust-doc",),
        "MIT or Apache-2.0",
        tuple(
            f"usr/share/doc/rust-doc/html/{book}/**/*.html"
            for book in ("book", "reference", "nomicon", "rust-by-example", "rustc", "edition-guide", "error_codes")
        ),
        HTML,
    ),
    Source(
        "wordnet",
        "en",
        "apt",
        ("wordnet-base",),
        "WordNet 3.0 (permissive)",
        tuple(f"usr/share/wordnet/data.{part}" for part in ("adv", "verb", "adj", "noun")),
        of_text(wordnet_to_text),
        cap_mb=6,
    ),
    Source(
        "linux-doc",
        "en",
        "apt",
        ("linux-doc-6.12", "linux-doc-6.1"),
        "GPL-2",
        ("usr/share/doc/linux-doc-*/html/_sources/*/**/*.rst.txt",),
        RST,
        cap_mb=14,
        skip=("translations",),
        shuffle=True,
    ),
)
