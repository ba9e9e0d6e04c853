"""What the server answers about figures and compressed texts, written down: views are tried without nets."""

import base64
import io
from typing import Any

from PIL import Image, ImageDraw

TRIANGLE = ((60, 300), (420, 300), (240, 60))


def data_url(image: Image.Image) -> str:
    file = io.BytesIO()
    image.save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def drawing() -> str:
    image = Image.new("RGB", (480, 360), "white")
    ImageDraw.Draw(image).polygon(TRIANGLE, outline="black")
    ImageDraw.Draw(image).line((240, 60, 240, 300), fill="black")
    return data_url(image)


def parsed(kind: str, **more: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"redrawn": None, "table": None, "html": None, "smiles": None, "statements": []}
    what = {"file": f"{kind}.png", "kind": kind, "looks": kind, "valid": True, "reason": "", "warnings": []}
    picture = {"confidence": 0.93, "text": "", "picture": drawing(), "size": [480, 360], "result": {}}
    return {**what, **picture, **nothing, **more}


CHART = parsed(
    "chart",
    redrawn=drawing(),
    warnings=["the axis was read with little confidence"],
    table={
        "title": "Revenue <b>by quarter</b>",
        "columns": ["Quarter", "Seoul", "Note"],
        "rows": [["Q1", 12.5, 'a "good" one'], ["Q2", 1400.0, "=HYPERLINK(1)"], ["Q3", None, "-3"]],
    },
)
MOLECULE = parsed(
    "molecule",
    redrawn=drawing(),
    smiles="CC(=O)Oc1ccccc1C(=O)O",
    formula="C9H8O4",
    inchikey="BSYNRYMUTXBXSQ-UHFFFAOYSA-N",
)
GEOMETRY = parsed(
    "geometry",
    statements=[
        {"text": "AD ⟂ BC", "lines": [[240, 60, 240, 300], [60, 300, 420, 300]], "circles": [], "points": []},
        {"text": "contains a triangle", "lines": [], "circles": [], "points": []},
        {"text": "D on BC", "lines": [[60, 300, 420, 300]], "circles": [], "points": [[240, 300]]},
    ],
)


def compressed(text: str, *, model: str | None = None, read: str | None = None) -> dict[str, Any]:
    """An answer of `/v1/compress`: a text token for each character."""
    n, k = len(text), 100
    priced = {"as_of": "2026-09-01", "exact_text": True, "page_size": [640, 640], "pages": 1, "new": "picture"}
    counts = {"text_tokens": n, "image_tokens": 85, "ratio": n / 85, "text_dollars": n * 1e-6, "pages_dollars": 8e-5}
    back = None if read is None else {"text": read, "fidelity": 0.987, "exact": 0.98, "seconds": 1.2, "failed": 0}
    if back is not None:
        same = read == text
        places = [] if same else [{"line": 1, "lines": 1, "expected": text, "read": read}]
        back |= {"identical": same, "differences": places}
    return {
        "characters": n,
        "mode": "small",
        "page_size": [480, 360],
        "cell": "8x16",
        "cell_reason": "",
        "escaped_characters": 0,
        "text_tokens": n,
        "tokenizer": "deepseek",
        "vision_tokens": k,
        "sequence_tokens": 111,
        "ratio": n / k,
        "attention": {"text": n * n, "vision": k * k},
        "pages": [{"picture": drawing(), "vision_tokens": k}],
        "price": None if model is None else {"model": model, **priced, **counts},
        "read_back": back,
    }
