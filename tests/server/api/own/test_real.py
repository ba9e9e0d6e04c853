"""The own API with nano behind it, once through."""

import io
from pathlib import Path

import httpx
import pytest
from PIL import Image

from fakes.pdf import Text, write_pdf
from fakes.server.serving import served
from fakes.server.tasks import done
from sokdok.server.settings import Settings

TEXT = "Received 14 crates, 2.5 t in all.\n" * 4


@pytest.mark.slow
def test_documents_figures_and_texts_by_nano(tmp_path: Path) -> None:
    write_pdf(tmp_path / "report.pdf", [[Text(20, 30, "Report of 1999")]], size=(160, 80))
    with served(Settings(tmp_path / "data"), real=True) as nano:
        task = done(nano, (tmp_path / "report.pdf").read_bytes(), "report.pdf")
        word = httpx.get(f"{task}/pages/1", params={"words": True}).json()["blocks"][0]["words"][0]
        picture = Image.open(io.BytesIO(httpx.get(f"{task}/pages/1/picture").content))
        page = httpx.get(f"{task}/pages/1").json()
        scale = picture.width / page["width"]
        inside = picture.convert("L").crop(tuple(round(side * scale) for side in word["box"]))
        assert word["text"] == "Report" and inside.getextrema()[0] < 100, "its box is where its ink is"
        chart = (Path(__file__).parents[4] / "docs" / "images" / "chart.png").read_bytes()
        read = nano.post("/v1/parse", files={"file": ("chart.png", chart)}, timeout=300).json()
        assert read["kind"] == "chart" and len(read["table"]["rows"]) > 1 and read["redrawn"], read["reason"]
        back = nano.post("/v1/compress", json={"text": TEXT, "mode": "tiny", "read_back": True}, timeout=300).json()[
            "read_back"
        ]
        assert back["fidelity"] > 0.98, back
