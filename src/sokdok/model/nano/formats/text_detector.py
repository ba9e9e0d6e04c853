"""What nano's line finder says of every 4x4 pixels (`model.nano.unet`): the channels of its answer."""

from __future__ import annotations

CORE, EM_SIZE, OFFSET, KIND = 0, 1, 2, 3
"""channels: logit of a line's core; log2(em / EM); way down to the line's middle in ems; logits of KINDS"""
EM = 16.0
"""pixels"""
KINDS = ("text", "heading", "list", "table", "caption", "furniture")
"""kinds of block that a line belongs to; furniture: running heads, feet and page numbers"""
CHANNELS = KIND + len(KINDS)
