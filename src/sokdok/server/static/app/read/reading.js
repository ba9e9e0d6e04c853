// The text of a page, block by block: what is pointed at here lights up on the picture, and the other way round.

import { h, fill } from "../dom.js";
import { current, t } from "../i18n.js";
import { json, text } from "../api.js";
import { reasonOf } from "../reasons.js";
import { blocksOf } from "./blocks.js";
import { mending, wordSelected } from "./mend.js";
import { toldOf } from "./unsure.js";

/**
 * The pane. `onlight(index|null, scroll)` and `onword(box|null)` say what to show on the picture, `onmend()` that a word was
 * put right. Gives `{ element, show(path, still), wait(words, busy), light(index), pick(index), edit(), move(by) }`.
 */
export function reading({ onlight, onword, onmend }) {
  const mend = mending(onmend, (by, word) => {
    const words = wordsBeside(word);
    pickWord(words[Math.min(Math.max(words.indexOf(word) + by, 0), words.length - 1)], true);
  });
  const doubts = h("div", { class: "doubts", hidden: true });
  const body = h("div", { class: "text", tabindex: "-1" });
  const element = h("div", { class: "reading" }, doubts, body);
  let blocks = [];
  let at = -1; // the block that was chosen last
  let marks = [];
  let shown = ["", null]; // the page's path, and the page

  function wait(words, busy) {
    blocks = [];
    doubts.hidden = true;
    const lines = busy ? h("div", { class: "bones", "aria-hidden": "true" }, ...Array.from({ length: 7 }, () => h("i"))) : null;
    body.lang = current();
    fill(body, h("p", { class: "soft" }, words), lines);
  }

  async function show(path, still) {
    let page;
    let html;
    try {
      [page, html] = await Promise.all([json(`${path}?words=true`), text(`${path}?form=html`)]);
    } catch (error) {
      if (still()) fill(body, h("p", { class: "notice", role: "alert", lang: current() }, `${error.title} `, h("span", { lang: error.lang }, error.message)));
      return null;
    }
    if (!still()) return null;
    const again = path === shown[0] && element.contains(document.activeElement); // a word of it was put right
    shown = [path, page];
    const found = blocksOf(page, html);
    blocks = found.blocks;
    at = -1;
    blocks.forEach(({ element: each, block }, index) => {
      if (!block.box) return;
      each.tabIndex = -1;
      each.addEventListener("pointerenter", () => light(index, { there: true }));
      each.addEventListener("pointerleave", () => light(null, { there: true }));
      each.addEventListener("click", () => choose(index, { focus: false }));
      each.addEventListener("dblclick", () => {
        const word = wordSelected(block, each);
        if (word) pickWord(word, true);
      });
    });
    marks = blocks.flatMap(({ words }) => words);
    drawDoubts();
    body.lang = found.lang ?? "";
    fill(body, problemOf(page), blocks.map((each) => each.element), !blocks.length && !page.error && h("p", { class: "soft", lang: current() }, t("read.empty")));
    if (again) (doubts.querySelector("#next-unsure") ?? body).focus();
    else element.scrollTop = 0;
    return { page, blocks };
  }

  function light(index, { there = false, scroll = false } = {}) {
    blocks.forEach((each, place) => each.element.classList.toggle("lit", place === index));
    if (there) onlight(index, scroll);
  }

  function choose(index, { focus = true } = {}) {
    at = index;
    light(index, { there: true, scroll: true });
    if (focus) {
      blocks[index].element.focus({ preventScroll: true });
      blocks[index].element.scrollIntoView({ block: "nearest" });
    }
  }

  function wordsBeside(word) {
    return blocks.map(({ block }) => block.words ?? []).find((words) => words.includes(word)) ?? [word];
  }

  function pickWord(word, focus = false) {
    doubts.hidden = false;
    mend.pick(...shown, word, focus);
    onword(word?.box ?? null);
  }

  /** The words to be looked at, one after the other. */
  function drawDoubts() {
    doubts.hidden = marks.length === 0;
    let which = -1;
    const told = h("span", { class: "doubt-told" });
    const go = (by) => {
      which = (which + by + marks.length) % marks.length;
      const { mark, word } = marks[which];
      mark.focus();
      mark.scrollIntoView({ block: "nearest" });
      told.textContent = `${which + 1}/${marks.length} · ${toldOf(word)}`;
      pickWord(word);
    };
    for (const { mark, word } of marks) {
      mark.addEventListener("pointerenter", () => onword(word?.box ?? null));
      mark.addEventListener("pointerleave", () => onword(null));
      mark.addEventListener("blur", () => onword(null));
    }
    mend.hide();
    fill(
      doubts,
      marks.length > 0 && h("span", {}, t("read.unsure.count", { count: marks.length })),
      told,
      mend.element,
      marks.length > 0 && h("button", { class: "plainer", type: "button", id: "next-unsure", onclick: () => go(1) }, t("read.unsure.next")),
    );
  }

  return {
    element,
    show,
    wait,
    light: (index) => light(index),
    pick: (index) => choose(index),
    edit() {
      const [word] = blocks[Math.max(at, 0)]?.block.words ?? [];
      if (word) pickWord(word, true);
    },
    move(by) {
      const next = Math.min(Math.max(at + by, 0), blocks.length - 1);
      if (blocks[next]) choose(next);
    },
  };
}

function problemOf(page) {
  if (!page.error) return null;
  const title = t(page.status === "PARTIAL" ? "read.partly" : "read.unreadable");
  const { text: reason, lang } = reasonOf(page.why, page.error);
  return h("div", { class: "notice", role: "note", lang: current() }, h("b", {}, title), h("span", { lang }, reason));
}
