// Tabs: arrow keys, Home and End go from one to the next; only the chosen one is in the order of the Tab key.

import { h, set } from "../dom.js";

/**
 * Tabs over panels. `items` are `{ id, label, panel, aside }`, `chosen` the id to begin with, `onchoose(id)` is told.
 * While `aside()` holds, a panel has a place of its own: it is always shown, and has no tab.
 * Gives `{ bar, panels, choose(id), chosen(), refresh() }`.
 */
export function tabs(name, label, items, chosen, onchoose = () => {}) {
  let current = chosen;
  const buttons = new Map();
  const bar = h("div", { role: "tablist", class: "tabs", "aria-label": label });
  for (const item of items) {
    const id = `${name}-${item.id}`;
    const button = h("button", { role: "tab", type: "button", id, "aria-controls": `${id}-panel` }, item.label);
    button.addEventListener("click", () => choose(item.id));
    item.panel.id = `${id}-panel`;
    buttons.set(item.id, button);
    bar.append(button);
  }
  bar.addEventListener("keydown", (event) => {
    const ids = items.map((item) => item.id).filter((id) => !buttons.get(id).hidden);
    const at = ids.indexOf(current);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: ids.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose(ids[(next + ids.length) % ids.length]);
    buttons.get(current).focus();
  });

  function draw() {
    if (items.find((item) => item.id === current).aside?.()) current = items.find((item) => !item.aside?.()).id;
    for (const item of items) {
      const here = item.id === current;
      const aside = item.aside?.() ?? false;
      const button = buttons.get(item.id);
      button.hidden = aside;
      set(button, { "aria-selected": String(here), tabindex: here ? "0" : "-1" });
      set(item.panel, { role: aside ? null : "tabpanel", "aria-labelledby": aside ? null : button.id, tabindex: aside ? null : "0" });
      item.panel.hidden = !here && !aside;
    }
  }

  function choose(id) {
    current = id;
    draw();
    onchoose(id);
  }

  draw();
  return { bar, panels: items.map((item) => item.panel), choose, chosen: () => current, refresh: draw };
}
