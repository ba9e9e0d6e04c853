// The whole document in every form there is.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { announce } from "../announce.js";
import { save } from "../ui/save.js";

const FORMS = ["md", "html", "txt", "json", "words", "docx", "xlsx", "pdf", "hocr"]; // words: JSON with every word's box

/** The menu of a task's downloads. */
export function downloads(task) {
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const menu = h("details", { class: "menu" });
  const close = () => {
    const held = menu.contains(document.activeElement);
    menu.open = false;
    if (held) menu.querySelector("summary").focus();
  };
  const stem = task.file.replace(/\.[^.]*$/, "") || task.file;
  const rows = FORMS.map((form) => {
    const query = form === "words" ? "form=json&words=true" : `form=${form}`;
    const name = form === "words" ? `${stem}.words.json` : `${stem}.${form}`;
    const get = async () => {
      problem.hidden = true;
      try {
        await save(`/v1/tasks/${encodeURIComponent(task.id)}/result?${query}`, name);
        close();
        announce(t("read.saved", { name }));
      } catch (error) {
        problem.textContent = error.message;
        problem.hidden = false;
      }
    };
    return h("button", { type: "button", "data-form": form, onclick: get }, t(`read.form.${form}`));
  });
  menu.append(h("summary", { class: "quiet" }, t("read.download")), h("div", { class: "menu-body" }, ...rows, problem));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    close();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget !== null && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  return menu;
}
