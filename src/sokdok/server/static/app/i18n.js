// Texts in the browser's language, or in the one that was chosen.

const LANGUAGES = ["ko", "en"];
const STORED = "sokdok.language";
const ROOT = new URL("../texts/", import.meta.url);

let language = "en";
let texts = {};
let plural = new Intl.PluralRules(language);

/** Languages there are, and what each calls itself. */
export const NAMES = { ko: "한국어", en: "English" };

/** Load the texts; call before anything is shown. */
export async function start() {
  const stored = localStorage.getItem(STORED);
  const wanted = [stored, ...navigator.languages].map((each) => (each ?? "").slice(0, 2).toLowerCase());
  await use(wanted.find((each) => LANGUAGES.includes(each)) ?? "en");
}

/** Change the language, for the next time too. */
export async function choose(next) {
  localStorage.setItem(STORED, next);
  await use(next);
}

async function use(next) {
  const answer = await fetch(new URL(`${next}.json`, ROOT));
  texts = await answer.json();
  language = next;
  plural = new Intl.PluralRules(next);
  document.documentElement.lang = next;
}

/** The language in use: ko or en. */
export function current() {
  return language;
}

/** Whether there is a text of a name. */
export function has(name) {
  return found(name) !== undefined;
}

function found(name) {
  return name.split(".").reduce((within, part) => within?.[part], texts);
}

/**
 * The text of a name, `t("read.pages", { count: 3 })`: `{count}` is filled in, and a text that is an object has a form
 * for each plural of `count`.
 */
export function t(name, values = {}) {
  let text = found(name);
  if (text !== null && typeof text === "object") text = text[plural.select(values.count ?? 0)] ?? text.other;
  if (typeof text !== "string") return name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? shown(values[key]) : whole));
}

function shown(value) {
  return typeof value === "number" ? number(value) : String(value);
}

/** A number as people of the language write it. */
export function number(value, options = {}) {
  return new Intl.NumberFormat(language, options).format(value);
}

/** A share of 0 to 1 in per cent. */
export function percent(value, digits = 0) {
  return number(value, { style: "percent", maximumFractionDigits: digits });
}

/** Bytes in a unit that is easy to read; a unit is 1,024 of the one before, as limits are set. */
export function bytes(value) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = Math.min(Math.floor(Math.log2(Math.max(value, 1)) / 10), units.length - 1);
  return number(value / 1024 ** step, { style: "unit", unit: units[step], maximumFractionDigits: step > 1 ? 1 : 0 });
}

/** A time of the server (seconds since 1970). */
export function time(seconds) {
  const options = { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" };
  return new Intl.DateTimeFormat(language, options).format(seconds * 1000);
}
