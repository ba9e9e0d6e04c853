// What stands right of a page: as one reads it, as Markdown, as HTML, as JSON.

import { h, fill } from "../dom.js";
import { percent, t } from "../i18n.js";
import { announce } from "../announce.js";
import { text } from "../api.js";
import { copy } from "./copy.js";

const MOST_SHOWN = 400_000; // characters: downloads have the rest

/** A panel of text: fetched when it is looked at. */
export function source(load, name) {
  const code = h("code");
  const problem = h("p", { class: "notice", role: "alert", hidden: true });
  const copying = h("button", { class: "quiet copy", type: "button", hidden: true }, t("read.copy"));
  copying.addEventListener("click", async () => {
    await copy(code.textContent);
    announce(t("read.copied"));
  });
  const element = h("div", { class: "source" }, copying, problem, h("pre", { class: `source-${name}` }, code));
  let loaded = null;
  return {
    element,
    forget() {
      loaded = null;
    },
    async show(path) {
      if (loaded === path) return;
      loaded = path;
      problem.hidden = true;
      copying.hidden = true;
      code.textContent = path === null ? t("read.not_yet") : "";
      if (path === null) return;
      try {
        const got = await load(path);
        if (loaded !== path) return;
        code.textContent = got.length > MOST_SHOWN ? `${got.slice(0, MOST_SHOWN)}\n${t("read.cut")}` : got;
        copying.hidden = false;
      } catch (error) {
        if (loaded !== path) return;
        loaded = null;
        problem.textContent = error.message;
        problem.hidden = false;
      }
    },
  };
}

/** HTML of a page, or of all of them, as it stands, in a frame that may run, load and open nothing. */
export function frame(load, of = "html") {
  const element = h("div", { class: "framed" });
  let loaded = null;
  return {
    element,
    forget() {
      loaded = null;
    },
    async show(path) {
      if (loaded === path) return;
      loaded = path;
      fill(element, path === null ? h("p", { class: "soft" }, t(of === "whole" ? "read.whole_not_yet" : "read.not_yet")) : null);
      if (path === null) return;
      try {
        const html = await load(path);
        if (loaded !== path) return;
        fill(element, h("iframe", { sandbox: "", srcdoc: html, title: t(`read.tab.${of}`), referrerpolicy: "no-referrer" }));
      } catch (error) {
        if (loaded === path) fill(element, h("p", { class: "notice", role: "alert" }, error.message));
      }
    },
  };
}

/** Markdown of a page. */
export const markdownOf = (path) => text(`${path}?form=md`);

/** JSON of a page without its words, one value a line. */
export async function jsonOf(path) {
  return JSON.stringify(JSON.parse(await text(`${path}?form=json`)), null, 2);
}

/** What a page's words rest on, and how sure they are. */
export function evidence(page) {
  const says = page.source === "file" ? "file" : page.evidence;
  const known = says === "pixels" || says === "mixed" ? page.confidence : null; // of the file's own words nobody is in doubt
  const sure = known === null || known === undefined ? "" : t("read.sure", { share: percent(known) });
  return [t(`read.evidence.${says}`), sure].filter(Boolean).join(" · ");
}
