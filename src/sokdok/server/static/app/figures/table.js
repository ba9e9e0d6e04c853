// What a chart or a table says, as a table to copy and to save.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { copyButton } from "../read/copy.js";

const MOST_ROWS = 500; // that are shown; the file has all
const FORMULA = /^[\s\p{C}]*(?:[=@＝＠]|[-+＋－](?!\s*[\d.,]+\s*%?$))/u; // what a spreadsheet would run
const NUMBER = /^[\s(]*[-+−]?[\p{Sc}]?\s*[\d.,]+\s*[%)]?\s*$/u;

/** The table with its buttons; `name` is what its file is called. */
export function valuesTable({ title, columns, rows }, name) {
  const isNumber = columns.map((_, at) => at > 0 && rows.every((row) => !said(row[at]).trim() || NUMBER.test(said(row[at]))));
  const cell = (tag, value, at, more = {}) => h(tag, { ...more, class: isNumber[at] ? "number" : null }, said(value));
  const table = h(
    "table",
    { class: "values" },
    title ? h("caption", {}, title) : null,
    h("thead", {}, h("tr", {}, columns.map((each, at) => cell("th", each, at, { scope: "col" })))),
    h(
      "tbody",
      {},
      rows.slice(0, MOST_ROWS).map((row) =>
        h("tr", {}, row.map((each, at) => (at ? cell("td", each, at) : cell("th", each, at, { scope: "row" })))),
      ),
    ),
  );
  return h(
    "div",
    { class: "values-box" },
    h(
      "div",
      { class: "row end" },
      copyButton(table),
      h("button", { type: "button", class: "quiet copy", onclick: () => saveText(csv(columns, rows), `${name}.csv`) }, "CSV"),
    ),
    h("div", { class: "values-scroll", tabindex: "0", role: "region", "aria-label": t("figures.values") }, table),
    rows.length > MOST_ROWS ? h("p", { class: "soft" }, t("figures.more_rows", { count: rows.length - MOST_ROWS })) : null,
  );
}

/** Rows as CSV; a byte order mark tells spreadsheets that it is UTF-8, and nothing in it is run as a formula. */
export function csv(columns, rows) {
  const line = (cells) => cells.map((each) => quoted(said(each))).join(",");
  return `\ufeff${[columns, ...rows].map(line).join("\r\n")}\r\n`;
}

function quoted(text) {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function said(value) {
  return value === null || value === undefined ? "" : String(value);
}

/** Hand a text to the browser as a file. */
export function saveText(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
