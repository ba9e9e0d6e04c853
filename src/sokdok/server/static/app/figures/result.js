// What was read of a figure, beside its picture.

import { h } from "../dom.js";
import { percent, t } from "../i18n.js";
import { copied, parsed } from "../read/safe.js";
import { reasonOf } from "../reasons.js";
import { copier } from "../ui/parts.js";
import { picture } from "../ui/picture.js";
import { overlay } from "./overlay.js";
import { valuesTable } from "./table.js";

/** The answer of `/v1/parse`, shown. */
export function resultOf(answer) {
  const crop = overlay(answer.picture, t("figures.picture", { file: answer.file }), answer.size ?? [1, 1]);
  const kind = t(`figures.kinds.${answer.kind}`);
  const sides = [
    h("section", { class: "figure-side" }, h("h2", {}, t("figures.given")), crop.element),
    redrawn(answer),
  ];
  return h(
    "div",
    { class: "figure-result" },
    h(
      "header",
      { class: "figure-head" },
      h("h1", {}, kind.startsWith("figures.") ? answer.kind : kind),
      h("p", { class: "soft" }, answer.file, sure(answer.confidence)),
    ),
    answer.valid === false ? h("p", { class: "notice" }, t("figures.invalid"), " ", said("span", {}, answer.why, answer.reason)) : null,
    (answer.warnings ?? []).map((each, place) => said("p", { class: "notice calm" }, answer.warnings_named?.[place], each)),
    h("div", { class: "figure-sides" }, sides),
    molecule(answer),
    statements(answer, crop),
    values(answer),
    words(answer),
  );
}

/** An element that says a reason in the page's language, or in the server's words. */
function said(name, attributes, why, words) {
  const { text, lang } = reasonOf(why, words);
  return h(name, { ...attributes, lang }, text);
}

function sure(confidence) {
  return typeof confidence === "number" ? ` · ${t("read.sure", { share: percent(confidence) })}` : "";
}

function redrawn({ kind, redrawn: url }) {
  const drawn = picture(url, t("figures.redrawn_alt"), { class: url?.startsWith("data:image/svg") ? "drawing" : null });
  if (!drawn) return null;
  const title = t(kind === "molecule" ? "figures.depiction" : "figures.redrawn");
  return h("section", { class: "figure-side" }, h("h2", {}, title), h("div", { class: "figure-picture" }, drawn));
}

function values({ table, html, file }) {
  if (table?.columns?.length) {
    return h("section", {}, h("h2", {}, t("figures.values")), valuesTable(table, baseName(file)));
  }
  if (!html) return null;
  const body = [...parsed(html).body.childNodes].map((node) => copied(node));
  return h("section", { class: "text" }, h("h2", {}, t("figures.values")), body);
}

function baseName(file) {
  return String(file ?? "figure").replace(/\.[^.]*$/, "") || "figure";
}

function molecule({ smiles, formula, inchikey }) {
  if (!smiles) return null;
  const row = (label, value) =>
    value ? [h("dt", {}, label), h("dd", {}, h("code", {}, value), copier(t("read.copy"), () => value))] : [];
  return h(
    "section",
    {},
    h("h2", {}, t("figures.molecule")),
    h("dl", { class: "facts" }, row("SMILES", smiles), row(t("figures.formula"), formula), row("InChIKey", inchikey)),
  );
}

function statements({ kind, statements: found }, crop) {
  if (!found?.length) return null;
  const placed = ({ lines, circles, points }) => [lines, circles, points].some((each) => each?.length);
  const items = found.map((statement) =>
    h(
      "li",
      {},
      !placed(statement) ? h("span", { class: "statement" }, statement.text) : h(
        "button",
        {
          type: "button",
          class: "statement",
          onpointerenter: () => crop.light(statement),
          onpointerleave: () => crop.light(null),
          onfocus: () => crop.light(statement),
          onblur: () => crop.light(null),
          onclick: () => crop.light(statement),
        },
        statement.text,
      ),
    ),
  );
  return h(
    "section",
    {},
    h("h2", {}, t(kind === "molecule" ? "figures.contains" : "figures.statements")),
    found.some(placed) ? h("p", { class: "soft" }, t("figures.statements_how")) : null,
    h("ul", { class: "statements" }, items),
  );
}

function words({ kind, text, table, statements: found, smiles }) {
  if (!text || table?.columns?.length || found?.length || smiles) return null;
  return h("section", {}, h("h2", {}, t("figures.text")), h("pre", { class: `figure-text text-of-${kind}` }, text));
}
