from sokdok.server.engine.fair_queue import FairQueue


def order(queue: FairQueue[str]) -> str:
    taken = []
    while (thing := queue.take()) is not None:
        taken.append(thing)
    return "".join(taken)


def test_owners_take_turns_by_pages() -> None:
    queue: FairQueue[str] = FairQueue()
    for _ in range(4):
        queue.put("large", "L", "L", 8)
    for _ in range(4):
        queue.put("small", "s", "s", 2)
    assert order(queue) == "LssssLLL"


def test_jobs_of_an_owner_take_turns_too() -> None:
    queue: FairQueue[str] = FairQueue()
    for _ in range(3):
        queue.put("one", "a", "a", 8)
    queue.put("one", "b", "b", 1)
    assert order(queue) == "abaa"


def test_who_comes_later_has_no_claim_on_what_is_past() -> None:
    queue: FairQueue[str] = FairQueue()
    for _ in range(4):
        queue.put("early", "e", "e", 1)
    assert queue.take() == "e" and queue.take() == "e"
    for _ in range(4):
        queue.put("late", "l", "l", 1)
    assert order(queue)[:4].count("e") == 2, "they share from now on"


def test_what_goes_back_is_first_and_what_is_dropped_is_gone() -> None:
    queue: FairQueue[str] = FairQueue()
    queue.put("one", "a", "2", 1)
    queue.put("one", "a", "1", 1, first=True)
    queue.put("one", "b", "x", 1)
    queue.drop("one", "b")
    queue.drop("nobody", "b")
    assert order(queue) == "12"
    assert queue.take() is None
