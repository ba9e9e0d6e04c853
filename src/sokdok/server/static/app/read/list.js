// The list of documents: what is on its way, what is being read, what was read.

import { h, fill, icon } from "../dom.js";
import { t } from "../i18n.js";
import { announce } from "../announce.js";
import { reasonOf } from "../reasons.js";
import { all, cancel, clear, drop, hasEnded, unlock, watch } from "./tasks.js";
import { twice } from "../ui/twice.js";
import { isLocked, stateOf, uploadState } from "./says.js";

const CROSS = "M6 6l12 12M18 6L6 18";

/** The list; `opened()` is the id of the task that is looked at. Gives `{ element, draw(), unmount() }`. */
export function list(opened) {
  const problems = h("p", { class: "notice", role: "alert", hidden: true });
  const heading = h("h2", {}, t("read.documents"));
  const says = { label: t("read.clear"), sure: t("read.clear_sure"), yes: t("read.clear_now"), no: t("read.clear_not") };
  const clearing = twice(says, async () => {
    await clear();
    announce(t("read.cleared"));
    if (opened() && !all().tasks.some((task) => task.id === opened())) location.hash = "#/read";
  });
  const rows = h("ul");
  const element = h("section", { class: "documents", "aria-label": t("read.documents"), tabindex: "-1" }, problems, h("div", { class: "row documents-head" }, heading, clearing), rows);
  const drawn = new Map(); // key → { state, row }: a row stays as it is, with what is typed there, until it changes

  function row(key, state, make) {
    if (drawn.get(key)?.state !== state) drawn.set(key, { state, row: make() });
    return drawn.get(key).row;
  }

  function draw() {
    const { uploads, tasks, problem } = all();
    problems.hidden = !problem;
    if (problems.textContent !== (problem?.title ?? "")) problems.textContent = problem?.title ?? ""; // an alert is said again when it is set
    heading.hidden = !(uploads.length + tasks.length);
    clearing.hidden = !(tasks.some(hasEnded) || uploads.some((each) => each.state === "refused"));
    const sent = uploads.map((each) => [each.state === "refused" ? each.at : Infinity, row(each.key, [each.state, each.wait, each.error?.message].join(), () => uploadRow(each))]);
    const known = tasks.map((task) => {
      const here = task.id === opened();
      return [task.created_at, row(task.id, JSON.stringify([task, here]), () => taskRow(task, here))];
    });
    // What is on its way first; what was refused stands where it came, and leaves room for what came later.
    const wanted = [...sent, ...known].sort(([one], [other]) => (one === other ? 0 : other - one)).map(([, each]) => each);
    if (wanted.length === rows.children.length && wanted.every((each, at) => each === rows.children[at])) return;
    const focused = rows.contains(document.activeElement) ? document.activeElement : null;
    fill(rows, wanted);
    if (focused) (document.getElementById(focused.id) ?? element).focus(); // it was drawn anew under somebody's hands, or is gone
  }

  const unwatch = watch(draw);
  draw();
  return { element, draw, unmount: unwatch };
}

function uploadRow(upload) {
  const refused = upload.state === "refused";
  const locked = isLocked(upload);
  return h(
    "li",
    { class: refused ? "document bad" : "document" },
    h(
      "div",
      { class: "document-body" },
      h("span", { class: "document-name" }, upload.name),
      h("span", { class: "document-state" }, uploadState(upload)),
      refused && !locked && h("span", { class: "document-why", lang: upload.error.lang }, upload.error.message),
      locked && passwordOf(upload),
      !refused && h("progress", { "aria-label": t("read.state.sending") }),
    ),
    close(`drop-${upload.key}`, t(refused ? "read.forget" : "read.cancel_of", { name: upload.name }), () => {
      drop(upload.key);
    }),
  );
}

function passwordOf(upload) {
  const id = `password-${upload.key}`;
  const field = h("input", { id, type: "password", required: true, autocomplete: "off", placeholder: t("read.password") });
  const send = (event) => {
    event.preventDefault();
    unlock(upload.key, field.value);
  };
  return h(
    "form",
    { class: "row password", onsubmit: send },
    h("label", { class: "hidden", for: id }, t("read.password")),
    field,
    h("button", { class: "quiet", type: "submit" }, t("read.unlock")),
  );
}

function taskRow(task, here) {
  const running = !hasEnded(task);
  const bad = task.status === "failed" || task.pages_failed > 0;
  return h(
    "li",
    { class: bad ? "document bad" : "document", "data-status": task.status },
    h(
      "a",
      { class: "document-body", id: `task-${task.id}`, href: `#/read/${task.id}`, "aria-current": here ? "true" : null },
      h("span", { class: "document-name" }, task.file),
      h("span", { class: "document-state" }, stateOf(task)),
      task.reason && running && h("span", { class: "document-why" }, t("read.held")),
      task.reason && whyOf(task),
      running && h("progress", { max: task.pages, value: task.pages_read, "aria-label": t("read.progress") }),
    ),
    running &&
      close(`cancel-${task.id}`, t("read.cancel_of", { name: task.file }), () => {
        cancel(task.id).catch((error) => announce(error.title, { urgent: true }));
      }),
  );
}

function whyOf({ why, reason }) {
  const { text, lang } = reasonOf(why, reason);
  return h("span", { class: "document-why", lang }, text);
}

function close(id, label, onclick) {
  return h("button", { class: "round small", type: "button", id, "aria-label": label, title: label, onclick }, icon(CROSS));
}
