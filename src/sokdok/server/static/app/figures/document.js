// The figures on a document's pages, small, to choose from.

import { blob, json } from "../api.js";
import { h, fill } from "../dom.js";
import { t } from "../i18n.js";
import { complain } from "../ui/parts.js";

const MOST = 60; // that are shown

/** Gives `{ task, element, mark(id), unmount() }` of a task. */
export function ofTask(task) {
  const ending = new AbortController();
  const { signal } = ending;
  const path = `/v1/tasks/${encodeURIComponent(task)}/figures`;
  const list = h("ul", { class: "figure-strip" });
  const back = h("a", { href: `#/read/${encodeURIComponent(task)}` }, t("figures.back"));
  const element = h("section", { class: "figure-document", "aria-label": t("figures.of_document") }, back, list);
  const urls = [];
  let chosen = null;
  void load();

  async function load() {
    try {
      const { figures } = await json(path, { signal });
      if (!figures.length) fill(list, h("li", { class: "soft" }, t("figures.none")));
      const links = figures.slice(0, MOST).map(link);
      fill(list, links.map(({ item }) => item));
      mark(chosen);
      for (const { id, image } of links) {
        const url = URL.createObjectURL(await blob(`${path}/${id}`, { signal }));
        urls.push(url);
        image.src = url;
      }
    } catch (error) {
      complain(list, error);
    }
  }

  function link({ id, page }) {
    const name = t("figures.on_page", { id, page });
    const image = h("img", { alt: "", decoding: "async" });
    const address = `#/figures/${encodeURIComponent(task)}/${id}`;
    return { id, image, item: h("li", {}, h("a", { href: address, "data-figure": id, "aria-label": name, title: name }, image)) };
  }

  function mark(id) {
    chosen = id;
    for (const each of list.querySelectorAll("a")) {
      if (each.dataset.figure === id) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
    }
  }

  return {
    task,
    element,
    mark,
    unmount() {
      ending.abort();
      urls.forEach((url) => URL.revokeObjectURL(url));
    },
  };
}
