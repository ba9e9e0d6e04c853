"""Text files in, exactly: no newline changed, no character dropped, binary data and unknown encodings refused.

- A file counts as binary if it begins with the magic number of a well-known format, or if one of its first 8,192 bytes
  is NUL and it is neither UTF-16 nor UTF-32. With the encoding `replace` NUL is taken for text.
- A byte order mark says the encoding, or an escape sequence of ISO 2022 (mails of 7 bits). Without one bytes are UTF-8
  if they can be; UTF-16 if half of the bytes between letters are NUL, as blanks and line ends have them; what the
  text itself names, if it does; CP949 (which holds EUC-KR) or Johab if that makes common Korean syllables of them.
  Pieces of Korean as short as a heading are found; texts in other languages' own encodings make rare syllables, and are
  not taken for Korean (`tests/files/test_files.py` has both).
- What is none of these is refused: a single byte can be a letter of any of forty alphabets, and whoever sent it knows.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sokdok.errors import InputError, SokdokWarning
from sokdok.files import kind_of, printable, read_file
from sokdok.reasons import say

_KOREAN = ("cp949", "johab")  # Windows' encoding: EUC-KR and 8,822 syllables more; and one of older programs
UTF_16 = ("utf-16-le", "utf-16-be")
REPLACE = "replace"  # bytes that are no text: U+FFFD for them
_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
_ESCAPES = {b"\x1b$)C": "iso2022_kr", b"\x1b$": "iso2022_jp_2"}  # what begins letters of two bytes in texts of 7 bits
_NAMED = re.compile(rb"<(?:\?xml|meta)\b[^>]{0,200}?\b(?:encoding|charset)\s*=[\s\"']*([\w.:-]{1,40})", re.IGNORECASE)
_WIDER = {"euc_kr": "cp949", "gb2312": "gb18030", "shift_jis": "cp932", "iso8859-1": "cp1252"}  # as browsers take them
_BLANKS = "\t\n\r\f"
_NO_TEXT = {"Cc", "Cn", "Co", "Cs"}  # categories of characters: control, unassigned, private, half
_LEAST_NUL_SHARE, _MOST_NUL_SHARE = 0.02, 0.9  # of UTF-16: a blank for each fifty; nearly all, where it could be ASCII
_HEAD = 8192  # bytes that say what a file is
_SAMPLE = 1 << 16  # bytes that an encoding is detected by
_COMMON_SHARE = 0.5  # of what is not ASCII in a Korean text: common syllables (86 % on average, 10 % elsewhere)
_LEAST_COMMON = 2  # common syllables in it
# The 300 most frequent syllables of Korean manuals, regulations and word lists.
_COMMON = frozenset(Path(__file__).with_name("syllables.txt").read_text(encoding="utf-8")) - {"\n"}


@dataclass(frozen=True)
class Decoded:
    """A text and how its bytes were read."""

    text: str
    encoding: str  # as Python calls it
    guessed: bool = False  # whether neither a mark, nor UTF-8's own pattern, nor the user says so


def has_mark(head: bytes) -> bool:
    """Whether a byte order mark says how these bytes are to be read."""
    return any(head.startswith(bom) for bom, _ in _BOMS)


def decode(
    data: bytes, source: str, encoding: str | None = None, errors: str = "strict", named: str | None = None
) -> Decoded:
    """The text of `data`, a byte order mark apart.

    `encoding` says how it is written, None finds out; what is `named` beside the text, or in it, goes where it can be.
    `replace`, as an encoding or as `errors`, puts U+FFFD for bytes that are no text in the encoding that fits best.
    Raises InputError, which calls the text `source`.
    """
    if encoding == REPLACE:
        encoding, errors = None, REPLACE
    bom, marked = next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), (b"", ""))
    if encoding is not None:
        name = _python_name(encoding)
        return Decoded(_decoded(data, len(bom) if marked == name else 0, name, source, errors), name)
    if marked:
        return Decoded(_decoded(data, len(bom), marked, source, errors), marked)
    head = _NAMED.search(data[:_HEAD])
    named = codec_of(named or (head[1].decode("ascii", REPLACE) if head else ""))
    found = detect(data, named)
    if found is None and errors == REPLACE:
        # Of what is named, UTF-8 and Korean the one that loses fewest letters; for bytes that are none altogether.
        sample = data[:_SAMPLE]
        said = {name: sample.decode(name, REPLACE) for name in (named, "utf-8", *_KOREAN) if name}
        likely = [name for name in said if name not in _KOREAN or name == named or _is_korean(said[name])]
        found = min(likely, key=lambda name: said[name].count("\ufffd"))
    return Decoded(_decoded(data, 0, found or "utf-8", source, errors), found or "utf-8", found not in (None, "utf-8"))


def detect(data: bytes, named: str | None = None) -> str | None:
    """The encoding of bytes without a mark, as Python calls it; None where nothing is certain, and none is `named`."""
    if b"\0" in data[:_SAMPLE]:
        wide = next((name for name in UTF_16 if _is_utf_16(data, name)), None)
        if wide is not None:
            return wide
    escaped = (name for escape, name in _ESCAPES.items() if escape in data[:_SAMPLE])
    own = named if named and data.isascii() else None  # of 7 bits
    for name in filter(None, (own, *escaped, "utf-8", named)):
        if _can_be(data, name):
            return name
    return next((name for name in _KOREAN if _can_be(data, name) and _is_korean(data.decode(name)[:_SAMPLE])), None)


def _is_utf_16(data: bytes, name: str) -> bool:
    """Whether bytes with NUL among them are text of two bytes each.

    NUL is the upper half of a blank, a line end, a Latin letter, and seldom the lower half of anything.
    """
    first, second = data[:_SAMPLE:2].count(0), data[1:_SAMPLE:2].count(0)
    upper, lower = (second, first) if name == "utf-16-le" else (first, second)
    share = _MOST_NUL_SHARE if _can_be(data, "utf-8") else _LEAST_NUL_SHARE
    if upper < lower or upper < share * len(data[:_SAMPLE]) / 2 or not _can_be(data, name):
        return False
    return all(char in _BLANKS or unicodedata.category(char) not in _NO_TEXT for char in data.decode(name)[:_SAMPLE])


def _is_korean(text: str) -> bool:
    letters = [char for char in text if char > "\x7f"]
    common = sum(char in _COMMON for char in letters)
    return common >= _LEAST_COMMON and common >= _COMMON_SHARE * len(letters)


def _can_be(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeError:
        return False
    return True


def _python_name(name: str) -> str:
    """The name of an encoding as Python spells it. Raises InputError for what is none of text."""
    with suppress(LookupError, ValueError):
        if (info := codecs.lookup(name))._is_text_encoding:
            return info.name
    raise InputError(f"{name!r} is no encoding of text; write it as utf-8, cp949, utf-16, cp1252, shift_jis …")


def codec_of(label: str) -> str | None:
    """What Python calls an encoding that a text says to have; None for what says nothing or is none of text."""
    with suppress(InputError):
        name = _python_name(label)  # who could read it in a page has not read UTF-16
        return None if name.startswith(("ascii", "utf-16", "utf-32")) else _WIDER.get(name, name)
    return None


def _decoded(data: bytes, skipped: int, name: str, source: str, errors: str) -> str:
    try:
        return data[skipped:].decode(name, errors)
    except UnicodeDecodeError as error:
        offset = skipped + error.start
        raise InputError(
            f"{source} is not valid {name.upper()} at byte {offset:,} (0x{data[offset]:02x}); name its encoding with "
            "--encoding (cp949, cp1252, shift_jis …), or put U+FFFD there with --encoding replace"
        ) from None
    except UnicodeError as error:  # of codecs that know no offset
        raise InputError(f"{source} is not valid {name.upper()}: {error}; name another with --encoding") from None


def looks_binary(head: bytes) -> bool:
    """Whether `head`, a file's first bytes, is no text by the rule in the module's docstring."""
    if kind_of(head) is not None:
        return True
    head = head[:_HEAD]  # of even length, if the file goes on behind it
    return b"\0" in head and not has_mark(head) and detect(head) not in UTF_16


def read_text(file: Path | bytes, encoding: str | None = None) -> str:
    """The text of a file, or of the bytes of standard input; its encoding is found out unless it is named.

    The encoding `replace` puts U+FFFD where bytes are no text. One that was guessed is a SokdokWarning. Raises
    InputError for what is no text, and for a file of more than `files.MAX_BYTES`.
    """
    source = "standard input" if isinstance(file, bytes) else printable(file)
    data = file if isinstance(file, bytes) else read_file(file)
    if kind := kind_of(data):
        hint = f"; read it with: sokdok read {source}" if kind.image or kind.magic == b"%PDF-" else ""
        raise InputError(say("binary", file=source, why=kind.name) + hint)
    if encoding is None and looks_binary(data[:_HEAD]):
        hint = "if it is text all the same, use --encoding replace"
        raise InputError(f"{source} looks like a binary file: byte {data.index(0):,} is NUL; {hint}")
    decoded = decode(data, source, encoding)
    if not decoded.text:
        raise InputError(f"{source} is empty: there is no text to draw")
    if decoded.guessed:
        remark = f"{source} is read as {decoded.encoding.upper()}; if it is another encoding, name it with --encoding"
        warnings.warn(SokdokWarning(remark), stacklevel=2)
    return decoded.text
