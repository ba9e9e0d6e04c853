// What a model is shown of a conversation: a strip of parts from faded to sharp, each as wide as its tokens, and its cards.

import { json } from "../api.js";
import { announce } from "../announce.js";
import { h, fill } from "../dom.js";
import { number, t } from "../i18n.js";
import { later } from "../ui/later.js";
import { choice, complain, figure } from "../ui/parts.js";
import { picture } from "../ui/picture.js";
import { pathOf } from "./paths.js";

const PAUSE_MS = 250;
const LEAST = 300;
const MOST = 100_000;
const FADES = 3; // a whole conversation over this is a budget at which one sees how it fades
const STEPS = 200; // of the slider, which goes by factors and not by sums
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const STORED = "sokdok.memory"; // budget and model, in this tab

/** Gives `{ element, unmount() }` of a conversation. */
export function shown(name) {
  const asked = { budget: 8000, model: "nano", ...stored() };
  let untouched = stored().budget === undefined; // nobody has chosen a budget
  const slider = h("input", {
    type: "range",
    id: "budget",
    min: 0,
    max: STEPS,
    step: 1,
    value: placeOf(asked.budget),
    oninput: () => {
      untouched = false;
      asked.budget = budgetAt(Number(slider.value));
      told();
      showing.ask();
    },
  });
  const value = h("output", { for: "budget" });
  const models = choice(t("memory.model"), [["nano", "nano"]], asked.model, (model) => {
    asked.model = model;
    void showing.now();
  });
  const body = h("div", { class: "shown-body" });
  const ending = new AbortController();
  const showing = later(show, PAUSE_MS);
  const element = h(
    "div",
    { class: "shown" },
    h(
      "div",
      { class: "shown-controls" },
      h("div", { class: "budget" }, h("label", { for: "budget" }, t("memory.budget")), value, slider),
      models.element,
    ),
    body,
  );
  told();
  void showing.now();
  json("/v1/compress/models", { signal: ending.signal }).then(
    ({ models: known }) => {
      for (const each of known) {
        if (each.name !== "nano") models.select.append(h("option", { value: each.name, selected: each.name === asked.model }, each.name));
      }
    },
    () => {}, // nano is there in any case
  );

  function told() {
    value.textContent = t("memory.tokens", { count: asked.budget });
    slider.setAttribute("aria-valuetext", value.textContent);
    sessionStorage.setItem(STORED, JSON.stringify(untouched ? { model: asked.model } : asked));
  }

  async function show(signal) {
    body.setAttribute("aria-busy", "true");
    try {
      const query = new URLSearchParams({ budget: asked.budget, model: asked.model });
      const view = await json(`${pathOf(name)}/view?${query}`, { signal });
      if (untouched && view.text_tokens <= asked.budget && view.text_tokens > FADES * LEAST) {
        untouched = false; // where all of it fits nothing would fade
        asked.budget = budgetAt(placeOf(view.text_tokens / FADES));
        slider.value = placeOf(asked.budget);
        told();
        void showing.now();
        return;
      }
      draw(view);
    } catch (error) {
      complain(body, error);
    } finally {
      if (!signal.aborted) body.removeAttribute("aria-busy");
    }
  }

  function draw(view) {
    const cards = view.parts.map(card);
    const segments = view.parts.map((part, at) => {
      const label = `${titleOf(part)}, ${t("memory.tokens", { count: part.tokens })}`;
      return h("button", {
        type: "button",
        class: `segment part-${part.kind}${part.pinned ? " pinned" : ""}`,
        title: label,
        "aria-label": label,
        tabindex: at ? "-1" : "0",
        style: { "flex-grow": part.tokens, "--sharpness": part.sharpness },
        onclick: () => {
          cards[at].scrollIntoView({ block: "nearest", inline: "center", behavior: STILL.matches ? "auto" : "smooth" });
          cards[at].focus({ preventScroll: true });
        },
      });
    });
    fill(
      body,
      h(
        "dl",
        { class: "figures-row" },
        figure(number(view.tokens), t("memory.shown_tokens"), { strong: true, note: t("memory.of_budget", { count: view.budget }) }),
        figure(number(view.text_tokens), t("memory.whole"), { note: t("memory.turns", { count: view.turns }) }),
        view.ratio ? figure(`${number(view.ratio, { maximumFractionDigits: 1 })}×`, t("memory.ratio")) : null,
      ),
      h(
        "div",
        { class: "strip-box" },
        h("div", { class: "segments", role: "toolbar", "aria-label": t("memory.strip"), onkeydown: (event) => walk(event, segments) }, segments),
        h("p", { class: "strip-ends", "aria-hidden": "true" }, h("span", {}, t("memory.faded")), h("span", {}, t("memory.sharp"))),
      ),
      h("div", { class: "cards", tabindex: "0", role: "region", "aria-label": t("memory.tab.shown") }, cards),
    );
    announce(t("memory.told", { tokens: view.tokens, turns: view.turns }));
  }

  return {
    element,
    unmount() {
      ending.abort();
      showing.stop();
    },
  };
}

/** Arrow keys go from part to part: there may be a hundred, and Tab should not stop at each. */
function walk(event, segments) {
  const at = segments.indexOf(document.activeElement);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: segments.length - 1 }[event.key];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  const target = segments[Math.min(Math.max(next, 0), segments.length - 1)];
  segments.forEach((each) => each.setAttribute("tabindex", each === target ? "0" : "-1"));
  target.focus();
}

function card(part) {
  const drawn = picture(part.picture, t("memory.page_alt", { turns: turnsOf(part) }), part.size ? { width: part.size[0], height: part.size[1] } : {});
  return h(
    "article",
    { class: `card part-${part.kind}`, tabindex: "-1" },
    h(
      "header",
      { class: "card-head" },
      h("strong", {}, titleOf(part)),
      h("span", {}, t("memory.tokens", { count: part.tokens })),
    ),
    drawn
      ? h("details", { class: "card-page", open: true }, h("summary", {}, part.level_name ?? t("memory.kinds.page")), drawn)
      : h("p", { class: "card-text" }, part.text),
  );
}

function titleOf(part) {
  const kind = part.pinned ? t("memory.pinned") : t(`memory.kinds.${part.kind}`);
  const turns = turnsOf(part);
  return turns ? `${kind}, ${turns}` : kind;
}

function turnsOf({ first_turn: first, last_turn: last }) {
  if (!first) return "";
  return first === last || !last ? t("memory.turn", { number: first }) : t("memory.turn_range", { first, last });
}

function budgetAt(place) {
  const exact = LEAST * (MOST / LEAST) ** (place / STEPS);
  const step = 10 ** Math.max(Math.floor(Math.log10(exact)) - 1, 1);
  return Math.round(exact / step) * step;
}

function placeOf(budget) {
  return Math.round((STEPS * Math.log(budget / LEAST)) / Math.log(MOST / LEAST));
}

function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(STORED)) ?? {};
  } catch {
    return {};
  }
}
