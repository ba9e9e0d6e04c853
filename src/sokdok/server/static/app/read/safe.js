// HTML that the server wrote of a document, as elements of this page: built anew from what is allowed, never inserted.

import { h } from "../dom.js";

const KEPT = new Set(
  "p h1 h2 h3 h4 h5 h6 ul ol li img table thead tbody tfoot tr td th caption div span b i sub sup br code pre figure figcaption a".split(" "),
);
// Formulas: MathML, which the browser draws; of attributes only how large, how far apart and how aligned.
const MATH = new Set(
  "math semantics annotation menclose mfrac mi mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover".split(" "),
);
const MATH_ATTRIBUTES = new Set(
  "accent accentunder columnalign columnlines columnspacing depth display displaystyle fence form height largeop linethickness lspace mathvariant maxsize minsize movablelimits notation rowlines rowspacing rspace scriptlevel separator stretchy symmetric voffset width".split(" "),
);
const MATH_NAMESPACE = "http://www.w3.org/1998/Math/MathML";
const MATH_VALUE = /^[\w .%+-]{1,60}$/;
const CLASSES = new Set(["table", "formula", "caption", "furniture", "unsure", "note"]);
const NUMBERS = { td: ["colspan", "rowspan"], th: ["colspan", "rowspan"], li: ["value"] };
const SCHEMES = new Set(["http:", "https:", "mailto:"]);
const PICTURE = /^data:image\/(?:png|jpeg|webp);base64,[A-Za-z0-9+/=]*$/; // nothing is fetched from anywhere
const HEADING = /^h([1-6])$/;
const DEEPEST = 60;

/** The body of a document as an inert tree: nothing in it loads or runs. */
export function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

/** A copy of an element, and of what it holds, with allowed tags and attributes only; its text stays in any case. */
export function copied(node, depth = 0) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
  if (node.nodeType !== Node.ELEMENT_NODE || depth > DEEPEST) return document.createTextNode("");
  const tag = node.localName;
  if (tag === "script" || tag === "style") return document.createTextNode("");
  const children = [...node.childNodes].map((child) => copied(child, depth + 1));
  if (node.namespaceURI === MATH_NAMESPACE && MATH.has(tag)) return mathOf(node, tag, children);
  if (!KEPT.has(tag) || (tag === "img" && !PICTURE.test(node.getAttribute("src") ?? ""))) {
    const bare = document.createDocumentFragment();
    bare.append(...children);
    return bare;
  }
  return h(tag.replace(HEADING, lower), attributesOf(node, tag), ...children);
}

function mathOf(node, tag, children) {
  const element = document.createElementNS(MATH_NAMESPACE, tag);
  for (const { name, value } of node.attributes) {
    if (MATH_ATTRIBUTES.has(name) && MATH_VALUE.test(value)) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** A document's first heading stands below the page's own. */
function lower(tag) {
  return `h${Math.min(Number(tag[1]) + 1, 6)}`;
}

function attributesOf(node, tag) {
  const kept = {};
  const classes = [...node.classList].filter((name) => CLASSES.has(name));
  const heading = HEADING.exec(tag);
  if (heading) classes.push(`level-${heading[1]}`);
  if (classes.length) kept.class = classes.join(" ");
  for (const name of NUMBERS[tag] ?? []) {
    const value = node.getAttribute(name);
    if (/^\d{1,4}$/.test(value ?? "")) kept[name] = value;
  }
  if (tag === "img") Object.assign(kept, { src: node.getAttribute("src"), alt: node.getAttribute("alt") ?? "" });
  if (tag === "a" && leadsOut(node.getAttribute("href"))) {
    Object.assign(kept, { href: node.getAttribute("href"), target: "_blank", rel: "noopener noreferrer" });
  }
  return kept;
}

function leadsOut(href) {
  try {
    return SCHEMES.has(new URL(href ?? "").protocol);
  } catch {
    return false;
  }
}
