// Addresses within the page: `#/read/4b91…/3` is view `read` with the rest ["4b91…", "3"].

import { announce } from "./announce.js";
import { FIRST, VIEWS } from "./views.js";
import { h, fill } from "./dom.js";
import { t } from "./i18n.js";

let shown = null; // { name, view }
let turn = 0;

/** Where the address leads. */
export function place() {
  const parts = location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decoded);
  const name = Object.hasOwn(VIEWS, parts[0] ?? "") ? parts[0] : FIRST;
  return { name, rest: parts.slice(1) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Go to a view; `replace` leaves no step in the history. */
export function go(name, rest = [], { replace = false } = {}) {
  const hash = `#/${[name, ...rest].map(encodeURIComponent).join("/")}`;
  if (!replace) location.hash = hash;
  else {
    history.replaceState(null, "", hash);
    void show();
  }
}

/** Show what the address says; `again` builds the view anew, as in another language. */
export async function show({ again = false } = {}) {
  const { name, rest } = place();
  if (shown?.name === name && !again) {
    shown.view?.update(rest);
    return;
  }
  const mine = ++turn;
  shown?.view?.unmount();
  shown = { name, view: null };
  for (const link of document.querySelectorAll("#views a")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${t(`${name}.title`)} · sokdok`;
  const main = document.getElementById("main");
  const root = h("div", { class: `view view-${name}` });
  try {
    const module = await VIEWS[name]();
    if (mine !== turn) return;
    fill(main, root);
    shown.view = module.mount(root, place().rest);
    if (mine > 1 && !again) announce(t(`${name}.title`));
  } catch (error) {
    if (mine === turn) fill(main, h("p", { class: "notice", role: "alert" }, t("shell.broken")));
    throw error;
  }
}
