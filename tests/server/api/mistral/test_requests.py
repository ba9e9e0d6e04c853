from __future__ import annotations

from typing import Any

import pytest
from fastapi import HTTPException
from pydantic import ValidationError

from sokdok.server.api.mistral.requests import OcrAsked


def asked(**more: Any) -> OcrAsked:
    return OcrAsked.model_validate({"document": {"file_id": "x"}, **more})


@pytest.mark.parametrize(
    ("pages", "range"), [(None, None), ("0-5,7", "1-6,8-8"), ([0, 2], "1-1,3-3"), (" 0 - 1 , 3", "1-2,4-4")]
)
def test_pages_count_from_0(pages: Any, range: str | None) -> None:
    assert asked(pages=pages).range == range


@pytest.mark.parametrize("pages", ["", "a", "-1", "1--2", "0-" + "9" * 5_000, []])
def test_what_is_no_page_is_refused(pages: Any) -> None:
    with pytest.raises(HTTPException) as caught:
        assert asked(pages=pages).range
    assert caught.value.status_code == 422 and "pages:" in caught.value.detail


@pytest.mark.parametrize("pages", [[-1], [10**30], "1," * 20_000, [1] * 20_000, {"a": 1}])
def test_more_than_a_request_may_name_is_refused(pages: Any) -> None:
    with pytest.raises(ValidationError):
        asked(pages=pages)


def test_annotations_are_refused_by_name() -> None:
    for name in ("bbox_annotation_format", "document_annotation_format", "document_annotation_prompt"):
        with pytest.raises(HTTPException, match=name):
            asked(**{name: "x"}).refuse()
    asked(unknown=1, image_annotation="x").refuse()
