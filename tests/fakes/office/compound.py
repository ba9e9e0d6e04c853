"""Compound files (MS-CFB) and HWP 5's records, written by hand: olefile only reads them."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
NONE = 0xFFFFFFFF


def compound(path: Path, streams: Mapping[str, bytes]) -> Path:
    """A compound file; names may have one folder: `BodyText/Section0`."""
    mini, mini_fat, chains = bytearray(), [], {}
    large: list[tuple[str, bytes]] = []
    for name, data in streams.items():
        if len(data) >= CUTOFF:
            large.append((name, data))
            continue
        count = -(-len(data) // MINI)
        chains[name] = len(mini_fat) if count else END
        mini_fat += [*range(len(mini_fat) + 1, len(mini_fat) + count), END] if count else []
        mini += data.ljust(count * MINI, b"\0")
    sectors: list[bytes] = []
    fat: list[int] = []

    def put(data: bytes) -> int:
        first, count = len(sectors), -(-len(data) // SECTOR)
        sectors.extend(data[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(data), SECTOR))
        fat.extend([*range(first + 1, first + count), END] if count else [])
        return first if count else END

    for name, data in large:
        chains[name] = put(data)
    mini_start = put(bytes(mini))
    mini_fat_start = put(struct.pack(f"<{len(mini_fat)}I", *mini_fat).ljust(-(-len(mini_fat) // 128) * SECTOR, b"\xff"))
    directory = _directory(streams, chains, mini_start, len(mini))
    directory_start = put(directory)
    fat_sectors = 1
    while fat_sectors * 128 < len(fat) + fat_sectors:
        fat_sectors += 1
    fat_start = len(sectors)
    table = [*fat, *[FAT] * fat_sectors]
    packed = struct.pack(f"<{len(table)}I", *table).ljust(fat_sectors * SECTOR, b"\xff")
    sectors.extend(packed[at : at + SECTOR] for at in range(0, len(packed), SECTOR))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<4I", 0, fat_sectors, directory_start, 0)
    header += struct.pack("<5I", CUTOFF, mini_fat_start, -(-len(mini_fat) // 128), END, 0)
    difat = [*range(fat_start, fat_start + fat_sectors)]
    header += struct.pack("<109I", *difat, *[FREE] * (109 - len(difat)))
    path.write_bytes(header + b"".join(sectors))
    return path


def _directory(streams: Mapping[str, bytes], chains: Mapping[str, int], mini_start: int, mini_size: int) -> bytes:
    """The root, then folders and streams, each list linked to the right."""
    folders = sorted({name.partition("/")[0] for name in streams if "/" in name})
    tops = [*folders, *(name for name in streams if "/" not in name)]
    numbers = {name: at for at, name in enumerate([*tops, *(name for name in streams if "/" in name)], 1)}
    entries = [_entry("Root Entry", 5, numbers[tops[0]], NONE, mini_start, mini_size)]
    for name in numbers:
        inside = [one for one in streams if one.startswith(f"{name}/")]
        siblings = [one for one in streams if "/" in one and one.partition("/")[0] == name.partition("/")[0]]
        siblings = siblings if "/" in name else tops
        following = siblings[siblings.index(name) + 1 : siblings.index(name) + 2]
        right = numbers[following[0]] if following else NONE
        if name in folders:
            entries.append(_entry(name, 1, numbers[inside[0]], right, 0, 0))
        else:
            entries.append(_entry(name.rpartition("/")[2], 2, NONE, right, chains[name], len(streams[name])))
    return b"".join(entries).ljust(-(-len(entries) // 4) * SECTOR, b"\0")


def _entry(name: str, kind: int, child: int, right: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    head = text.ljust(64, b"\0") + struct.pack("<HBB3I", len(text), kind, 1, NONE, right, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


def record(tag: int, level: int, data: bytes = b"") -> bytes:
    if len(data) < 0xFFF:
        return struct.pack("<I", tag | level << 10 | len(data) << 20) + data
    return struct.pack("<II", tag | level << 10 | 0xFFF << 20, len(data)) + data


def text_of(*pieces: str | int) -> bytes:
    """A paragraph's text: words, and codes with the seven places that follow them."""
    return b"".join(
        piece.encode("utf-16-le") if isinstance(piece, str) else struct.pack("<8H", piece, 0, 0, 0, 0, 0, 0, piece)
        for piece in pieces
    )


def paragraph(level: int, *pieces: str | int, shape: int = 0, style: int = 0, controls: Sequence[bytes] = ()) -> bytes:
    head = record(0x42, level, struct.pack("<IIHBB", 0, 0, shape, style, 0) + bytes(10))
    return head + record(0x43, level + 1, text_of(*pieces, "\r")) + b"".join(controls)


def control(level: int, name: str, data: bytes = b"", below: bytes = b"") -> bytes:
    return record(0x47, level, name.encode()[::-1] + data) + below


def counted(words: str) -> bytes:
    return struct.pack("<H", len(words)) + words.encode("utf-16-le")


def hwp(
    path: Path,
    body: bytes,
    info: bytes = b"",
    *,
    version: tuple[int, int] = (5, 1),
    flags: int = 1,
    binaries: Mapping[str, bytes] | None = None,
) -> Path:
    """An HWP 5 document of one section; `binaries` by their names."""
    header = b"HWP Document File".ljust(32, b"\0") + bytes((0, 0, version[1], version[0])) + struct.pack("<I", flags)
    streams = {"FileHeader": header.ljust(256, b"\0"), "DocInfo": _packed(info), "BodyText/Section0": _packed(body)}
    return compound(path, streams | {f"BinData/{name}": _packed(data) for name, data in (binaries or {}).items()})


def _packed(data: bytes) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -15)
    return coder.compress(data) + coder.flush()
