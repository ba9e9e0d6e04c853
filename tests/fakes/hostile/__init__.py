"""Files made to crash, hang, or eat the memory of what opens them, small and quickly made; and good ones among them."""

from fakes.hostile.batch import Batch, write_batch
from fakes.hostile.pdfs import HANGING, HOSTILE, one_page, pdf
from fakes.hostile.pictures import PICTURES, png

__all__ = ["HANGING", "HOSTILE", "PICTURES", "Batch", "one_page", "pdf", "png", "write_batch"]
