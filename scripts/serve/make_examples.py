"""Make the examples of `sokdok serve --demo`: python scripts/serve/make_examples.py (extra `train`, fonts, chromium).

They are drawn once and kept in the package, so that a server that shows them needs nothing of this.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pypdfium2
from PIL import Image, ImageFilter
from rdkit import Chem
from rdkit.Chem import Draw

from sokdok_lab.synth.samples import Materials, maker

FILES = Path(__file__).parent.parent.parent / "src" / "sokdok" / "server" / "examples"
GEOMETRY = 13  # which of the synthetic figures
REPORT = """<!doctype html><meta charset="utf-8"><style>
@page { size: A4; margin: 24mm 22mm } body { font: 11pt/1.5 "DejaVu Serif", "NanumMyeongjo", serif }
h1 { font-size: 20pt } h2 { font-size: 14pt } table { border-collapse: collapse; width: 100% }
td, th { border: 1px solid #555; padding: 2mm 3mm; text-align: left }
.n { text-align: right } .new { break-before: page }
</style>
<h1>Harbour report, third quarter</h1>
<p>The ferry to the island carried more passengers than in any summer before. Most of them came by bicycle, and
one in five stayed longer than a night. The evening boat was full on nine days out of ten.</p>
<h2>Passengers and freight</h2>
<table><tr><th>Month</th><th>Passengers</th><th>Bicycles</th><th>Freight (t)</th></tr>
<tr><td>July</td><td class="n">12,480</td><td class="n">3,115</td><td class="n">86.5</td></tr>
<tr><td>August</td><td class="n">15,902</td><td class="n">4,260</td><td class="n">91.2</td></tr>
<tr><td>September</td><td class="n">8,334</td><td class="n">2,007</td><td class="n">104.7</td></tr></table>
<h2>What comes next</h2>
<ul><li>A second evening boat from May to September.</li><li>Covered racks for bicycles on the lower deck.</li>
<li>Tickets by telephone, in Korean too.</li></ul>
<h1 class="new">항구 보고서, 3분기</h1>
<p>섬으로 가는 배는 어느 여름보다 많은 손님을 실어 날랐다.
손님 다섯 가운데 하나는 하루 넘게 섬에 머물렀고,
저녁 배는 열흘 가운데 아흐레가 만석이었다.</p>
<h2>승객과 화물</h2>
<table><tr><th>달</th><th>승객</th><th>자전거</th><th>화물(톤)</th></tr>
<tr><td>7월</td><td class="n">12,480</td><td class="n">3,115</td><td class="n">86.5</td></tr>
<tr><td>8월</td><td class="n">15,902</td><td class="n">4,260</td><td class="n">91.2</td></tr>
<tr><td>9월</td><td class="n">8,334</td><td class="n">2,007</td><td class="n">104.7</td></tr></table>
"""


def main() -> None:
    """Make them all."""
    FILES.mkdir(parents=True, exist_ok=True)
    report(FILES / "report.pdf")
    scan(FILES / "report.pdf", 0, FILES / "scan.jpg")
    scan(FILES / "report.pdf", 1, FILES / "scan_ko.jpg")
    chart(FILES / "chart.png")
    Draw.MolToImage(Chem.MolFromSmiles("CN1C=NC2=C1C(=O)N(C(=O)N2C)C"), size=(500, 400)).save(
        FILES / "molecule.png", optimize=True
    )
    pixels = maker("geometry", Materials())(GEOMETRY).pixels
    Image.fromarray(pixels).save(FILES / "geometry.png", optimize=True)


def report(to: Path) -> None:
    """Two pages with a text layer, in two languages."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(REPORT, encoding="utf-8")
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
        subprocess.run([*command, f"--print-to-pdf={to}", str(page)], check=True, capture_output=True, timeout=120)


def scan(document: Path, index: int, to: Path) -> None:
    """One of its pages as a scanner would give it: askew, soft, with noise."""
    with pypdfium2.PdfDocument(document) as opened:
        image = opened[index].render(scale=150 / 72).to_pil().convert("L")
    image = image.rotate(1.2, Image.Resampling.BICUBIC, fillcolor=255).filter(ImageFilter.GaussianBlur(0.6))
    noise = np.random.default_rng(0).normal(0, 6, (image.height, image.width))
    noisy = np.clip(np.asarray(image, np.float64) * 0.94 + 6 + noise, 0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(to, quality=70)


def chart(to: Path) -> None:
    """Bars with their values' axis."""
    figure, axes = plt.subplots(figsize=(6.4, 4.0), dpi=100)
    axes.bar(["July", "August", "September"], [12480, 15902, 8334], color="#3b6ea5")
    axes.set_title("Passengers of the island ferry")
    axes.set_ylabel("Passengers")
    axes.set_xlabel("Month")
    figure.tight_layout()
    figure.savefig(to)


if __name__ == "__main__":
    main()
