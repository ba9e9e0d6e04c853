// Pictures that an answer holds as data URLs.

import { h } from "../dom.js";

const PICTURE = /^data:image\/(png|jpeg|webp|svg\+xml)[;,]/;

/** An `img` of a data URL, with what it shows in words; null for anything else. */
export function picture(url, alt, attributes = {}) {
  return typeof url === "string" && PICTURE.test(url) ? h("img", { ...attributes, src: url, alt, decoding: "async" }) : null;
}
