"""A folder of good and hostile files, shuffled."""

import io
import random
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from PIL import Image

from fakes.hostile.pdfs import HANGING, HOSTILE, damaged, one_page, random_codec
from fakes.hostile.pictures import PICTURES


@dataclass
class Batch:
    """Files in the order in which they are to be named, and which of them are good."""

    paths: list[Path] = field(default_factory=list)
    good: list[Path] = field(default_factory=list)


def write_batch(folder: Path, size: int, *, hanging: int, seed: int = 7) -> Batch:
    """Write `size` files, half of them good, `hanging` that hang; the rest of every other kind, and damaged ones."""
    folder.mkdir(parents=True)
    dice, batch = random.Random(seed), Batch()
    bad = [(f"hang-{name}.pdf", make()) for name, make in list(HANGING.items())[:hanging]]
    bad += [(f"bad-{name}.pdf", make()) for name, make in HOSTILE.items()]
    bad += [(f"bad-{name}", make()) for name, make in PICTURES.items()]
    for number in count():
        if len(bad) >= size - size // 2:
            break
        data = random_codec(number) if number % 3 == 1 else damaged(_good(number), number)
        bad.append((f"damaged-{number:03}{'.png' if number % 3 == 0 else '.pdf'}", data))
    good = [(f"good-{number:03}{'.png' if number % 3 == 0 else '.pdf'}", _good(number)) for number in range(size // 2)]
    files = [*bad, *good]
    dice.shuffle(files)
    for name, data in files:
        path = folder / name
        path.write_bytes(data)
        batch.paths.append(path)
        if name.startswith("good"):
            batch.good.append(path)
    return batch


def _good(number: int) -> bytes:
    if number % 3:
        return one_page(b"BT /F 24 Tf 72 700 Td (Good file %d) Tj ET" % number, box=b"[0 0 300 800]")
    file = io.BytesIO()
    Image.new("L", (80 + number % 40, 60), 255).save(file, ("PNG", "JPEG", "GIF", "TIFF")[number // 3 % 4])
    return file.getvalue()
