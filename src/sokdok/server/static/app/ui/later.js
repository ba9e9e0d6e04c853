// Work that waits until somebody pauses, and of which only the last counts.

/**
 * `later(work, ms)` gives `{ ask(), now(), stop() }`: `work(signal)` runs once nothing was asked for so long; a new run
 * aborts the one before.
 */
export function later(work, ms) {
  let timer = 0;
  let running = new AbortController();
  const now = () => {
    clearTimeout(timer);
    running.abort();
    running = new AbortController();
    return work(running.signal);
  };
  return {
    now,
    ask() {
      clearTimeout(timer);
      timer = setTimeout(now, ms);
    },
    stop() {
      clearTimeout(timer);
      running.abort();
    },
  };
}
