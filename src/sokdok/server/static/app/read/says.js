// How far a task or an upload is, in words.

import { t, time } from "../i18n.js";

const LOCKED = new Set(["encrypted", "other_password"]); // why a file was refused that its password opens

/** A task in one short line. */
export function stateOf(task) {
  if (task.status === "waiting") {
    return task.pages_before ? t("read.state.before", { count: task.pages_before }) : t("read.state.waiting");
  }
  if (task.status === "reading") return t("read.state.reading", { read: task.pages_read, count: task.pages });
  if (task.status === "cancelled") return t("read.state.cancelled");
  if (task.status === "failed") return t("read.state.failed");
  const pages = t("read.pages", { count: task.pages });
  if (task.pages_failed) return `${pages} · ${t("read.state.some_failed", { count: task.pages_failed })}`;
  return `${pages} · ${time(task.created_at)}`;
}

/** Whether an upload was refused and its password would open it. */
export function isLocked({ state, error }) {
  return state === "refused" && LOCKED.has(error.code);
}

/** An upload in one short line. */
export function uploadState(upload) {
  if (upload.state === "held") return t("read.state.held", { count: Math.ceil(upload.wait) });
  if (isLocked(upload)) return t(upload.password ? "read.wrong_password" : "read.locked");
  if (upload.state === "refused") return upload.error.title;
  return t(`read.state.${upload.state}`);
}

/** Why an upload was refused, to be heard. */
export function refusalOf(upload) {
  const why = isLocked(upload) ? "" : upload.error.message;
  return [`${upload.name}: ${uploadState(upload)}`, why].filter(Boolean).join(" ");
}
