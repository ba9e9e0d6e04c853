// What is around every view: navigation, and the switches for language, colours and the key.

import { h, fill, icon } from "./dom.js";
import { NAMES, choose, current, t } from "./i18n.js";
import { APART, FIRST, VIEWS } from "./views.js";
import { place } from "./router.js";
import { askKey, forgetKey, hasKey, onKey } from "./key.js";
import * as theme from "./theme.js";

const KEY = "M14.5 9.5a4.5 4.5 0 1 0-4.2 4.5l1.7-1.7 1.5.2.3 1.5 1.5.3.3 1.5 1.9 1.9h2.5v-2.5l-5.6-5.6M9 8.5h.01";

/** Build the header; `changed` is called when everything is to be shown in another language. */
export function header(changed) {
  const skip = document.getElementById("skip");
  skip.onclick = (event) => {
    event.preventDefault(); // the address says where one is, and stays
    document.getElementById("main").focus();
  };
  const draw = () => {
    skip.textContent = t("shell.skip");
    navigation();
    switches(async (language) => {
      await choose(language);
      draw();
      document.getElementById("language").focus();
      changed();
    });
  };
  draw();
  onKey(draw);
}

function navigation() {
  const views = document.getElementById("views");
  const here = place().name;
  views.setAttribute("aria-label", t("shell.views"));
  fill(
    views,
    Object.keys(VIEWS).filter((name) => !APART.has(name)).map((name) =>
      h(
        "a",
        { href: `#/${name}`, "data-view": name, "aria-current": name === here ? "page" : null },
        t(`${name}.title`),
      ),
    ),
  );
  document.querySelector(".brand").href = `#/${FIRST}`;
}

function switches(useLanguage) {
  const other = Object.keys(NAMES).find((each) => each !== current());
  fill(
    document.getElementById("switches"),
    hasKey() &&
      h(
        "button",
        { class: "round", type: "button", id: "change-key", title: t("key.change"), "aria-label": t("key.change"), onclick: changeKey },
        icon(KEY),
      ),
    h(
      "button",
      { class: "quiet", type: "button", id: "language", lang: other, onclick: () => useLanguage(other) },
      NAMES[other],
    ),
    theme.button(),
  );
}

async function changeKey() {
  forgetKey(); // and with it the button
  await askKey();
  (document.getElementById("change-key") ?? document.getElementById("main")).focus();
}
