import io

import pytest

from sokdok.errors import InputError
from sokdok.files.zstd import compressed, decompressed, packing, unpacked_lines


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
