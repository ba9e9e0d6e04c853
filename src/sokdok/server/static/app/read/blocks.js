// A page as it was read, as elements: one for each block, in reading order.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { copyButton } from "./copy.js";
import { copied, parsed } from "./safe.js";
import { unsureWords } from "./unsure.js";

const FURNITURE = new Set(["header", "footer", "page_number"]); // what repeats on every page is not in its text
const LONGEST = 40; // characters of a number
const NUMBER = /^[-+−△▲(₩$€¥]?\s*[\d,. ]*\d\s*[)%원]?$/;

/** What a kind of block is called. */
export function kindName(kind) {
  const name = t(`read.kind.${kind}`);
  return name.startsWith("read.") ? t("read.kind.text") : name;
}

/**
 * The blocks of a page. `page` is its JSON, `html` its HTML. Gives `{ lang, blocks: [{ block, element, words }] }`;
 * `words` are the marked ones, `{ mark, word }`.
 */
export function blocksOf(page, html) {
  const section = parsed(html).querySelector("section.page") ?? h("section");
  const written = [...section.children].filter((child) => child.localName !== "a" && !isNote(child));
  const blocks = page.blocks.filter((block) => !FURNITURE.has(block.kind));
  const paired = written.length === blocks.length; // otherwise nobody knows which is which: shown, and not lit
  return {
    lang: section.getAttribute("lang"),
    blocks: written.map((child, at) => {
      const block = paired ? blocks[at] : { kind: "text", box: null, words: [] };
      const element = h("div", { class: `block block-${block.kind}` }, copied(child));
      const table = element.querySelector("table");
      if (table) {
        alignNumbers(table);
        element.prepend(copyButton(table));
      }
      return { block, element, words: unsureWords(element, block.words ?? []) };
    }),
  };
}

/** Numbers below each other are compared: they end at one line. */
function alignNumbers(table) {
  for (const cell of table.querySelectorAll("td")) {
    const text = cell.textContent.trim();
    cell.classList.toggle("number", text.length < LONGEST && NUMBER.test(text));
  }
}

function isNote(element) {
  return element.classList.contains("note");
}
