// Figures: a picture of a chart, a molecule, a drawing or a table, or one on a document's page, and what it says.
//
// The address `figures/TASK/FIGURE` is a figure of a document.

import { json, post } from "../api.js";
import { announce } from "../announce.js";
import { current, t } from "../i18n.js";
import { h, fill } from "../dom.js";
import { go } from "../router.js";
import { examples } from "../read/examples.js";
import { dropZone } from "../ui/drop.js";
import { choice, complain } from "../ui/parts.js";
import { ofTask } from "./document.js";
import { resultOf } from "./result.js";

const KINDS = ["auto", "chart", "table", "molecule", "geometry", "handwriting"];

export function mount(root, rest) {
  const ending = new AbortController();
  let asking = new AbortController();
  let file = null;
  let place = []; // of the address: what is looked at
  let kind = "auto";
  let zone = null;
  let strip = null; // of the document's figures
  const kinds = choice(
    t("figures.kind"),
    KINDS.map((name) => [name, t(`figures.kinds.${name}`)]),
    kind,
    (chosen) => {
      kind = chosen;
      if (file || place[1]) void parse();
    },
  );
  const tries = h("div", { class: "tries" });
  const stage = h("div", { class: "figure-stage" });

  function take([first]) {
    file = first;
    if (place.length) go("figures");
    else void parse();
  }

  function arrange() {
    const held = root.contains(document.activeElement) ? document.activeElement : null;
    zone?.unmount();
    const busy = file !== null || place.length > 0;
    zone = dropZone({ take, hint: t("figures.hint"), many: false, small: busy, title: t("figures.drop") });
    const anew = h("button", { type: "button", class: "quiet", id: "anew", onclick: startAnew }, t("figures.anew"));
    const bar = h("div", { class: "figure-bar" }, zone.element, kinds.element, busy ? anew : null);
    const heading = place.length === 1 ? h("h1", { class: "hidden" }, t("figures.title")) : null; // a result has its own
    const parts = [heading, bar, strip?.element, stage, busy ? null : tries];
    fill(root, h("div", { class: busy ? "figure-view" : "home" }, parts));
    // What somebody holds stands elsewhere now, was made anew, or is gone.
    if (held) (held.isConnected ? held : (document.getElementById(held.id) ?? document.getElementById("main"))).focus();
  }

  /** Back to where a figure is chosen, with nothing of the last one. */
  function startAnew() {
    file = null;
    asking.abort();
    if (place.length) go("figures");
    else update([]);
    document.getElementById("choose").focus();
  }

  function update([first, second]) {
    if (first !== strip?.task) {
      strip?.unmount();
      strip = first ? ofTask(first) : null;
    }
    place = [first, second].filter(Boolean);
    if (first) file = null;
    strip?.mark(second);
    fill(stage);
    if (file || second) void parse();
    else arrange();
  }

  /** What is asked, and what to call it. */
  function question(signal) {
    if (file) {
      const body = new FormData();
      for (const [name, value] of Object.entries({ file, kind, language: current() })) body.append(name, value);
      return [() => post("/v1/parse", body, { signal }), file.name];
    }
    const [first, second] = place.map(encodeURIComponent);
    const query = new URLSearchParams({ kind, language: current() });
    return [() => json(`/v1/tasks/${first}/figures/${second}/parse?${query}`, { signal }), t("figures.numbered", { id: place[1] })];
  }

  async function parse() {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const [ask, name] = question(signal);
    arrange();
    const reading = t("figures.reading", { file: name });
    fill(stage, h("p", { class: "soft" }, reading), h("progress", { "aria-label": reading }));
    announce(reading);
    try {
      const answer = await ask();
      fill(stage, resultOf(answer));
      announce(t("figures.told", { file: name }));
    } catch (error) {
      if (!signal.aborted) fill(stage);
      complain(stage, error);
    }
  }

  async function offer() {
    const { signal } = ending;
    const able = await json("/v1/capabilities", { signal });
    if (able.demo) fill(tries, examples(take, KINDS));
  }

  offer().catch(() => {}); // without examples one has figures of one's own
  update(rest);
  return {
    update,
    unmount() {
      ending.abort();
      asking.abort();
      strip?.unmount();
      zone.unmount();
    },
  };
}
