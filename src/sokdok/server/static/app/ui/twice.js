// What can't be had back is asked twice for.

import { h, fill } from "../dom.js";
import { complain } from "./parts.js";

/** A button `label`, which asks whether one is `sure` before `act()`, answered by `yes` or `no`. Gives an element. */
export function twice({ label, sure, yes, no }, act) {
  const element = h("div", { class: "row twice" });
  const problem = h("div", {});
  const first = () => {
    fill(element, h("button", { type: "button", class: "quiet", onclick: second }, label), problem);
  };
  const second = () => {
    const button = h("button", { type: "button", class: "main", onclick: () => void now(button) }, yes);
    const back = () => {
      first();
      element.querySelector("button").focus();
    };
    fill(element, h("span", {}, sure), button, h("button", { type: "button", class: "quiet", onclick: back }, no), problem);
    button.focus();
  };

  async function now(button) {
    button.disabled = true;
    try {
      await act();
      first();
    } catch (error) {
      button.disabled = false;
      complain(problem, error);
    }
  }

  first();
  return element;
}
