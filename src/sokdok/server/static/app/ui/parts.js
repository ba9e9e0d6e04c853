// Small parts of forms and answers that several views have.

import { ApiError } from "../api.js";
import { announce } from "../announce.js";
import { copy } from "../read/copy.js";
import { h, fill } from "../dom.js";
import { t } from "../i18n.js";

const SHOWN_MS = 2000;

/** A choice among `[value, label]`, with what it is about before it. */
export function choice(label, options, chosen, onchange) {
  const select = h(
    "select",
    { onchange: () => onchange(select.value) },
    options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)),
  );
  return { element: h("label", { class: "choice" }, h("span", {}, label), select), select };
}

/** A number with what it counts. */
export function figure(value, label, { strong = false, note = "" } = {}) {
  return h(
    "div",
    { class: strong ? "figure strong" : "figure" },
    h("dt", {}, label),
    h("dd", {}, value, note ? h("span", { class: "figure-note" }, note) : null),
  );
}

/** A button that puts a text on the clipboard and says so. */
export function copier(label, textOf) {
  const button = h("button", { class: "quiet copy", type: "button" }, label);
  button.addEventListener("click", async () => {
    await copy(textOf());
    announce(t("read.copied"));
    button.textContent = t("read.copied");
    setTimeout(() => {
      button.textContent = label;
    }, SHOWN_MS);
  });
  return button;
}

/** Say in a place what went wrong; anything that is no refusal of the server is thrown again. */
export function complain(place, error) {
  if (error.name === "AbortError") return;
  if (!(error instanceof ApiError)) throw error;
  const title = error.status === 422 ? null : h("strong", {}, error.title, " "); // its own words say it all
  const notice = h("p", { class: "notice", role: "alert" }, title, h("span", { lang: error.lang }, error.message));
  fill(place, place.matches("ul") ? h("li", {}, notice) : notice);
}
