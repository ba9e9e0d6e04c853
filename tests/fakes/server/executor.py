"""A worker of the executor that does as the texts to compare say: die, sleep, or what is drawn comes back."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from sokdok.jobs import Died
from sokdok.memory.store.database import StoreError
from sokdok.server.engine.refused import Absent
from sokdok.server.executor.main import main
from sokdok.server.executor.messages import CompareTexts, Operation
from sokdok.server.executor.work import Work


class FakeWork(Work):
    def do(self, operation: Operation) -> Any:
        assert isinstance(operation, CompareTexts)
        if operation.drawn == "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        if operation.drawn == "absent":
            raise Absent("there is none")
        if operation.drawn == "full":
            raise OSError(28, "no space")
        if operation.drawn == "locked":
            raise StoreError("the memory is locked")
        if operation.drawn == "died":
            raise Died("was killed", 0)
        if operation.drawn == "bug":
            raise ValueError("secret")
        time.sleep(float(operation.read))
        return operation.drawn


if __name__ == "__main__":
    main(FakeWork)
