// One task as it goes on: which of its pages are read, told by the server as they are.

import { ApiError, json } from "../api.js";
import { events } from "../events.js";
import { take } from "./tasks.js";

const GATHERED_MS = 30; // changes that come together are told together

/**
 * Follow a task: `changed()` is called as it goes on. Gives `{ task, numbers, pages: number → "read"|"failed", whole, error,
 * stop() }`; `task` is null until the server has answered, `whole` says that all its pages were told, and `error` says
 * why if the server doesn't have it.
 */
export function follow(id, changed) {
  const path = `/v1/tasks/${encodeURIComponent(id)}`;
  const ending = new AbortController();
  const state = { task: null, numbers: [], pages: new Map(), whole: false, error: null, stop: () => ending.abort() };
  let timer = 0;
  const tell = () => {
    timer ||= setTimeout(() => {
      timer = 0;
      if (!ending.signal.aborted) changed();
    }, GATHERED_MS);
  };

  async function run() {
    const { page_numbers: numbers, ...task } = await json(path, { signal: ending.signal });
    state.task = task;
    state.numbers = numbers;
    changed();
    for await (const event of events(`${path}/events`, { last: "end", signal: ending.signal })) {
      if (event.name === "page") {
        state.pages.set(event.data.page, event.data.failed ? "failed" : "read");
        const failed = [...state.pages.values()].filter((each) => each === "failed").length;
        if (state.task.status === "waiting") state.task = { ...state.task, status: "reading" };
        state.task = { ...state.task, pages_read: state.pages.size, pages_failed: failed };
        state.task.reason = "";
      } else if (event.name === "held") {
        state.task = { ...state.task, reason: event.data.reason };
      } else if (event.name === "end") {
        state.task = { ...state.task, ...event.data };
        state.whole = true;
        take(event.data);
      }
      tell();
    }
  }

  run().catch((error) => {
    if (ending.signal.aborted) return;
    state.error = error instanceof ApiError ? error : new ApiError(0, String(error));
    changed();
  });
  return state;
}
