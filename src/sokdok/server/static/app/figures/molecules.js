// Molecules that were read so far, found by what they contain.

import { json } from "../api.js";
import { announce } from "../announce.js";
import { h, fill, set } from "../dom.js";
import { t, time } from "../i18n.js";
import { later } from "../ui/later.js";
import { complain } from "../ui/parts.js";
import { picture } from "../ui/picture.js";
import { unfinished } from "./unfinished.js";

const PAUSE_MS = 350;
const LIMIT = 60; // that are drawn
const EXAMPLES = { ring: "c1ccccc1", acid: "C(=O)[OH]", amide: "C(=O)N", halogen: "[F,Cl,Br,I]" };

/** The field; `onpattern(text)` is told what is looked for. Gives `{ element, show(pattern), unmount() }`. */
export function finder(onpattern) {
  const asking = later(() => onpattern(input.value.trim()), PAUSE_MS);
  let looking = new AbortController();
  const input = h("input", {
    type: "search",
    id: "pattern",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    placeholder: EXAMPLES.ring,
    "aria-describedby": "pattern-how",
    oninput: asking.ask,
  });
  const examples = Object.entries(EXAMPLES).map(([name, pattern]) => {
    const take = () => {
      input.value = pattern;
      void asking.now();
    };
    return h("button", { type: "button", class: "quiet", title: pattern, onclick: take }, t(`figures.find.examples.${name}`));
  });
  const found = h("div", { class: "found" });
  const send = (event) => {
    event.preventDefault();
    void asking.now();
  };
  const element = h(
    "section",
    { class: "finder", "aria-labelledby": "finder-title" },
    h("h2", { id: "finder-title" }, t("figures.find.title")),
    h("p", { class: "soft", id: "pattern-how" }, t("figures.find.how")),
    h(
      "form",
      { class: "row", role: "search", onsubmit: send },
      h("label", { class: "hidden", for: "pattern" }, t("figures.find.label")),
      input,
      h("button", { type: "submit", class: "main" }, t("figures.find.go")),
    ),
    h("div", { class: "row finder-examples" }, examples),
    found,
  );

  /** Look for a pattern, once it is whole; an empty one is in every molecule, null looks for nothing. */
  async function show(pattern) {
    looking.abort();
    looking = new AbortController();
    const { signal } = looking;
    if (document.activeElement !== input) input.value = pattern ?? "";
    set(input, { "aria-invalid": null });
    if (pattern === null) {
      fill(found);
      return;
    }
    const missing = unfinished(pattern);
    if (missing) {
      fill(found, h("p", { class: "soft" }, t(`figures.find.unfinished.${missing}`)));
      announce(t(`figures.find.unfinished.${missing}`));
      return;
    }
    const query = new URLSearchParams({ limit: LIMIT, ...(pattern && { containing: pattern }) });
    try {
      const answer = await json(`/v1/molecules?${query}`, { signal });
      fill(found, told(answer));
      announce(counted(answer));
    } catch (error) {
      if (error.status === 422) set(input, { "aria-invalid": "true" });
      complain(found, error);
    }
  }

  return {
    element,
    show,
    unmount() {
      asking.stop();
      looking.abort();
    },
  };
}

function counted({ searched, found, pattern }) {
  if (!searched) return t("figures.find.nothing");
  if (!found) return t("figures.find.none", { searched });
  return pattern ? t("figures.find.found", { count: found, searched }) : t("figures.find.all", { count: searched });
}

function told(answer) {
  const drawn = picture(answer.pattern, t("figures.find.pattern"), { class: "pattern-drawn" });
  const { molecules, found } = answer;
  return [
    h("div", { class: "row found-head" }, drawn, h("p", {}, counted(answer))),
    molecules.length > 0 && h("ul", { class: "molecules" }, molecules.map(card)),
    found > molecules.length && h("p", { class: "soft" }, t("figures.find.more", { count: molecules.length })),
  ];
}

function card({ id, file, formula, picture: drawing, created_at: when }) {
  return h(
    "li",
    {},
    h(
      "a",
      { class: "molecule", href: `#/figures/molecule/${encodeURIComponent(id)}` },
      picture(drawing, ""),
      h("span", { class: "molecule-name" }, file),
      h("span", { class: "soft" }, `${formula} · ${time(when)}`),
    ),
  );
}
