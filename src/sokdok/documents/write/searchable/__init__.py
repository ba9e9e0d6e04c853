"""A searchable PDF: the pages of the file as they are, with every word that was read, invisible, at its place.

- `writer` gives a child process (`child`), which has the file open, the words of each page as they come, and takes
  the PDF from it: files come from strangers, here too.
- Text that can be seen and that words were taken from is left alone and nothing is put over it; text that nobody sees
  and that was not believed is taken away (`hidden`).
- Words are set in a font that shows nothing (`font`), of which any text can be copied (`layer`).
"""

from __future__ import annotations

from sokdok.documents.write.searchable.writer import Writer

__all__ = ["Writer"]
