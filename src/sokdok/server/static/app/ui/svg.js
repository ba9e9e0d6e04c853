// Drawings: SVG elements as `h` makes those of HTML.

import { set } from "../dom.js";

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element: `svg("line", { x1: 0, y1: 0, x2: 9, y2: 9, class: "lit" })`. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}
