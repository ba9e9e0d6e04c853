// Words that were read with little confidence: marked by the server, told here in words as well.

import { h } from "../dom.js";
import { current, percent, t } from "../i18n.js";

export const LEAST_CONFIDENCE = 0.6; // as the server marks them (documents/blocks.py)

/** The marks within an element, each with the word it stands for (null if that is not known). */
export function unsureWords(element, words) {
  const unsure = words.filter((word) => word.other || (word.confidence ?? 1) < LEAST_CONFIDENCE);
  let next = 0;
  return [...element.querySelectorAll("span.unsure")].map((span) => {
    const at = unsure.findIndex((word, index) => index >= next && word.text === span.textContent);
    if (at >= 0) next = at + 1;
    const word = at >= 0 ? unsure[at] : null;
    const told = toldOf(word);
    const mark = h("mark", { class: "unsure", tabindex: "-1", title: told }, ...span.childNodes);
    mark.append(h("span", { class: "hidden", lang: current() }, ` (${told}) `));
    span.replaceWith(mark);
    return { mark, word };
  });
}

/** How sure the reader is of a word. */
export function toldOf(word) {
  if (!word) return t("read.unsure.some");
  const sure = word.confidence === undefined || word.confidence === null ? "" : t("read.unsure.sure", { share: percent(word.confidence) });
  const name = word.source === "text-layer" ? "read.unsure.reader_says" : "read.unsure.layer_says";
  const other = word.other ? t(name, { text: word.other }) : "";
  return [sure, other].filter(Boolean).join(" · ") || t("read.unsure.some");
}
