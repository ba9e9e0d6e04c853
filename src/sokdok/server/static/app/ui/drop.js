// Where files come in: dropped, chosen or pasted.

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";

const UP = "M12 16V5m0 0L7.5 9.5M12 5l4.5 4.5M5 19h14";

/**
 * A field for files. `take(files)` gets them; `hint` says what fits; `many` allows several; `small` takes less room.
 * Gives `{ element, unmount() }`: files may be dropped anywhere on the page and pasted until it is unmounted.
 */
export function dropZone({ take, hint, many = true, small = false, title = t("drop.title") }) {
  const input = h("input", { type: "file", class: "hidden", id: "file", multiple: many, tabindex: "-1", "aria-hidden": "true" });
  const choose = h("button", { type: "button", class: "main", id: "choose", onclick: () => input.click() }, t("drop.choose"));
  const element = h(
    "section",
    { class: small ? "drop drop-small" : "drop", "aria-label": title },
    small ? null : h("div", { class: "drop-sign" }, icon(UP)),
    small ? null : h("h1", {}, title),
    h("p", { class: "drop-hint" }, hint),
    choose,
    input,
  );
  const give = (list) => {
    const files = [...list];
    if (files.length) take(many ? files : files.slice(0, 1));
  };
  input.addEventListener("change", () => {
    give(input.files);
    input.value = "";
  });
  const ending = new AbortController();
  const on = (name, listener) => document.addEventListener(name, listener, { signal: ending.signal });
  on("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    element.classList.add("over");
  });
  on("dragleave", (event) => {
    if (event.relatedTarget === null) element.classList.remove("over");
  });
  on("drop", (event) => {
    element.classList.remove("over");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    give(event.dataTransfer.files);
  });
  on("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    give(event.clipboardData.files);
  });
  return { element, unmount: () => ending.abort() };
}
