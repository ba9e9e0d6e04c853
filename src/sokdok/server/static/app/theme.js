// Light, dark, or as the system says: a button that goes round.

import { h, icon, fill, set } from "./dom.js";
import { t } from "./i18n.js";

const STORED = "sokdok.theme";
const ORDER = ["auto", "light", "dark"];
const ICONS = {
  auto: "M12 3a9 9 0 1 0 0 18V3m0 0a9 9 0 0 1 0 18",
  light: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v3m0 14v3M2 12h3m14 0h3M5 5l2 2m10 10 2 2M5 19l2-2M17 7l2-2",
  dark: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5",
};

function chosen() {
  return document.documentElement.dataset.theme ?? "auto";
}

function choose(theme) {
  if (theme === "auto") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(STORED);
  } else {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(STORED, theme);
  }
}

/** The button. */
export function button() {
  const element = h("button", { class: "round", type: "button", id: "theme" });
  const draw = () => {
    const label = t(`shell.theme.${chosen()}`);
    set(element, { "aria-label": label, title: label });
    fill(element, icon(ICONS[chosen()]));
  };
  element.addEventListener("click", () => {
    choose(ORDER[(ORDER.indexOf(chosen()) + 1) % ORDER.length]);
    draw();
  });
  draw();
  return element;
}
