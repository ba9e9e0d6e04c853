// Deleting a conversation, which is asked twice for: it can't be had back.

import { ask } from "../api.js";
import { announce } from "../announce.js";
import { h, fill } from "../dom.js";
import { t } from "../i18n.js";
import { complain } from "../ui/parts.js";
import { pathOf } from "./paths.js";

/** A button for it; `forgotten()` is called when it is gone. Gives an element. */
export function forget(name, forgotten) {
  const element = h("div", { class: "row memory-forget" });
  const problem = h("div", {});
  const first = () => {
    fill(element, h("button", { type: "button", class: "quiet", onclick: second }, t("memory.delete")), problem);
  };
  const second = () => {
    const sure = h("button", { type: "button", class: "main", onclick: () => void now(sure) }, t("memory.delete_now"));
    const back = () => {
      first();
      element.querySelector("button").focus();
    };
    fill(element, h("span", {}, t("memory.delete_sure")), sure, h("button", { type: "button", class: "quiet", onclick: back }, t("memory.keep")), problem);
    sure.focus();
  };

  async function now(button) {
    button.disabled = true;
    try {
      await ask(pathOf(name), { method: "DELETE" });
      announce(t("memory.deleted", { name }));
      forgotten();
    } catch (error) {
      button.disabled = false;
      complain(problem, error);
    }
  }

  first();
  return element;
}
