"""Work that may die, done in child processes: files from strangers, reading, drawing, whatever takes long.

Decoders of PDFs and pictures are large and written in C: a file can crash them, or keep them busy and hungry for ever.
A reader may run out of memory. So they run in children, which are asked for *functions by name*:

    from sokdok.jobs import Child, Limits, Pool

    with Child(Limits()) as child:  # one, which is asked and waited for
        looked = child.call("sokdok.memory.images:look", data, "scan.png", kind=tuple[str, tuple[int, int]])

    with Pool("sokdok.bulk.engines.local:WorkerProcess", (setup,), workers=4) as pool:  # several, with a queue
        job = pool.submit("read", unit, kind=Done, item=list[int], on_item=print)
        done = job.result()  # a `concurrent.futures.Future`

- A name is `module:function`, or `module:Class.method` of the one object that the child makes of a class. Arguments and
  answers are plain data (numbers, text, bytes, dataclasses of them) in MessagePack: arguments become what the
  function's annotations say, answers what the caller says (`kind`). Nothing a child sends is unpickled or evaluated.
- A function that is a generator streams its items: `on_item` is called with each, as an `item`.
- With `Limits` a child is for strangers' files: bounded memory and processor time, no file written, no secrets.
- What can go wrong has a type: the function *refused* (the SokdokError that it raised), it *failed* (`Failed`, with the
  words of any other error), was `OutOfMemory`, `TimedOut`, or its child `Died`.
- Children end with their parent, however that ends: none is left to do what its next run does.
"""

from __future__ import annotations

from sokdok.jobs.pool import MOST_DEATHS, Pool, StartError, in_order
from sokdok.jobs.process import DEFAULTS, Child, Died, Failed, Job, Limits, OutOfMemory, TimedOut

__all__ = [
    "DEFAULTS", "MOST_DEATHS", "Child", "Died", "Failed", "Job", "Limits", "OutOfMemory", "Pool", "StartError",
    "TimedOut", "in_order",
]  # fmt: skip
