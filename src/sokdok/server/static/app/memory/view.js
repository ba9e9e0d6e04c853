// Memory: conversations, what was said in them, and what a model is shown of one in a budget.

import { json } from "../api.js";
import { h, fill } from "../dom.js";
import { t } from "../i18n.js";
import { go } from "../router.js";
import { complain } from "../ui/parts.js";
import { tabs } from "../ui/tabs.js";
import { forget } from "./forget.js";
import { search } from "./search.js";
import { shown } from "./shown.js";
import { timeOf, turns } from "./turns.js";

export function mount(root, rest) {
  const ending = new AbortController();
  const list = h("ul", { class: "conversations" });
  const looking = search();
  const stage = h("div", { class: "stage memory-stage" });
  let open = [];
  let name = null;

  const field = h("input", { id: "new-conversation", required: true, maxlength: 200, placeholder: t("memory.new_name"), "aria-label": t("memory.new_name") });
  const create = (event) => {
    event.preventDefault();
    const wanted = field.value.trim();
    field.value = "";
    if (wanted) go("memory", [wanted]);
  };
  const side = h(
    "aside",
    { class: "memory-side" },
    h("h1", { class: "hidden" }, t("memory.title")),
    looking.element,
    h("h2", {}, t("memory.conversations")),
    list,
    h("form", { class: "row new-conversation", onsubmit: create }, field, h("button", { type: "submit", class: "quiet" }, t("memory.begin"))),
  );

  async function begin() {
    try {
      const able = await json("/v1/capabilities", { signal: ending.signal });
      if (!able.memory) {
        fill(root, off());
        return;
      }
      await refresh();
      fill(root, h("div", { class: "memory" }, side, stage));
      update(rest);
    } catch (error) {
      complain(root, error);
    }
  }

  async function refresh() {
    const { conversations } = await json("/v1/memory/conversations", { signal: ending.signal });
    fill(
      list,
      conversations.map(({ name: each, turns: count, last }) =>
        h(
          "li",
          {},
          h(
            "a",
            { class: "document-body", href: `#/memory/${encodeURIComponent(each)}`, "data-name": each },
            h("span", { class: "document-name" }, each),
            h("span", { class: "document-state" }, `${t("memory.turns", { count })} · ${timeOf(last)}`),
          ),
        ),
      ),
    );
    mark();
  }

  function mark() {
    for (const link of list.querySelectorAll("a")) {
      if (link.dataset.name === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  function update([wanted, turn]) {
    rest = [wanted, turn];
    close();
    name = wanted ?? list.querySelector("a")?.dataset.name ?? null;
    mark();
    if (name === null) {
      fill(stage, h("div", { class: "plain" }, h("h2", {}, t("memory.empty")), h("p", { class: "soft" }, t("memory.empty_how"))));
      return;
    }
    let isNew = ![...list.querySelectorAll("a")].some((link) => link.dataset.name === name);
    let view = null; // what was shown before a turn was added is shown anew
    const said = turns(name, isNew ? null : { wanted: Number(turn) || null }, () => {
      isNew = false;
      view?.unmount();
      view = null;
      void refresh();
    });
    const seen = h("div", { class: "memory-panel" });
    const words = h("div", { class: "memory-panel" }, said.element);
    open.push(said, { unmount: () => view?.unmount() });
    const see = () => {
      if (isNew) fill(seen, h("p", { class: "soft" }, t("memory.new")));
      if (isNew || view) return;
      view = shown(name);
      fill(seen, view.element);
    };
    const items = [
      { id: "shown", label: t("memory.tab.shown"), panel: seen },
      { id: "turns", label: t("memory.tab.turns"), panel: words },
    ];
    const first = turn || isNew ? "turns" : "shown";
    const bar = tabs("memory", t("memory.tabs"), items, first, (id) => {
      if (id === "shown") see();
    });
    if (first === "shown") see();
    const forgotten = () => {
      void refresh().then(() => {
        go("memory", []);
        update([]); // also where that is its address already
        document.getElementById("main").focus(); // the button that had it is gone
      });
    };
    const head = h("div", { class: "row memory-head" }, h("h2", { class: "memory-name" }, name), isNew ? null : forget(name, forgotten));
    fill(stage, head, bar.bar, bar.panels);
  }

  function close() {
    open.forEach((each) => each.unmount());
    open = [];
  }

  void begin();
  return {
    update,
    unmount() {
      ending.abort();
      looking.unmount();
      close();
    },
  };
}

/** Of a server that keeps no memory: what to do about it. */
function off() {
  return h(
    "div",
    { class: "plain" },
    h("h1", {}, t("memory.off")),
    h("p", {}, t("memory.off_how")),
    h("p", { class: "notice calm" }, t("memory.off_start"), " ", h("code", {}, "sokdok serve --memory FOLDER")),
  );
}
