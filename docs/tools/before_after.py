"""Make the picture at the top of the README: a photo of a report, a chart, and what sokdok really reads there.

    python docs/tools/before_after.py            # writes docs/images/report.jpg, chart.png, before-after.png

- Report and chart are made up here and typeset with Noto CJK (Debian: fonts-noto-cjk); matplotlib draws the chart.
- The photo: a sheet lying a little askew on a desk, lit from one side, with the noise and JPEG of a phone.
- The right-hand side is what `sokdok convert report.jpg` and `sokdok parse chart.png` print, as a headless Chromium
  shows it (Debian: chromium).
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from base64 import b64encode
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

IMAGES = Path(__file__).parent.parent / "images"
FONTS = Path("/usr/share/fonts/opentype/noto")
KOREAN = 1
"""index of the Korean face in Noto's collections"""

PARAGRAPHS = (
    "지난 분기에 시청 앞 공유 자전거의 이용은 모두 48,210회로, 앞 분기보다 12.4% 늘었다. 비가 온 날이 적었고, "
    "강변 대여소 두 곳이 6월에 문을 연 덕이다.",
    "고장 신고는 318건이며, 이 가운데 타이어가 절반을 넘는다. 수리에는 평균 1.8일이 걸렸다.",
)
TABLE = (
    ("대여소", "4월", "5월", "6월", "증감"),
    ("시청 앞", "5,120", "5,480", "6,030", "+10.0%"),
    ("강변", "2,940", "3,310", "5,275", "+59.4%"),
    ("중앙시장", "4,015", "4,120", "4,390", "+6.6%"),
    ("역 광장", "1,870", "2,205", "3,455", "+56.7%"),
)
CHART = {"시청 앞": 16.6, "강변": 11.5, "중앙시장": 12.5, "역 광장": 7.5}
"""thousands of trips by station, as in the report"""


def main() -> None:
    """Write the inputs, read them, compose the picture."""
    IMAGES.mkdir(exist_ok=True)
    photograph(draw_report()).save(IMAGES / "report.jpg", quality=88)
    draw_chart(IMAGES / "chart.png")
    sokdok = str(Path(sys.executable).with_name("sokdok"))
    report = run(sokdok, "convert", IMAGES / "report.jpg")
    chart = run(sokdok, "parse", IMAGES / "chart.png")
    print(report, chart, sep="\n---\n")
    compose(report, chart)


def run(*command: object) -> str:
    """What a command prints."""
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def font(size: int, weight: str = "Regular", style: str = "Serif") -> ImageFont.FreeTypeFont:
    """The Korean face of Noto CJK."""
    return ImageFont.truetype(FONTS / f"Noto{style}CJK-{weight}.ttc", size, index=KOREAN)


def draw_report(width: int = 1100) -> Image.Image:
    """The clean page: title, two paragraphs, a ruled table, a note."""
    page = Image.new("L", (width, 1130), 255)
    ink = ImageDraw.Draw(page)
    margin, y = 90, 84
    ink.text((margin, y), "2분기 공유 자전거 이용 보고", fill=0, font=font(46, "Bold", "Sans"))
    y += 96
    for paragraph in PARAGRAPHS:
        for line in wrap(paragraph, font(29), width - 2 * margin):
            ink.text((margin, y), line, fill=20, font=font(29))
            y += 48
        y += 20
    y = draw_table(ink, margin, y + 16, width - 2 * margin)
    ink.text((margin, y + 34), "단위: 회. 증감은 5월에 대한 6월의 값이다.", fill=40, font=font(24))
    return page.crop((0, 0, width, y + 120))


