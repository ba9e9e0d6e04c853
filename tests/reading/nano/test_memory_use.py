"""Memory while nano reads page after page, each of another size: it levels off at what the largest needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

READ = """
import random, sys
from PIL import Image, ImageDraw, ImageFont
from sokdok.pages import Page
from sokdok.reading.nano.reader import NanoReader
from sokdok.model.nano.session import bundled_folder

count, longest = map(int, sys.argv[1:])
rng = random.Random(1)
words = "the quick brown fox jumps over a lazy dog while seven wizards read in the old library of Seoul".split()

def page(number):
    width, height, size = rng.randint(150, longest), rng.randint(150, longest), rng.randint(11, 30)
    image = Image.new("RGB", (width, height), "white")
    draw, font, y = ImageDraw.Draw(image), ImageFont.load_default(size), 10
    while y < height - 1.5 * size:
        line = " ".join(rng.choice(words) for _ in range(max(1, (width - 20) // (3 * size))))
        draw.text((10, y), line, fill="black", font=font)
        y += int(size * rng.uniform(1.3, 3))
    return Page(image, str(number))

reader = NanoReader(bundled_folder(), 1)
for number in range(count):
    (reading,) = reader.read([page(number)])
    assert reading.status == "ok"
    print(int(open("/proc/self/statm").read().split()[1]) * 4096 // 2**20, flush=True)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize(
    ("count", "longest"), [(30, 400), pytest.param(200, 1000, marks=pytest.mark.slow)], ids=["30 pages", "200 pages"]
)
def test_memory_levels_off(count: int, longest: int) -> None:
    """Megabytes, the least of ten pages: the end against the first; what is freed is given back at once (glibc)."""
    command = [sys.executable, "-c", READ, str(count), str(longest)]
    env = {"PYTHONPATH": ":".join(sys.path), "MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536"}
    run = subprocess.run(command, capture_output=True, text=True, env=env, timeout=3000)
    assert run.returncode == 0, run.stderr
    used = list(map(int, run.stdout.split()))
    assert min(used[-10:]) < min(used[5:15]) + 10, used
