// Read: files in, documents out. Without a document that is looked at, the field for files and the list have all the room.

import { h, fill } from "../dom.js";
import { bytes, t } from "../i18n.js";
import { go } from "../router.js";
import { json } from "../api.js";
import { announce } from "../announce.js";
import { dropZone } from "../ui/drop.js";
import { examples } from "./examples.js";
import { list } from "./list.js";
import { add } from "./tasks.js";
import { viewer } from "./viewer.js";

export function mount(root, rest) {
  let id = null;
  let open = null;
  let zone = null;
  const documents = list(() => id);
  const limits = h("p", { class: "limits" });
  const tries = h("div", { class: "tries" });
  const side = h("aside", { class: "side" });
  const stage = h("div", { class: "stage" });
  const ending = new AbortController();

  const take = (files) => {
    announce(t("read.taken", { count: files.length }));
    add(files, (task) => {
      if (!ending.signal.aborted) go("read", [task.id]);
    });
  };

  function update([wanted = null, page]) {
    if (wanted !== id || zone === null) {
      id = wanted;
      arrange();
    }
    open?.go(Number(page) || null);
    documents.draw();
  }

  function arrange() {
    const first = zone === null;
    open?.unmount();
    zone?.unmount();
    open = id === null ? null : viewer(id, (number) => go("read", [id, number], { replace: true }));
    zone = dropZone({ take, hint: t("read.hint"), small: open !== null });
    root.classList.toggle("open", open !== null);
    if (open) {
      fill(side, zone.element, documents.element);
      fill(stage, open.element);
      fill(root, side, stage);
    } else fill(root, h("div", { class: "home" }, zone.element, limits, tries, documents.element));
    // What had the focus is gone. In a document the keys work that turn its pages.
    if (!first && document.activeElement === document.body) (open ?? { focus: () => document.getElementById("main").focus() }).focus();
  }

  async function capabilities() {
    const able = await json("/v1/capabilities", { signal: ending.signal });
    const { body_bytes: size, file_pages: count, kept_hours: hours } = able.limits;
    limits.textContent = t("read.limits", { size: bytes(size), count, hours });
    if (able.demo) fill(tries, examples(take));
  }

  capabilities().catch(() => {}); // the list says what is wrong
  update(rest);
  return {
    update,
    unmount() {
      ending.abort();
      open?.unmount();
      zone.unmount();
      documents.unmount();
    },
  };
}
