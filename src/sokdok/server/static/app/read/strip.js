// The pages of a document in a row: which is read, which failed, which is looked at.

import { h, set } from "../dom.js";
import { t } from "../i18n.js";

const STEP = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** The row; `go(number)` is called for the one that is chosen. Gives `{ element, draw(numbers, pages, here, ended, next) }`;
 * `next` is the page that is read now, if one is. */
export function strip(go) {
  const element = h("div", { class: "strip", role: "toolbar", "aria-label": t("read.pages_bar") });
  const buttons = new Map();

  function draw(numbers, pages, here, ended, next = null) {
    if (buttons.size !== numbers.length) build(numbers);
    for (const [number, button] of buttons) {
      const state = pages.get(number) ?? (ended ? "left" : "waiting");
      if (button.dataset.state !== state) {
        button.dataset.state = state;
        set(button, { "aria-label": t(`read.page_is.${state}`, { number }), title: t(`read.page_is.${state}`, { number }) });
      }
      button.classList.toggle("busy", number === next);
      const current = number === here;
      if ((button.getAttribute("aria-current") === "page") === current) continue;
      set(button, { "aria-current": current ? "page" : null, tabindex: current ? "0" : "-1" });
      if (current) reveal(button);
    }
  }

  /** Bring a button into the row's window, and move nothing else. */
  function reveal(button) {
    const left = button.offsetLeft - element.offsetLeft;
    if (left < element.scrollLeft || left + button.offsetWidth > element.scrollLeft + element.clientWidth) {
      element.scrollLeft = left - element.clientWidth / 2;
    }
  }

  function build(numbers) {
    buttons.clear();
    for (const number of numbers) {
      buttons.set(number, h("button", { type: "button", tabindex: "-1", onclick: () => go(number) }, String(number)));
    }
    element.replaceChildren(...buttons.values());
  }

  element.addEventListener("keydown", (event) => {
    const order = [...buttons.keys()];
    const at = [...buttons.values()].indexOf(document.activeElement);
    const to = event.key === "Home" ? 0 : event.key === "End" ? order.length - 1 : at + (STEP[event.key] ?? NaN);
    if (at < 0 || !(to in order)) return;
    event.preventDefault();
    event.stopPropagation();
    go(order[to]);
    buttons.get(order[to]).focus();
  });
  return { element, draw };
}
