// The key of a server that wants one: typed into a dialog, kept until the tab is closed, never part of an address.

import { h } from "./dom.js";
import { t } from "./i18n.js";

const STORED = "sokdok.key";
const FITS = /^[\x21-\x7e]+$/; // what a header can hold
const listeners = new Set();
let asking = null;

/** Headers that show the key. */
export function keyHeaders() {
  const key = sessionStorage.getItem(STORED);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** Whether there is a key. */
export function hasKey() {
  return sessionStorage.getItem(STORED) !== null;
}

/** Be told when a key comes or goes. */
export function onKey(listener) {
  listeners.add(listener);
}

/** Forget the key. */
export function forgetKey() {
  sessionStorage.removeItem(STORED);
  listeners.forEach((listener) => listener());
}

/** Ask for a key; true once there is one, false if nobody gives one. Requests that wait share one dialog. */
export function askKey({ wrong = false } = {}) {
  asking ??= dialog(wrong).finally(() => {
    asking = null;
  });
  return asking;
}

function dialog(wrong) {
  return new Promise((resolve) => {
    const field = h("input", { id: "key", type: "password", autocomplete: "off", required: true, spellcheck: "false", "aria-describedby": "key-problem" });
    const problem = h("p", { class: "problem", id: "key-problem", role: "alert" }, wrong ? t("key.wrong") : "");
    let given = false;
    const form = h(
      "form",
      {
        onsubmit: (event) => {
          event.preventDefault();
          const key = field.value.trim();
          if (!FITS.test(key)) {
            problem.textContent = t("key.unfit");
            return;
          }
          sessionStorage.setItem(STORED, key);
          given = true;
          element.close();
          listeners.forEach((listener) => listener());
        },
      },
      h("h2", {}, t("key.title")),
      h("p", {}, t("key.why")),
      h("label", { for: "key" }, t("key.label")),
      field,
      problem,
      h(
        "div",
        { class: "row end" },
        h("button", { type: "button", class: "quiet", onclick: () => element.close() }, t("shell.close")),
        h("button", { type: "submit", class: "main" }, t("key.use")),
      ),
    );
    const element = h(
      "dialog",
      {
        "aria-label": t("key.title"),
        onclose: () => {
          element.remove();
          resolve(given);
        },
      },
      form,
    );
    document.body.append(element);
    element.showModal();
  });
}
