"""A worker of the desk that does as the texts say that it is to compare: die, sleep, or what is drawn comes back."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from sokdok.isolation import Died
from sokdok.memory.store.database import StoreError
from sokdok.server.desk.main import main
from sokdok.server.desk.messages import Chore, CompareTexts
from sokdok.server.desk.work import Work
from sokdok.server.engine.refused import Absent


class FakeWork(Work):
    def do(self, chore: Chore) -> Any:
        assert isinstance(chore, CompareTexts)
        if chore.drawn == "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        if chore.drawn == "absent":
            raise Absent("there is none")
        if chore.drawn == "full":
            raise OSError(28, "no space")
        if chore.drawn == "locked":
            raise StoreError("the memory is locked")
        if chore.drawn == "died":
            raise Died("was killed", 0)
        if chore.drawn == "bug":
            raise ValueError("secret")
        time.sleep(float(chore.read))
        return chore.drawn


if __name__ == "__main__":
    main(FakeWork)
