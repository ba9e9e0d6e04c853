// A picture with the lines of a drawing over it, any of which can be lit.

import { h, fill } from "../dom.js";
import { picture } from "../ui/picture.js";
import { svg } from "../ui/svg.js";

/** Gives `{ element, light(statement|null) }`; coordinates are pixels of the picture, which has `size`. */
export function overlay(url, alt, [width, height]) {
  const lines = svg("svg", { class: "overlay", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const element = h("div", { class: "figure-picture" }, picture(url, alt, { width, height }), lines);
  const thick = Math.max(width, height) / 130;
  return {
    element,
    light(statement) {
      element.classList.toggle("dim", statement !== null);
      if (statement === null) {
        fill(lines);
        return;
      }
      const drawn = [
        ...(statement.lines ?? []).map(([x1, y1, x2, y2]) => svg("line", { x1, y1, x2, y2 })),
        ...(statement.circles ?? []).map(([cx, cy, r]) => svg("circle", { cx, cy, r, class: "round-line" })),
        ...(statement.points ?? []).map(([cx, cy]) => svg("circle", { cx, cy, r: thick * 1.3, class: "point" })),
      ];
      drawn.forEach((each) => each.style.setProperty("stroke-width", thick));
      fill(lines, ...drawn);
    },
  };
}
