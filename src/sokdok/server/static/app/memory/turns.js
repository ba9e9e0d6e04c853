// The turns of a conversation, word for word, and a field for one more.

import { json, post } from "../api.js";
import { announce } from "../announce.js";
import { h, fill } from "../dom.js";
import { current, t } from "../i18n.js";
import { choice, complain } from "../ui/parts.js";
import { pathOf } from "./paths.js";

const PIECE = 50; // turns that are fetched at a time
const BEFORE = 5; // turns that are shown before the one that is looked for
const ROLES = ["user", "assistant", "system", "tool"];

/**
 * Gives `{ element, unmount() }`; `stored` is null for a conversation that has no turns yet, or holds the number `wanted`
 * of one to go to; `added()` is told of a new one.
 */
export function turns(name, stored, added) {
  const ending = new AbortController();
  const list = h("ol", { class: "turns" });
  const earlier = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => void load(first - PIECE, first - 1) }, t("memory.earlier"));
  const problem = h("div", {});
  const element = h("div", { class: "turns-box" }, earlier, list, problem, form());
  let first = 1;
  if (stored) void begin(stored);
  else fill(problem, h("p", { class: "soft" }, t("memory.new")));

  async function begin({ wanted }) {
    try {
      const query = wanted ? `?first=${Math.max(wanted - BEFORE, 1)}&limit=${PIECE}` : `?limit=${PIECE}`;
      const found = await json(`${pathOf(name)}${query}`, { signal: ending.signal });
      show(found.turns);
      list.scrollTop = list.scrollHeight;
      const target = wanted ? list.querySelector(`[data-turn="${wanted}"]`) : null;
      target?.classList.add("found");
      target?.scrollIntoView({ block: "center" });
      target?.focus({ preventScroll: true });
    } catch (error) {
      complain(problem, error);
    }
  }

  async function load(from, to) {
    try {
      const start = Math.max(from, 1);
      const found = await json(`${pathOf(name)}?first=${start}&limit=${to - start + 1}`, { signal: ending.signal });
      show(found.turns);
    } catch (error) {
      complain(problem, error);
    }
  }

  function show(found) {
    if (found.length === 0) return;
    first = found[0].number;
    list.prepend(...found.map(item));
    earlier.hidden = first <= 1;
  }

  function form() {
    const role = choice(t("memory.role"), ROLES.map((each) => [each, t(`memory.roles.${each}`)]), "user", () => {});
    const text = h("textarea", { id: "turn-text", rows: 2, "aria-label": t("memory.text"), placeholder: t("memory.text"), required: true });
    const important = h("input", { type: "checkbox", id: "turn-important" });
    const add = async (event) => {
      event.preventDefault();
      fill(problem);
      try {
        const body = { role: role.select.value, text: text.value, important: important.checked };
        const turn = await post(`${pathOf(name)}/turns`, body, { signal: ending.signal });
        if (!list.childElementCount) first = turn.number;
        list.append(item(turn));
        text.value = "";
        important.checked = false;
        announce(t("memory.added", { number: turn.number }));
        added();
      } catch (error) {
        complain(problem, error);
      }
    };
    return h(
      "form",
      { class: "turn-form", onsubmit: add },
      text,
      h(
        "div",
        { class: "row" },
        role.element,
        h("label", { class: "choice", for: "turn-important" }, important, t("memory.important")),
        h("button", { type: "submit", class: "main" }, t("memory.add")),
      ),
    );
  }

  return { element, unmount: () => ending.abort() };
}

function item(turn) {
  const role = t(`memory.roles.${turn.role}`);
  const speaker = typeof turn.meta?.name === "string" ? `${turn.meta.name} (${role})` : role;
  return h(
    "li",
    { class: `turn turn-${turn.role}`, "data-turn": turn.number, tabindex: "-1" },
    h(
      "p",
      { class: "turn-head" },
      h("span", { class: "turn-number" }, t("memory.turn", { number: turn.number })),
      h("strong", {}, speaker),
      h("time", { datetime: turn.time }, timeOf(turn.time)),
      turn.important ? h("span", { class: "badge" }, t("memory.important")) : null,
    ),
    h("p", { class: "turn-text" }, turn.text),
    turn.images?.length ? h("p", { class: "soft" }, t("memory.images", { count: turn.images.length })) : null,
  );
}

export function timeOf(time) {
  const options = { year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" };
  return new Intl.DateTimeFormat(current(), options).format(new Date(time));
}
