// Server-sent events by fetch: EventSource can send no key. A broken line is taken up again where it stopped.

import { ApiError, ask } from "./api.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * Events of a path, each `{ name, data, id }`, until one is called `last` or `signal` ends it. Raises ApiError where the
 * server refuses for good.
 */
export async function* events(path, { last, signal }) {
  let seen = "";
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      const headers = { Accept: "text/event-stream", ...(seen ? { "Last-Event-ID": seen } : {}) };
      const answer = await ask(path, { headers, signal });
      for await (const event of parsed(answer.body)) {
        wait = FIRST_WAIT_MS;
        if (event.id) seen = event.id;
        yield event;
        if (event.name === last) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status !== 0 && error.status < 500) throw error;
    }
    await pause(wait, signal);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** Events of a stream of bytes. */
export async function* parsed(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const event = eventOf(block);
        if (event) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function eventOf(block) {
  const fields = { event: "message", data: [], id: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0) continue; // a sign of life
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") fields.data.push(value);
    else if (name in fields) fields[name] = value;
  }
  return fields.data.length ? { name: fields.event, id: fields.id, data: JSON.parse(fields.data.join("\n")) } : null;
}

/** Wait so many milliseconds, or until the signal. */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
