// What reads back beside what was written, with the characters marked that are not the same.

import { h } from "../dom.js";
import { t } from "../i18n.js";

const LONGEST = 400; // characters of a line that are compared one by one
const MOST = 30; // lines that are shown

/** The differences of an answer's `read_back`. */
export function differences(found) {
  const rows = found.slice(0, MOST).map(({ line, expected, read }) => {
    const [left, right] = marked([...(expected ?? "")], [...(read ?? "")]);
    return h(
      "li",
      { class: "difference" },
      h("span", { class: "difference-line" }, t("compress.line", { number: line })),
      h("del", {}, h("span", { class: "hidden" }, `${t("compress.written")}: `), left),
      h("ins", {}, h("span", { class: "hidden" }, `${t("compress.read")}: `), right),
    );
  });
  const left = found.length - rows.length;
  return h(
    "ol",
    { class: "differences" },
    rows,
    left > 0 ? h("li", { class: "soft" }, t("compress.more_lines", { count: left })) : null,
  );
}

/** Two lines as text and marks: what the other one lacks is marked. */
export function marked(one, other) {
  const kept = common(one, other);
  return [pieces(one, new Set(kept.map(([at]) => at))), pieces(other, new Set(kept.map(([, at]) => at)))];
}

function pieces(characters, same) {
  const parts = [];
  let text = "";
  let kept = true;
  const end = () => {
    if (text) parts.push(kept ? text : h("mark", {}, text));
    text = "";
  };
  characters.forEach((character, at) => {
    if (same.has(at) !== kept) end();
    kept = same.has(at);
    text += character;
  });
  end();
  return parts;
}

/** Places of a longest common subsequence; of long lines only what both begin and end with. */
function common(one, other) {
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  const found = Array.from({ length: start }, (_, at) => [at, at]);
  const [left, right] = [one.slice(start, one.length - end), other.slice(start, other.length - end)];
  if (Math.max(left.length, right.length) <= LONGEST) {
    for (const [a, b] of subsequence(left, right)) found.push([start + a, start + b]);
  }
  for (let at = end; at > 0; at -= 1) found.push([one.length - at, other.length - at]);
  return found;
}

function subsequence(one, other) {
  const width = other.length + 1;
  const lengths = new Uint16Array((one.length + 1) * width); // of the rest behind each pair of places
  for (let a = one.length - 1; a >= 0; a -= 1) {
    for (let b = other.length - 1; b >= 0; b -= 1) {
      lengths[a * width + b] =
        one[a] === other[b]
          ? lengths[(a + 1) * width + b + 1] + 1
          : Math.max(lengths[(a + 1) * width + b], lengths[a * width + b + 1]);
    }
  }
  const found = [];
  for (let a = 0, b = 0; a < one.length && b < other.length; ) {
    if (one[a] === other[b]) found.push([a++, b++]);
    else if (lengths[(a + 1) * width + b] >= lengths[a * width + b + 1]) a += 1;
    else b += 1;
  }
  return found;
}
