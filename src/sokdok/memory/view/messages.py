"""A view as chat messages: one that holds the past, then the newest turns as they were said."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from sokdok.errors import require_choice

if TYPE_CHECKING:
    from sokdok.memory.view.part import Part

Style = Literal["openai", "anthropic"]  # Provider whose messages are made.


def to_messages(parts: Sequence[Part], style: Style) -> list[dict[str, object]]:
    """Return messages of the OpenAI chat completions API, or of Anthropic's messages API. Raises InputError."""
    require_choice("message style", style, get_args(Style))
    past = [part for part in parts if part.kind not in ("turn", "recalled")]
    messages: list[dict[str, object]] = []
    if past:
        messages.append({"role": "user", "content": [_content(part, style) for part in past]})
    for part in parts:
        if part.kind in ("turn", "recalled"):
            messages.append(_turn(part, style))
    return messages


def _content(part: Part, style: Style) -> dict[str, Any]:
    """Return a part of the past as a block of content."""
    if part.picture is not None:
        return _image("image/png", part.picture.png, style)
    return {"type": "text", "text": part.text}


def _turn(part: Part, style: Style) -> dict[str, object]:
    """Return a turn as a message of its own, with a role that the API knows."""
    role = "user" if part.role == "tool" or (part.role == "system" and style == "anthropic") else part.role
    if not part.images:
        return {"role": role, "content": part.text}
    blocks = [_image(info.media_type, data, style) for info, data in part.images]
    if part.text:
        blocks.append({"type": "text", "text": part.text})
    return {"role": "user", "content": blocks}  # the only one who may send pictures


def _image(media_type: str, data: bytes, style: Style) -> dict[str, Any]:
    """Return an image as a block of content."""
    encoded = base64.b64encode(data).decode()
    if style == "anthropic":
        return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": encoded}}
    # Left to itself OpenAI's newer models take the original size, at up to four times the price that was counted.
    return {"type": "image_url", "image_url": {"url": f"data:{media_type};base64,{encoded}", "detail": "high"}}
