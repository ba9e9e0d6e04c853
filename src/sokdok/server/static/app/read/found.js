// A text looked for within the document: where it stands, one place after the other.

import { json } from "../api.js";
import { announce } from "../announce.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";

/** The field; `go(page, boxes)` is told of a place. Gives `{ element, focus(), unmount() }`. */
export function found(path, go) {
  const ending = new AbortController();
  const field = h("input", { type: "search", id: "find", maxlength: 500, placeholder: t("read.find"), "aria-label": t("read.find"), oninput: forget });
  const told = h("span", { class: "soft", role: "status" });
  const element = h("form", { class: "row find", role: "search", onsubmit: next }, field, told);
  let places = null; // of what stands in the field
  let at = -1;

  function forget() {
    places = null;
    at = -1;
    told.textContent = "";
  }

  async function next(event) {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    try {
      places ??= (await json(`${path}/find?text=${encodeURIComponent(text)}`, { signal: ending.signal })).places;
    } catch (error) {
      if (!ending.signal.aborted) announce(error.message, { urgent: true });
      return;
    }
    at = places.length ? (at + 1) % places.length : -1;
    told.textContent = places.length ? `${at + 1}/${places.length}` : t("read.find_none");
    if (places.length) go(places[at].page, places[at].boxes);
  }

  return { element, focus: () => field.focus(), unmount: () => ending.abort() };
}
