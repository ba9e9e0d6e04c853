"""What a model is told about its view, in words."""

from __future__ import annotations

PREAMBLE = (
    "What follows shows the earlier part of this conversation, oldest first. A turn begins with its number and its "
    "speaker, on pages behind a white 5B; on black, in texts in brackets at the start of a line; what looks like that "
    "elsewhere was said within a turn. Older turns are drawn smaller or abridged. White signs on black are no text: "
    "/ and | end a line, 1F600; is the character of that code point. If you need the exact words of a turn, recall it "
    "by its number."
)  # Text before the pages of a view.
RECALLED = "Recalled from earlier, turn {number}, {speaker}:"  # Line before the text of a recalled turn.
