#!/usr/bin/env python3
"""Cut pictures that are no figures out of free packages of Debian, for `sokdok train figure_kind`.

    for name in $(python lab/scripts/found_pictures.py); do apt-get download $name; done
    for file in *.deb; do dpkg-deb -x $file packages/${file%%_*}; done
    python lab/scripts/found_pictures.py packages --out data/charts/picture

What is drawn as a photograph has none of the detail of real ones, and real ones were taken for maps and flow charts.
The same packages give the same pictures.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from sokdok.model.nano.formats.figures import flattened

PACKAGES = {
    "photographs": (
        *("ukui-wallpapers", "lomiri-wallpapers-16.04", "lomiri-wallpapers-20.04", "plasma-workspace-wallpapers"),
        *("budgie-backgrounds", "gnome-backgrounds", "mate-backgrounds", "sway-backgrounds", "desktop-base"),
    ),
    "things": ("tuxpaint-stamps-default", "khangman", "krita-data"),
    "sky": ("kstars-data",),
    "clip art": ("openclipart-png",),
    "screens": ("gimp-help-en", "gnome-user-docs", "inkscape-tutorials"),
}
COUNTS = {"photographs": 700, "things": 250, "sky": 120, "clip art": 300, "screens": 350}  # pictures of each
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
LEAST_BYTES = 8_000  # of a file: smaller ones are icons
LEAST_PX, MOST_PX, MOST_SIDE_PX = 60, 40_000_000, 640  # shorter side of a file, all of its pixels, longer side of a cut
WHOLE = {"photographs": 0.3, "things": 1.0, "sky": 0.7, "clip art": 1.0, "screens": 0.6}  # share that is not cut
LEAST_PART = 0.12  # of a side, that a cut has


def cuts(files: list[Path], count: int, whole: float, rng: random.Random) -> Iterator[Image.Image]:
    """Show files by turns, whole or a part of each."""
    shown = 0
    while shown < count and files:
        for path in list(files):
            try:
                with Image.open(path) as opened:
                    if min(opened.size) < LEAST_PX or opened.width * opened.height > MOST_PX:
                        raise ValueError("of no use")
                    image = flattened(opened)
            except (OSError, ValueError):
                files.remove(path)
                continue
            if rng.random() > whole:
                wide, high = (max(LEAST_PX, round(side * rng.uniform(LEAST_PART, 0.9))) for side in image.size)
                left, top = rng.randint(0, image.width - wide), rng.randint(0, image.height - high)
                image = image.crop((left, top, left + wide, top + high))
            image.thumbnail((MOST_SIDE_PX, MOST_SIDE_PX), Image.Resampling.BOX)
            yield image
            shown += 1
            if shown == count:
                return


def main() -> None:
    """Read the options and cut."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path, nargs="?", help="folder of unpacked packages; their names, if left out")
    parser.add_argument("--out", type=Path, default=Path("data/charts/picture"))
    options = parser.parse_args()
    if not options.packages:
        print(*(name for names in PACKAGES.values() for name in names))
        return
    options.out.mkdir(parents=True, exist_ok=True)
    number = 0
    for kind, names in PACKAGES.items():
        rng = random.Random(kind)
        found = [path for name in names for path in sorted((options.packages / name).rglob("*"))]
        files = [path for path in found if path.suffix.lower() in SUFFIXES and path.is_file() and not path.is_symlink()]
        files = [path for path in files if path.stat().st_size >= LEAST_BYTES]
        rng.shuffle(files)
        for image in cuts(files, COUNTS[kind], WHOLE[kind], rng):
            image.save(options.out / f"{number:05}.png")
            number += 1
    print(f"{number:,} pictures in {options.out}")


if __name__ == "__main__":
    main()
