// One document: its pages as pictures, and what was read of them.

import { h, fill, icon, set } from "../dom.js";
import { t } from "../i18n.js";
import { announce } from "../announce.js";
import { reasonOf } from "../reasons.js";
import { tabs } from "../ui/tabs.js";
import { downloads } from "./downloads.js";
import { linkFigures } from "./figures.js";
import { follow } from "./follow.js";
import { reading } from "./reading.js";
import { evidence, frame, jsonOf, markdownOf, source } from "./panels.js";
import { found } from "./found.js";
import { sheet } from "./sheet.js";
import { keys } from "./keys.js";
import { strip } from "./strip.js";
import { stateOf } from "./says.js";
import { cancel, hasEnded } from "./tasks.js";
import { text } from "../api.js";

const NARROW = matchMedia("(max-width: 800px)");
const LEAST_CAME = 3; // pages by which the rest is judged
const SAID_MS = 4000; // between two lines that say how far it is
const PIXELS = /\.(pdf|png|jpe?g|tiff?|webp|bmp|gif)$/i; // files whose pages have a picture before they are read
const [LEFT, RIGHT, BACK] = ["M15 5l-7 7 7 7", "M9 5l7 7-7 7", "M19 12H5m0 0l6-6m-6 6l6 6"];

/** A task's document; `turn(number)` puts another page into the address. Gives `{ element, go(number), unmount() }`. */
export function viewer(id, turn) {
  const path = `/v1/tasks/${encodeURIComponent(id)}`;
  const pagePath = (number) => `${path}/pages/${number}`;
  let here = null;
  let drawn = ""; // the page that stands there, and how it was when it was drawn
  let missing = false; // no picture
  let said = -Infinity;
  let goes = false; // it was seen before it ended
  let begun = null; // since when pages are counted, and how many were read then

  const left = sheet({
    onlight: (index) => shown.light(index),
    onpick: (index) => shown.pick(index),
    onmissing: (is) => {
      missing = is;
      arrange();
    },
  });
  const shown = reading({
    onlight: (index, scroll) => left.light(index, scroll),
    onword: (box) => left.word(box),
    onmend() {
      for (const panel of Object.values(panels)) panel.forget();
      drawn = `${here} mended`;
      draw();
    },
  });
  const markdown = source(markdownOf, "md");
  const html = frame((page) => text(`${page}?form=html`));
  const json = source(jsonOf, "json");
  const whole = frame((document) => text(`${document}/result?form=html`), "whole");
  const panels = { md: markdown, html, json, whole };
  const choice = tabs(
    "tab",
    t("read.tabs"),
    [
      { id: "page", label: t("read.tab.page"), panel: left.element, aside: () => !NARROW.matches },
      { id: "read", label: t("read.tab.read"), panel: shown.element },
      { id: "md", label: t("read.tab.md"), panel: markdown.element },
      { id: "html", label: t("read.tab.html"), panel: html.element },
      { id: "json", label: t("read.tab.json"), panel: json.element },
      { id: "whole", label: t("read.tab.whole"), panel: whole.element },
    ],
    "read",
    showPanel,
  );
  const title = h("h1", { class: "viewer-title", tabindex: "-1" });
  const state = h("p", { class: "viewer-state" });
  const actions = h("div", { class: "row viewer-actions" });
  const pages = strip(turn);
  const looking = found(path, (number, boxes) => {
    if (number !== here) turn(number);
    left.mark(number, boxes);
  });
  const before = h("button", { class: "round", type: "button", "aria-label": t("read.previous"), onclick: () => step(-1) }, icon(LEFT));
  const after = h("button", { class: "round", type: "button", "aria-label": t("read.next"), onclick: () => step(1) }, icon(RIGHT));
  const rests = h("p", { class: "evidence" });
  const notice = h("p", { class: "notice viewer-notice", role: "alert", hidden: true });
  const back = h("a", { class: "back", href: "#/read" }, icon(BACK), t("read.documents"));
  const progress = h("progress", { "aria-label": t("read.progress"), hidden: true });
  const panes = h("div", { class: "panes" }, left.element, h("div", { class: "results" }, choice.panels.slice(1)));
  const element = h(
    "article",
    { class: "viewer" },
    h("header", { class: "viewer-head" }, back, h("div", { class: "viewer-name" }, title, state), actions),
    progress,
    notice,
    h("div", { class: "viewer-bar" }, h("div", { class: "pager" }, before, pages.element, after), looking.element, choice.bar),
    panes,
    rests,
  );
  const followed = follow(id, draw);

  function step(by) {
    const at = followed.numbers.indexOf(here) + by;
    if (!(at in followed.numbers)) return;
    turn(followed.numbers[at]);
    announce(t(`read.page_is.${stateOfPage(here)}`, { number: here }));
  }

  function stateOfPage(number) {
    return followed.pages.get(number) ?? (followed.whole ? "left" : "waiting");
  }

  function draw() {
    const { task, numbers, error } = followed;
    if (error) {
      notice.textContent = `${error.title} ${error.status === 404 ? t("read.gone") : error.message}`;
      notice.hidden = false;
    }
    if (!task) return;
    const ended = hasEnded(task);
    here = numbers.includes(here) ? here : numbers[0];
    title.textContent = task.file;
    state.textContent = [stateOf(task), ended ? "" : leftOf(task)].filter(Boolean).join(" · ");
    progress.hidden = ended;
    set(progress, { max: task.pages, value: task.pages_read });
    if (!error) {
      const { text: reason, lang } = reasonOf(task.why, task.reason);
      fill(notice, task.reason && !ended && h("span", {}, t("read.held"), " "), task.reason && h("span", { lang }, reason));
      notice.hidden = !task.reason;
    }
    drawActions(task, ended);
    pages.draw(numbers, followed.pages, here, followed.whole, ended ? null : numbers.find((each) => !followed.pages.has(each)));
    set(before, { "aria-disabled": here === numbers[0] ? "true" : null }); // one that is disabled would lose the focus
    set(after, { "aria-disabled": here === numbers.at(-1) ? "true" : null });
    say(task, ended);
    if (ended) showPanel(choice.chosen());
    drawPage(task);
  }

  /** About how long the rest takes, by the pages that came since this was opened. */
  function leftOf(task) {
    begun ??= { at: performance.now(), read: task.pages_read };
    const came = task.pages_read - begun.read;
    if (came < LEAST_CAME) return "";
    const seconds = ((performance.now() - begun.at) / 1000 / came) * (task.pages - task.pages_read);
    return seconds < 60 ? t("read.left_seconds", { count: Math.ceil(seconds) }) : t("read.left_minutes", { count: Math.ceil(seconds / 60) });
  }

  function drawActions(task, ended) {
    const shown = ended ? task.status : "running";
    if (actions.dataset.shown === shown) return;
    actions.dataset.shown = shown;
    const stop = h("button", { class: "quiet", type: "button", id: "cancel" }, t("read.cancel"));
    stop.addEventListener("click", () => {
      stop.setAttribute("aria-disabled", "true");
      cancel(id).catch((error) => announce(error.title, { urgent: true }));
    });
    const held = actions.contains(document.activeElement);
    fill(actions, !ended && stop, task.status === "done" && downloads(task));
    if (held) (actions.querySelector("summary") ?? title).focus();
  }

  function say(task, ended) {
    const now = performance.now();
    if (ended ? !goes : now - said < SAID_MS) return; // one that was opened when it had ended says nothing
    goes = !ended;
    said = now;
    announce(`${task.file}: ${stateOf(task)}`);
  }

  async function drawPage(task) {
    const of = stateOfPage(here);
    const wanted = `${here} ${of}`;
    if (drawn === wanted) return;
    const turned = drawn.split(" ")[0] !== String(here);
    drawn = wanted;
    if (turned) {
      // What has the focus within the page goes with it, and outside of the document no key turns pages.
      if (panes.contains(document.activeElement)) title.focus({ preventScroll: true });
      missing = !PIXELS.test(task.file);
      arrange();
      if (!missing) void left.show(pagePath(here), here);
    }
    const there = of === "read" || of === "failed";
    showPanel(choice.chosen());
    rests.textContent = "";
    if (!there) {
      shown.wait(of === "left" ? t("read.left") : t("read.not_yet"), of === "waiting");
      return;
    }
    const read = await shown.show(pagePath(here), () => drawn === wanted);
    if (!read) return;
    if (missing && read.page.width) {
      missing = false;
      arrange();
      void left.show(pagePath(here), here);
    }
    left.page(read.page, read.blocks);
    linkFigures(id, read.page, read.blocks).catch(() => {}); // the page stands without
    rests.textContent = read.page.status === "FAILURE" ? "" : evidence(read.page);
  }

  function showPanel(id) {
    if (!followed.task || !(id in panels)) return;
    if (id === "whole") void whole.show(followed.task.status === "done" ? path : null);
    else void panels[id].show(followed.pages.has(here) ? pagePath(here) : null);
  }

  function arrange() {
    panes.classList.toggle("no-sheet", missing);
    choice.refresh();
  }

  element.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, [role=tablist], .menu")) return;
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else if (event.key === "?") keys();
    else if (event.key === "+" || event.key === "-") left.zoom(event.key === "+" ? 1 : -1);
    else if (event.key === "/") looking.focus();
    else if (event.key === "e") shown.edit();
    else if (event.key === "j") shown.move(1);
    else if (event.key === "k") shown.move(-1);
    else return;
    event.preventDefault();
  });
  NARROW.addEventListener("change", arrange);

  return {
    element,
    focus: () => title.focus({ preventScroll: true }),
    go(number) {
      here = number;
      draw();
    },
    unmount() {
      NARROW.removeEventListener("change", arrange);
      followed.stop();
      looking.unmount();
      left.unmount();
    },
  };
}
