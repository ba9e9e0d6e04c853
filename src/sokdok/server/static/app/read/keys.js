// What the keyboard does in a document.

import { h } from "../dom.js";
import { t } from "../i18n.js";

const KEYS = [["← →", "pages"], ["j k", "blocks"], ["e", "mend"], ["/", "find"], ["+ −", "zoom"], ["?", "keys"]];

/** Show the list, until it is closed. */
export function keys() {
  const before = document.activeElement;
  const rows = KEYS.map(([names, what]) => [h("dt", {}, names.split(" ").map((each) => h("kbd", {}, each))), h("dd", {}, t(`read.keys.${what}`))]);
  const close = h("button", { type: "button", class: "main", onclick: () => element.close() }, t("shell.close"));
  const element = h(
    "dialog",
    {
      "aria-label": t("read.keys.title"),
      onclose: () => {
        element.remove();
        before?.focus();
      },
    },
    h("h2", {}, t("read.keys.title")),
    h("dl", { class: "keys" }, rows.flat()),
    h("p", { class: "soft" }, t("read.mend.how")),
    h("div", { class: "row end" }, close),
  );
  document.body.append(element);
  element.showModal();
}
