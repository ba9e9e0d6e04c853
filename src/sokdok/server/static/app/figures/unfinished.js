// Whether a SMARTS pattern that is being typed lacks something yet, so that nobody is asked about half of one.

const TOKEN = /\[|\]|\(|\)|%\(\d+\)|%\d\d|%.?|\d|[-=#$:/\\~@!&,;.]|[^[\]]/g;
const NEEDS_MORE = /^(?:[-=#$:/\\~@!&,;.]|%\D?)$/;

/** What is missing: "bracket", "ring" (its second number) or "atom" (behind a bond); null where nothing is. */
export function unfinished(pattern) {
  const rings = new Set();
  let [squares, rounds, last] = [0, 0, ""];
  for (const [token] of pattern.trim().matchAll(TOKEN)) {
    if (token === "[") squares += 1;
    else if (token === "]") squares -= 1;
    else if (squares) continue; // numbers and signs within square brackets are an atom's own
    else if (token === "(") rounds += 1;
    else if (token === ")") rounds -= 1;
    else if (/^%?\(?\d+\)?$/.test(token)) rings.delete(number(token)) || rings.add(number(token));
    last = token;
  }
  if (squares > 0 || rounds > 0) return "bracket";
  if (NEEDS_MORE.test(last)) return "atom";
  return rings.size ? "ring" : null;
}

function number(token) {
  return Number(token.replace(/\D/g, ""));
}
