// A word that a person puts right: the server keeps it with the task, and every form of the document has it.

import { json } from "../api.js";
import { announce } from "../announce.js";
import { h } from "../dom.js";
import { parsed } from "./safe.js";
import { t } from "../i18n.js";

/** The form for one word; `mended()` is called when it is put right, `next(by, word)` gives the word before or behind. Gives `{ element, pick(path, page, word, focus), hide() }`. */
export function mending(mended, next) {
  const field = h("input", { id: "mend", maxlength: 200, autocomplete: "off", "aria-label": t("read.mend.field"), onkeydown: step });
  const problem = h("span", { class: "problem", role: "alert" });
  const element = h("form", { class: "row mend", hidden: true, onsubmit: send }, field, h("button", { class: "quiet", type: "submit" }, t("read.mend.now")), problem);
  let asked = null; // the page's path, the page, and its word

  function step(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    next(by, asked.word);
  }

  function hide() {
    element.hidden = true;
  }

  async function send(event) {
    event.preventDefault();
    const { path, page, word } = asked;
    const text = field.value.trim();
    if (!text || text === word.text) return;
    const whole = pageWith(page, word, text);
    problem.textContent = whole ? "" : t("read.mend.lost");
    if (!whole) return;
    try {
      await json(path, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(whole) });
    } catch (error) {
      problem.textContent = error.message;
      return;
    }
    announce(t("read.mend.done", { text }));
    mended();
  }

  return {
    element,
    hide,
    pick(path, page, word, focus) {
      asked = { path, page, word };
      problem.textContent = "";
      element.hidden = !word?.box;
      field.value = word?.text ?? "";
      if (focus && !element.hidden) field.select();
    },
  };
}

/** A page in which a word says something else, as a person says; null where its block does not give it in so many letters. */
function pageWith(page, word, text) {
  const blocks = page.blocks.map((block) => {
    const at = (block.words ?? []).indexOf(word);
    if (at < 0) return block;
    const until = block.words.slice(0, at + 1);
    const words = block.words.with(at, { text, box: word.box, page: word.page, confidence: 1, source: "person" });
    return { ...block, text: replaced(block.text, until, text), html: block.html && htmlWith(block.html, until, text), words };
  });
  return blocks.some((block) => block.text === null || block.html === "") ? null : { ...page, blocks };
}

/** Where the last of some words stands in a text that has them in order; -1 if it does not. */
function placeOf(whole, words) {
  let [start, end] = [-1, 0];
  for (const { text } of words) {
    start = whole.indexOf(text, end);
    if (start >= 0) end = start + text.length;
  }
  return start;
}

function replaced(whole, words, text) {
  const start = placeOf(whole, words);
  return start < 0 ? null : whole.slice(0, start) + text + whole.slice(start + words.at(-1).text.length);
}

function htmlWith(html, words, text) {
  const { body } = parsed(html);
  let left = placeOf(body.textContent, words);
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); left >= 0 && node; node = walker.nextNode()) {
    if (left >= node.length) left -= node.length;
    else if (left + words.at(-1).text.length > node.length) return ""; // over two pieces of it
    else {
      node.replaceData(left, words.at(-1).text.length, text);
      return [...body.childNodes].map((each) => new XMLSerializer().serializeToString(each)).join("");
    }
  }
  return "";
}

/** The word of a block on which the selection begins, as a double click leaves it; null if nobody knows which it is. */
export function wordSelected(block, element) {
  const selection = getSelection();
  if (!selection.rangeCount || !element.contains(selection.anchorNode)) return null;
  const before = document.createRange();
  before.selectNodeContents(element);
  before.setEnd(selection.getRangeAt(0).startContainer, selection.getRangeAt(0).startOffset);
  const [at, whole] = [before.toString().length, element.textContent];
  let end = 0;
  for (const word of block.words ?? []) {
    const start = whole.indexOf(word.text, end);
    if (start < 0) continue;
    end = start + word.text.length;
    if (at < end) return at >= start ? word : null;
  }
  return null;
}
