// Compress: a text becomes a page while it is written, with what it costs either way and what reads back.

import { json, post } from "../api.js";
import { h, fill } from "../dom.js";
import { current, number, percent, t } from "../i18n.js";
import { announce } from "../announce.js";
import { later } from "../ui/later.js";
import { choice, complain, figure } from "../ui/parts.js";
import { picture } from "../ui/picture.js";
import { differences } from "./differences.js";
import { pairs, squares } from "./squares.js";

const TEXTS = new URL("../../texts/", import.meta.url);
const PAUSE_MS = 350; // after a key, before a page is drawn
const MODES = ["tiny", "small", "base", "large"];
const STORED = "sokdok.compress"; // in this tab, so that a text outlives a look at another view

export function mount(root) {
  const asked = { text: "", mode: "small", model: "", ...stored() };
  const ending = new AbortController();
  const input = h("textarea", {
    id: "compress-text",
    spellcheck: "false",
    placeholder: t("compress.placeholder"),
    oninput: () => changed({ text: input.value }),
  });
  input.value = asked.text;
  const models = choice(t("compress.model"), [["", t("compress.no_model")]], "", (model) => changed({ model }));
  const mode = choice(
    t("compress.mode"),
    MODES.map((name) => [name, t(`compress.modes.${name}`)]),
    asked.mode,
    (value) => changed({ mode: value }),
  );
  const example = h("button", { type: "button", class: "quiet", onclick: useExample }, t("compress.example"));
  const read = h("button", { type: "button", class: "main", onclick: () => back.now(), disabled: true }, t("compress.read_back"));
  const pages = h("div", { class: "compress-pages" });
  const numbers = h("section", { class: "compress-numbers", "aria-label": t("compress.costs") });
  const result = h("section", { class: "compress-back", "aria-label": t("compress.reads") });
  const problem = h("div", {});
  const drawing = later(draw, PAUSE_MS);
  const back = later(readBack, 0);

  fill(
    root,
    h(
      "div",
      { class: "compress" },
      h(
        "div",
        { class: "compress-side" },
        h(
          "section",
          { class: "compress-input" },
          h("h1", {}, t("compress.head")),
          h("p", { class: "soft" }, t("compress.why")),
          h("label", { class: "hidden", for: "compress-text" }, t("compress.text")),
          input,
          h("div", { class: "row" }, mode.element, models.element, example),
          problem,
        ),
        h("div", { class: "compress-read" }, read, result),
      ),
      h("div", { class: "compress-side" }, pages, numbers),
    ),
  );
  json("/v1/compress/models", { signal: ending.signal }).then(offer, () => {}); // without models there are no prices
  void drawing.now();

  function changed(what) {
    Object.assign(asked, what);
    sessionStorage.setItem(STORED, JSON.stringify(asked));
    back.stop();
    fill(result);
    drawing.ask();
  }

  async function useExample() {
    const answer = await fetch(new URL(`example.${current()}.txt`, TEXTS), { signal: ending.signal });
    input.value = (await answer.text()).trim();
    changed({ text: input.value });
    void drawing.now();
  }

  function offer({ models: known }) {
    for (const { name, priced } of known) {
      models.select.append(h("option", { value: name, selected: name === asked.model }, priced ? name : `${name} *`));
    }
  }

  function body(more = {}) {
    return { text: asked.text, mode: asked.mode, ...(asked.model ? { model: asked.model } : {}), ...more };
  }

  async function draw(signal) {
    fill(problem);
    read.disabled = asked.text.trim() === "";
    if (read.disabled) {
      fill(pages, h("p", { class: "soft compress-empty" }, t("compress.empty")));
      fill(numbers);
      return;
    }
    pages.setAttribute("aria-busy", "true");
    try {
      const answer = await post("/v1/compress", body(), { signal });
      showPages(answer);
      showNumbers(answer);
    } catch (error) {
      complain(problem, error);
    } finally {
      if (!signal.aborted) pages.removeAttribute("aria-busy");
    }
  }

  function showPages({ pages: drawn, page_size: [width, height] }) {
    fill(
      pages,
      drawn.map(({ picture: url, vision_tokens: count }, at) =>
        h(
          "figure",
          { class: "compress-page" },
          picture(url, t("compress.page", { number: at + 1 }), { width, height }),
          h("figcaption", {}, t("compress.page_of", { number: at + 1, pages: drawn.length, count })),
        ),
      ),
    );
  }

  function showNumbers(answer) {
    const { text_tokens: n, vision_tokens: k, ratio, attention, price } = answer;
    fill(
      numbers,
      h(
        "dl",
        { class: "figures-row" },
        figure(`${number(ratio, { maximumFractionDigits: 1 })}×`, t("compress.ratio"), { strong: true }),
        figure(number(n), t("compress.text_tokens"), { note: t("compress.characters", { count: answer.characters }) }),
        figure(number(k), t("compress.vision_tokens"), { note: t("compress.pages", { count: answer.pages.length }) }),
      ),
      h(
        "div",
        { class: "compress-pairs" },
        squares(n, k),
        h(
          "div",
          {},
          h("h2", {}, t("compress.attention")),
          h("p", { class: "key-text" }, `n² = ${pairs(attention.text)}`),
          h("p", { class: "key-vision" }, `k² = ${pairs(attention.vision)}`),
          h("p", { class: "soft" }, t(attention.vision < attention.text ? "compress.fewer" : "compress.more", { times: times(attention) })),
        ),
      ),
      price ? priced(price) : null,
      answer.escaped_characters ? h("p", { class: "soft" }, t("compress.escaped", { count: answer.escaped_characters })) : null,
    );
    announce(t("compress.told", { text: n, vision: k }));
  }

  async function readBack(signal) {
    read.disabled = true;
    fill(result, h("p", { class: "soft" }, t("compress.reading")));
    announce(t("compress.reading"));
    try {
      const answer = await post("/v1/compress", body({ read_back: true }), { signal });
      showBack(answer.read_back);
    } catch (error) {
      fill(result);
      complain(result, error);
    } finally {
      if (!signal.aborted) {
        read.disabled = false;
        if (document.activeElement === document.body) read.focus(); // it lost it while it was off
      }
    }
  }

  function showBack(told) {
    const says = told.identical ? t("compress.identical") : t("compress.differs", { count: told.differences.length });
    announce(says);
    fill(
      result,
      h(
        "dl",
        { class: "figures-row" },
        figure(percent(told.fidelity, 1), t("compress.fidelity"), { strong: true }),
        figure(`${number(told.seconds, { maximumFractionDigits: 1 })} s`, t("compress.seconds")),
      ),
      h("p", { class: told.identical ? "good" : "" }, says),
      told.differences.length ? differences(told.differences) : null,
    );
  }

  return {
    update() {},
    unmount() {
      ending.abort();
      drawing.stop();
      back.stop();
    },
  };
}

