"""Output of nano's text detector (`model.nano.unet`): the channels for every 4 x 4 pixels."""

from __future__ import annotations

CORE, EM_SIZE, OFFSET, KIND = 0, 1, 2, 3
"""channels: logit of a line's core; log2(em / EM); way down to the line's middle in ems; logits of KINDS"""
EM = 16.0  # pixels of an em whose size channel is 0
KINDS = ("text", "heading", "list", "table", "caption", "furniture")
"""kinds of block that a line belongs to; furniture: running heads, feet and page numbers"""
CHANNELS = KIND + len(KINDS)