def wrap(text: str, face: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Lines of whole words, no wider than `width` pixels."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if face.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def draw_table(ink: ImageDraw.ImageDraw, left: int, top: int, width: int) -> int:
    """Draw the table with its ruling lines; gives its lower edge."""
    height, columns = 58, len(TABLE[0])
    edges = [left, *(left + 240 + (width - 240) * n // (columns - 1) for n in range(columns))]
    ink.rectangle((left, top, left + width, top + height), fill=232)
    for number, row in enumerate(TABLE):
        face = font(27, "Bold" if number == 0 else "Regular", "Sans")
        for column, cell in enumerate(row):
            right = edges[column + 1] - 22
            x = edges[column] + 22 if column == 0 else right - face.getlength(cell)
            ink.text((x, top + number * height + 9), cell, fill=10, font=face)
    for number in range(len(TABLE) + 1):
        ink.line((left, top + number * height, left + width, top + number * height), fill=60, width=2)
    for x in edges:
        ink.line((x, top, x, top + len(TABLE) * height), fill=60, width=2)
    return top + len(TABLE) * height


def photograph(page: Image.Image) -> Image.Image:
    """The page as a phone sees it: on a desk, slightly turned, lit from the left, with noise and JPEG."""
    rng = np.random.default_rng(7)
    width, height = page.width + 170, page.height + 150
    grain = rng.standard_normal((height // 2, width // 40)).astype(np.float32)
    wood = np.asarray(Image.fromarray(grain).resize((width, height), Image.Resampling.BICUBIC))
    desk = np.array([122, 92, 66], np.float32) * (1 + 0.06 * wood[..., None])
    # Four corners of the sheet in the photo; PIL wants the way back, from the photo to the sheet.
    corners = [(84, 62), (84 + page.width - 8, 74), (76 + page.width, 70 + page.height), (74, 66 + page.height - 6)]
    sheet = [(0, 0), (page.width, 0), (page.width, page.height), (0, page.height)]
    way = projection(corners, sheet)
    paper = np.asarray(
        page.transform((width, height), Image.Transform.PERSPECTIVE, way, Image.Resampling.BICUBIC, fillcolor=255),
        np.float32,
    )
    cover = Image.new("L", page.size, 255).transform(
        (width, height), Image.Transform.PERSPECTIVE, way, Image.Resampling.BICUBIC, fillcolor=0
    )
    shadow = np.asarray(cover.filter(ImageFilter.GaussianBlur(14)), np.float32)[..., None] / 255
    mask = np.asarray(cover, np.float32)[..., None] / 255
    tint = np.array([249, 245, 236], np.float32) / 255
    photo = desk * (1 - 0.45 * shadow) * (1 - mask) + paper[..., None] * tint * mask
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    light = 1.0 - 0.16 * across - 0.07 * down
    photo = photo * light[..., None] + rng.normal(0, 3.5, photo.shape)
    image = Image.fromarray(np.clip(photo, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return Image.open(buffer).convert("RGB")


def projection(at: list[tuple[int, int]], to: list[tuple[int, int]]) -> list[float]:
    """The eight numbers of the projection that takes four points to four others."""
    rows = []
    for (x, y), (u, v) in zip(at, to, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    return np.linalg.solve(np.array(rows, float), np.array(to, float).ravel()).tolist()


def draw_chart(path: Path) -> None:
    """Bars, one a station."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import font_manager, pyplot

    font_manager.fontManager.addfont(str(FONTS / "NotoSansCJK-Regular.ttc"))
    with pyplot.rc_context({"font.family": "Noto Sans CJK JP", "font.size": 13}):
        figure, axes = pyplot.subplots(figsize=(6.4, 3.2), dpi=130)
        axes.bar(list(CHART), list(CHART.values()), 0.55, color="#4c78a8")
        axes.set_title("대여소별 2분기 자전거 이용 (천 회)")
        axes.spines[["top", "right"]].set_visible(False)
        figure.tight_layout()
        figure.savefig(path)
        pyplot.close(figure)


def compose(report: str, values: str) -> None:
    """Both pictures on the left, what was read of each on the right as a browser shows it."""
    from markdown import markdown

    photo, chart = (b64encode((IMAGES / name).read_bytes()).decode() for name in ("report.jpg", "chart.png"))
    body = PAGE.format(photo=photo, chart=chart, report=markdown(report, extensions=["tables"]), values=values)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(body, encoding="utf-8")
        shot = f"--screenshot={IMAGES / 'before-after.png'}"
        flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1.25")
        run("chromium", *flags, "--window-size=1280,816", shot, page.as_uri())
    Image.open(IMAGES / "before-after.png").quantize(128).save(IMAGES / "before-after.png", optimize=True)


PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 24px; width: 1232px; background: #fff; color: #1f2328; font: 16px/1.5 "Noto Sans CJK KR" }}
section {{ display: grid; grid-template-columns: 560px 1fr; gap: 24px; align-items: center; margin-bottom: 24px }}
section > img {{ width: 560px; border-radius: 6px }}
.read {{ border: 1px solid #d0d7de; border-radius: 6px; padding: 14px 22px; height: calc(100% - 30px) }}
.read > code {{ display: block; margin: -14px -22px 12px; padding: 8px 22px; background: #f6f8fa; color: #0550ae;
  border-bottom: 1px solid #d0d7de; font: 15px "Noto Sans Mono CJK KR" }}
table {{ border-collapse: collapse; margin: 10px 0 }}
td, th {{ border: 1px solid #d0d7de; padding: 3px 14px; text-align: left; font-weight: normal }}
tr:first-child {{ background: #f6f8fa; font-weight: 600 }}
h1, h2 {{ font-size: 22px; margin: 6px 0 10px }} p {{ margin: 0 0 10px }}
</style>
<section><img src="data:image/jpeg;base64,{photo}">
<div class="read"><code>$ sokdok convert report.jpg</code>{report}</div></section>
<section><img src="data:image/png;base64,{chart}">
<div class="read"><code>$ sokdok parse chart.png</code>{values}</div></section>
"""


if __name__ == "__main__":
    main()
