// Why something can't be done, in the language of the page: the server gives a reason its name (`why`), the page has a
// text for each. A reason without a name stays as the server says it.

import { current, has, t } from "./i18n.js";

/** What to say: `{ text, lang }`; `lang` is null where that is the page's language. */
export function reasonOf(why, said) {
  const name = `reasons.${why?.code}`;
  if (!why || !has(name)) return { text: said, lang: current() === "en" ? null : "en" };
  const values = Object.entries(why.values).map(([key, value]) => [key, typeof value === "string" ? value : reasonOf(value, "").text]);
  return { text: t(name, Object.fromEntries(values)), lang: null };
}
