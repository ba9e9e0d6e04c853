// Documents and figures to try, where the server is shown to somebody: `sokdok serve --demo`.

import { h } from "../dom.js";
import { current, t } from "../i18n.js";

const FOLDER = new URL("../../examples/", import.meta.url);
const ALL = [
  { name: "report.pdf", kind: "document", type: "application/pdf", title: { en: "A report of two pages", ko: "두 쪽짜리 보고서" } },
  { name: "scan.jpg", kind: "document", type: "image/jpeg", title: { en: "The same, scanned", ko: "같은 보고서의 스캔" } },
  { name: "scan_ko.jpg", kind: "document", type: "image/jpeg", title: { en: "A Korean scan", ko: "한국어 스캔" } },
  { name: "chart.png", kind: "chart", type: "image/png", title: { en: "A bar chart", ko: "막대그래프" } },
  { name: "molecule.png", kind: "molecule", type: "image/png", title: { en: "Caffeine", ko: "카페인" } },
  { name: "geometry.png", kind: "geometry", type: "image/png", title: { en: "A triangle in a triangle", ko: "삼각형 속의 삼각형" } },
];

/** Buttons for the examples of some kinds; `take(files)` gets one that is chosen. */
export function examples(take, kinds = ["document"]) {
  const buttons = ALL.filter((each) => kinds.includes(each.kind)).map(({ name, type, title }) => {
    const get = async () => take([new File([await (await fetch(new URL(name, FOLDER))).blob()], name, { type })]);
    return h("button", { class: "quiet", type: "button", onclick: get }, title[current()]);
  });
  return h("p", { class: "row examples" }, h("span", { class: "soft" }, t("read.try")), ...buttons);
}
