// Documents that the server has to try: `sokdok serve --demo`.

import { blob, json } from "../api.js";
import { h } from "../dom.js";
import { current, t } from "../i18n.js";

/** Buttons for the examples of some kinds, or null; `take(files)` gets one that is chosen. */
export async function examples(take, signal, kinds = ["document"]) {
  const { examples: all } = await json("/v1/demo", { signal });
  const documents = all.filter((each) => kinds.includes(each.kind));
  if (!documents.length) return null;
  const buttons = documents.map((each) => {
    const get = async () => take([new File([await blob(each.url)], each.name, { type: each.media_type })]);
    return h("button", { class: "quiet", type: "button", onclick: get }, each.title[current()] ?? each.name);
  });
  return h("p", { class: "row examples" }, h("span", { class: "soft" }, t("read.try")), ...buttons);
}
