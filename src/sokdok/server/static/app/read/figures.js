// The way from a figure of a page to what it shows: the view Figures parses it.

import { json } from "../api.js";
import { h } from "../dom.js";
import { current, t } from "../i18n.js";

const PICTURES = new Set(["image", "figure", "chart", "unread"]);

/** Put a link below each figure among the blocks of a page. `id` is the task's. */
export async function linkFigures(id, page, blocks) {
  const shown = blocks.filter(({ block }) => PICTURES.has(block.kind) && block.box);
  if (!shown.length) return;
  const { figures } = await json(`/v1/tasks/${encodeURIComponent(id)}/figures`);
  for (const { block, element } of shown) {
    const figure = figures.find((each) => each.page === page.number && String(each.box) === String(block.box));
    if (!figure) continue;
    const href = `#/figures/${encodeURIComponent(id)}/${encodeURIComponent(figure.id)}`;
    element.append(h("a", { class: "to-figure", href, lang: current() }, t("read.to_figure")));
  }
}
