// Words looked for in all conversations.

import { json } from "../api.js";
import { announce } from "../announce.js";
import { h, fill } from "../dom.js";
import { t } from "../i18n.js";
import { later } from "../ui/later.js";
import { complain } from "../ui/parts.js";

const PAUSE_MS = 300;
const LIMIT = 20;

/** Gives `{ element, unmount() }`. */
export function search() {
  const input = h("input", { type: "search", id: "memory-search", placeholder: t("memory.search"), "aria-label": t("memory.search"), oninput: () => looking.ask() });
  const found = h("ul", { class: "hits" });
  const looking = later(look, PAUSE_MS);
  const form = (event) => {
    event.preventDefault();
    void looking.now();
  };
  const element = h("form", { class: "memory-search", role: "search", onsubmit: form }, input, found);

  async function look(signal) {
    const words = input.value.trim();
    if (!words) {
      fill(found);
      return;
    }
    try {
      const { hits } = await json(`/v1/memory/search?${new URLSearchParams({ q: words, limit: LIMIT })}`, { signal });
      fill(found, hits.length ? hits.map(hit) : h("li", { class: "soft" }, t("memory.nothing")));
      announce(t("memory.found", { count: hits.length }));
    } catch (error) {
      complain(found, error);
    }
  }

  return { element, unmount: () => looking.stop() };
}

function hit({ conversation, number, snippet, text }) {
  const address = `#/memory/${encodeURIComponent(conversation)}/${number}`;
  return h(
    "li",
    {},
    h(
      "a",
      { href: address, class: "document-body" },
      h("span", { class: "document-state" }, `${conversation} · ${t("memory.turn", { number })}`),
      h("span", { class: "hit-text" }, snippet || text.slice(0, 200)),
    ),
  );
}
