// Attention as areas: a square of n × n pairs of text tokens, and within it one of k × k pairs of vision tokens.

import { svg } from "../ui/svg.js";
import { number, t } from "../i18n.js";

const SIDE = 220;
const LEAST = 2; // pixels, so that it can be seen

/** The drawing; `n` text tokens, `k` vision tokens. */
export function squares(n, k) {
  const largest = Math.max(n, k, 1);
  const text = Math.max((SIDE * n) / largest, LEAST);
  const vision = Math.max((SIDE * k) / largest, LEAST);
  const label = t("compress.squares", { text: n * n, vision: k * k });
  return svg(
    "svg",
    { class: "squares", viewBox: `-1 -1 ${SIDE + 2} ${SIDE + 2}`, role: "img", "aria-label": label },
    svg("rect", { class: "square-text", x: 0, y: SIDE - text, width: text, height: text }),
    svg("rect", { class: "square-vision", x: 0, y: SIDE - vision, width: vision, height: vision }),
  );
}

/** Which square is which, and how many pairs each has. */
export function pairs(count) {
  return `${number(count, { notation: count >= 1e7 ? "compact" : "standard" })} ${t("compress.pairs")}`;
}
