// The picture of a page, with a box over each block.

import { ApiError, blob } from "../api.js";
import { h, fill, set } from "../dom.js";
import { t } from "../i18n.js";
import { kindName } from "./blocks.js";

const WIDTHS = [480, 960, 1440, 1920]; // that the server draws
const NONE = new Set([404, 422]); // statuses of a page that has no picture, or none that can be drawn
const ZOOMS = [1, 1.5, 2, 3];
const STEP = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

/**
 * The pane of a page's picture; `onlight(index|null)` is told which box is pointed at, `onpick(index)` which is chosen.
 * Gives `{ element, show(path, number), page(page, shown), light(index), word(box|null), mark(number, boxes), zoom(by),
 * unmount() }`; `mark` shows places of a page as soon as it is there.
 */
export function sheet({ onlight, onpick, onmissing }) {
  const picture = h("img", { alt: "", decoding: "async" });
  const boxes = h("div", { class: "boxes" });
  const paper = h("div", { class: "paper loading" }, picture, boxes);
  const zooms = [1, -1].map((by) =>
    h("button", { type: "button", class: "round", "aria-label": t(by > 0 ? "read.larger" : "read.smaller"), onclick: () => zoom(by) }, by > 0 ? "+" : "−"),
  );
  const element = h("div", { class: "sheet" }, h("div", { class: "zoom" }, zooms), h("div", { class: "sheet-scroll", tabindex: "-1" }, paper));
  let buttons = new Map(); // index of the block → button
  let size = [1, 1];
  let url = "";
  let wordBox = null;
  let factor = 0; // of ZOOMS
  let shownPage = null;
  let marked = { number: null, boxes: [] };
  let ending = new AbortController();

  function place(target, [left, top, right, bottom]) {
    const [width, height] = size;
    set(target, {
      style: {
        left: `${(100 * left) / width}%`,
        top: `${(100 * top) / height}%`,
        width: `${(100 * (right - left)) / width}%`,
        height: `${(100 * (bottom - top)) / height}%`,
      },
    });
  }

  function zoom(by) {
    factor = Math.min(Math.max(factor + by, 0), ZOOMS.length - 1);
    set(paper, { style: { width: `${100 * ZOOMS[factor]}%` } });
    if (shownPage) void draw(...shownPage); // with as many pixels
  }

  function drawMarks() {
    boxes.querySelectorAll(".found-box").forEach((each) => each.remove());
    if (marked.number !== shownPage?.[1] || !size[0]) return;
    const spans = marked.boxes.map((box) => {
      const span = h("span", { class: "word-box found-box" });
      place(span, box);
      return span;
    });
    boxes.append(...spans);
    spans[0]?.scrollIntoView({ block: "nearest" });
  }

  async function show(path, number) {
    shownPage = [path, number];
    fill(boxes);
    buttons = new Map();
    paper.classList.add("loading");
    picture.removeAttribute("src");
    await draw(path, number);
  }

  async function draw(path, number) {
    ending.abort();
    ending = new AbortController();
    const signal = ending.signal;
    picture.alt = t("read.page", { number });
    try {
      const wanted = (element.clientWidth || 600) * ZOOMS[factor] * (window.devicePixelRatio || 1);
      const width = WIDTHS.find((each) => each >= wanted) ?? WIDTHS.at(-1);
      const data = await blob(`${path}/picture?width=${width}`, { signal });
      if (signal.aborted) return;
      if (url) URL.revokeObjectURL(url);
      url = URL.createObjectURL(data);
      picture.src = url;
      await picture.decode().catch(() => {});
      if (!signal.aborted) {
        paper.classList.remove("loading");
        onmissing(false);
      }
    } catch (error) {
      if (!signal.aborted) onmissing(error instanceof ApiError && NONE.has(error.status));
      if (!signal.aborted && !(error instanceof ApiError)) throw error;
    }
  }

  function page(data, shown) {
    size = [data.width || 1, data.height || 1];
    set(paper, { style: { "aspect-ratio": `${size[0]} / ${size[1]}` } });
    buttons = new Map();
    wordBox = null;
    shown.forEach(({ block }, index) => {
      if (!block.box) return;
      const label = t("read.box", { kind: kindName(block.kind), number: index + 1 });
      const button = h("button", {
        type: "button",
        class: `box box-${block.kind}`,
        "aria-label": label,
        title: label,
        tabindex: buttons.size ? "-1" : "0",
        onpointerenter: () => onlight(index),
        onpointerleave: () => onlight(null),
        onfocus: () => onlight(index),
        onblur: () => onlight(null),
        onclick: () => onpick(index),
      });
      place(button, block.box);
      buttons.set(index, button);
    });
    fill(boxes, ...buttons.values());
    drawMarks();
  }

  boxes.addEventListener("keydown", (event) => {
    const step = STEP[event.key];
    const order = [...buttons.values()];
    const at = order.indexOf(document.activeElement);
    if (step === undefined || at < 0) return;
    event.preventDefault();
    event.stopPropagation(); // arrows outside of the boxes turn pages
    const next = order[Math.min(Math.max(at + step, 0), order.length - 1)];
    order.forEach((each) => set(each, { tabindex: each === next ? "0" : "-1" }));
    next.focus();
  });

  return {
    element,
    show,
    page,
    zoom,
    mark(number, places) {
      marked = { number, boxes: places };
      drawMarks();
    },
    light(index, scroll = false) {
      for (const [each, button] of buttons) button.classList.toggle("lit", each === index);
      if (scroll) buttons.get(index)?.scrollIntoView({ block: "nearest" });
    },
    word(box) {
      wordBox?.remove();
      wordBox = box ? h("span", { class: "word-box" }) : null;
      if (!wordBox) return;
      place(wordBox, box);
      boxes.append(wordBox);
      wordBox.scrollIntoView({ block: "nearest" });
    },
    unmount() {
      ending.abort();
      if (url) URL.revokeObjectURL(url);
    },
  };
}