function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(STORED)) ?? {};
  } catch {
    return {};
  }
}

function times({ text, vision }) {
  const more = Math.max(text, vision) / Math.max(Math.min(text, vision), 1);
  return number(more, { maximumFractionDigits: more < 10 ? 1 : 0 });
}

/** What both ways cost with a model, as bars. */
function priced(price) {
  const money = (value) =>
    new Intl.NumberFormat(current(), { style: "currency", currency: "USD", maximumSignificantDigits: 2 }).format(value);
  const most = Math.max(price.text_tokens, price.image_tokens, 1);
  const bar = (label, tokens, dollars, kind) =>
    h(
      "div",
      { class: "bar-row" },
      h("span", {}, label),
      h("span", { class: "bar" }, h("span", { class: `bar-fill ${kind}`, style: { width: `${(100 * tokens) / most}%` } })),
      h("span", { class: "bar-value" }, t("compress.tokens", { count: tokens }), dollars === null ? "" : ` · ${money(dollars)}`),
    );
  return h(
    "div",
    { class: "compress-price" },
    h("h2", {}, t("compress.price", { model: price.model })),
    bar(t("compress.as_text"), price.text_tokens, price.text_dollars, "text"),
    bar(t("compress.as_pages"), price.image_tokens, price.pages_dollars, "vision"),
    h(
      "p",
      { class: "soft" },
      price.exact_text ? "" : `${t("compress.about")} `,
      price.as_of ? t("compress.as_of", { date: price.as_of }) : "",
    ),
  );
}
