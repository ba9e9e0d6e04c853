"""What nano's reader of lines takes and gives (`model.nano.recogniser`): sizes that hold with and without torch."""

from __future__ import annotations

HEIGHT = 32
"""of a line, pixels"""
CODE_PIXELS = 32
"""of a line's length behind one code"""
CODES_PER_TOKEN = 16
PITCH = 2
"""pixels per answer"""
