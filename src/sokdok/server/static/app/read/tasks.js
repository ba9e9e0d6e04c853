// The tasks: those that the server has, and files on their way there. They outlive the view, and the server's outlive
// the page.

import { ApiError, json, post } from "../api.js";
import { announce } from "../announce.js";
import { pause } from "../events.js";
import { refusalOf, uploadState } from "./says.js";

const POLL_MS = 1500;
const MOST = 100;
const HELD_S = 5; // where the server does not say how long
const ENDED = new Set(["done", "failed", "cancelled"]);

let uploads = []; // { key, file, name, state: queued|sending|held|refused, error, wait, at (seconds since 1970), ending, created }
let tasks = [];
let problem = null;
let sending = false;
let timer = 0;
let count = 0;
const listeners = new Set();

/** Be told of every change; gives the function that ends it. */
export function watch(listener) {
  listeners.add(listener);
  if (listeners.size === 1) void refresh();
  return () => {
    listeners.delete(listener);
    if (!listeners.size) clearTimeout(timer);
  };
}

/** What there is: `{ uploads, tasks, problem }`, newest first. */
export function all() {
  return { uploads: [...uploads].reverse(), tasks, problem };
}

/** Whether a task goes on no more. */
export function hasEnded(task) {
  return ENDED.has(task.status);
}

/** Send files, one behind the other; `created(task)` is called for the first that is accepted. */
export function add(files, created) {
  let first = created;
  const once = (task) => {
    first?.(task);
    first = null;
  };
  for (const file of files) {
    const upload = { key: ++count, file, name: file.name, state: "queued", error: null, wait: 0, at: Date.now() / 1000 };
    uploads.push({ ...upload, ending: new AbortController(), created: once });
  }
  changed();
  void send();
}

/** Forget an upload, whether it is on its way or was refused. */
export function drop(key) {
  uploads.find((upload) => upload.key === key)?.ending.abort();
  uploads = uploads.filter((upload) => upload.key !== key);
  changed();
}

/** Send a refused upload again, with the password of its file. */
export function unlock(key, password) {
  const upload = uploads.find((each) => each.key === key);
  Object.assign(upload, { password, state: "queued" });
  changed();
  void send();
}

/** Cancel a task. */
export async function cancel(id) {
  take(await json(`/v1/tasks/${encodeURIComponent(id)}`, { method: "DELETE" }));
}

/** Have the server remove the tasks that have ended, with their files; uploads that were refused go, too. */
export async function clear() {
  uploads = uploads.filter((upload) => upload.state !== "refused");
  for (const { id } of tasks.filter(hasEnded)) await json(`/v1/tasks/${encodeURIComponent(id)}?forget=true`, { method: "DELETE" });
  await refresh(); // there may be more than were listed
}

/** Take what the server said of a task. */
export function take(task) {
  const at = tasks.findIndex((each) => each.id === task.id);
  tasks = at < 0 ? [task, ...tasks] : tasks.with(at, { ...tasks[at], ...task });
  changed();
}

function changed() {
  listeners.forEach((listener) => listener());
}

async function send() {
  if (sending) return;
  sending = true;
  for (let upload; (upload = uploads.find((each) => each.state === "queued")); ) await sent(upload);
  sending = false;
}

async function sent(upload) {
  const signal = upload.ending.signal;
  while (!signal.aborted) {
    upload.state = "sending";
    changed();
    try {
      const form = new FormData();
      form.append("file", upload.file, upload.name);
      if (upload.password) form.append("password", upload.password);
      const task = await post("/v1/tasks", form, { signal });
      uploads = uploads.filter((each) => each !== upload);
      take(task);
      upload.created(task);
      poll();
      return;
    } catch (error) {
      if (signal.aborted) return;
      upload.error = error instanceof ApiError ? error : new ApiError(0, String(error));
      if (upload.error.status !== 429 && upload.error.status !== 503) {
        upload.state = "refused";
        changed();
        announce(refusalOf(upload), { urgent: true });
        return;
      }
      upload.state = "held"; // there is no room now: the server says when to come again
      upload.wait = upload.error.retryAfter ?? HELD_S;
      changed();
      announce(`${upload.name}: ${uploadState(upload)}`);
      await pause(upload.wait * 1000, signal);
    }
  }
}

function poll(ms = POLL_MS) {
  clearTimeout(timer);
  if (listeners.size) timer = setTimeout(refresh, ms);
}

async function refresh() {
  try {
    tasks = (await json(`/v1/tasks?limit=${MOST}`)).tasks;
    problem = null;
  } catch (error) {
    problem = error;
  }
  changed();
  if (problem?.status === 0) poll(4 * POLL_MS);
  else if (tasks.some((task) => !hasEnded(task))) poll();
}
