"""PDF pages that show a line of text, or hold one that nobody can see: a construction of the format each."""

from fakes.sight.seen import SEEN
from fakes.sight.sheet import Drawing, words_of, write_sheets
from fakes.sight.unseen import UNSEEN

__all__ = ["SEEN", "UNSEEN", "Drawing", "words_of", "write_sheets"]
