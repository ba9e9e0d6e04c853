"""Input and output of nano's recogniser (`model.nano.recogniser`): sizes that hold with and without torch."""

from __future__ import annotations

HEIGHT = 32  # of a line, pixels
CODE_PIXELS = 32  # of a line's length behind one code
CODES_PER_TOKEN = 16
PITCH = 2  # pixels of a line's length for one output
