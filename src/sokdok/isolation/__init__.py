"""Work on files from strangers, done in a child process that may die.

Decoders of PDFs and pictures are large and written in C: a file can crash them, or keep them busy and hungry for ever.
So they run in a child (`child`), under limits (`limits`), and are spoken to over a pipe (`process`). What a child does,
an object of its own says: its *servant*, named when the child is started, whose methods the parent calls by name.

    from sokdok.isolation import Died, Limits, Process

    with Process("sokdok.pages.served:Servant", Limits()) as process:
        size = process.call("open", "report.pdf", kind=tuple[int, int])

- Answers are plain data (numbers, text, bytes, dataclasses of them) in MessagePack and are decoded as `kind`: nothing a
  child sends is unpickled or evaluated, even if a file has taken the child over.
- `Died` says that the child crashed, took too long (`TookTooLong`) or answered nonsense. The process is started anew by
  the next call; what the servant held is gone.
- `borrowed` keeps one idle child for the next user, since starting one takes a third of a second; `prepare` starts it
  before there is anything to ask.
"""

from __future__ import annotations

from sokdok.isolation.limits import DEFAULTS, Limits
from sokdok.isolation.process import Died, Process, TookTooLong, borrowed, prepare

__all__ = ["DEFAULTS", "Died", "Limits", "Process", "TookTooLong", "borrowed", "prepare"]
