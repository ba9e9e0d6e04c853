// A table on the clipboard: as cells for a spreadsheet (tabs and lines), and as HTML for what takes that.

import { h } from "../dom.js";
import { current, t } from "../i18n.js";
import { announce } from "../announce.js";

const SHOWN_MS = 2000;
const FORMULA = /^[\s\p{C}]*(?:[=@＝＠]|[-+＋－](?!\s*[\d.,]+\s*%?$))/u; // what a spreadsheet would run

/** The button that copies a table. */
export function copyButton(table) {
  const label = t("read.copy_table");
  const button = h("button", { class: "quiet copy", type: "button", lang: current() }, label);
  button.addEventListener("click", async () => {
    await copy(tsv(table), plainHtml(table));
    announce(t("read.copied"));
    button.textContent = t("read.copied");
    setTimeout(() => {
      button.textContent = label;
    }, SHOWN_MS);
  });
  return button;
}

/** Put text, and HTML if there is any, on the clipboard. */
export async function copy(text, html = null) {
  const kinds = { "text/plain": text, ...(html === null ? {} : { "text/html": html }) };
  if (navigator.clipboard?.write) {
    const blobs = Object.entries(kinds).map(([kind, data]) => [kind, new Blob([data], { type: kind })]);
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    return;
  }
  // A page that was not fetched over HTTPS has no clipboard but this one.
  const give = (event) => {
    event.preventDefault();
    for (const [kind, data] of Object.entries(kinds)) event.clipboardData.setData(kind, data);
  };
  document.addEventListener("copy", give, { once: true });
  document.execCommand("copy");
  document.removeEventListener("copy", give);
}

/** A table as lines of cells parted by tabs; a cell over several rows or columns stands at its first place. */
export function tsv(table) {
  const taken = [];
  [...table.rows].forEach((row, y) => {
    taken[y] ??= [];
    for (const cell of row.cells) {
      let x = 0;
      while (taken[y][x] !== undefined) x += 1;
      for (let down = 0; down < Math.min(cell.rowSpan || 1, table.rows.length - y); down += 1) {
        for (let right = 0; right < cell.colSpan; right += 1) {
          (taken[y + down] ??= [])[x + right] = down + right === 0 ? plain(cell) : "";
        }
      }
    }
  });
  return taken.map((cells) => Array.from(cells, (cell) => cell ?? "").join("\t")).join("\n");
}

function plain(cell) {
  const text = wordsOf(cell).replace(/\s+/g, " ").trim();
  return FORMULA.test(text) ? `'${text}` : text;
}

/** Text without what is there for the ears only. */
function wordsOf(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.localName === "br") return " ";
  if (node.classList?.contains("hidden")) return "";
  return [...node.childNodes].map(wordsOf).join("");
}

function plainHtml(table) {
  const copied = table.cloneNode(true);
  copied.querySelectorAll(".hidden").forEach((each) => each.remove());
  copied.querySelectorAll("mark").forEach((each) => each.replaceWith(...each.childNodes));
  return new XMLSerializer().serializeToString(copied);
}
