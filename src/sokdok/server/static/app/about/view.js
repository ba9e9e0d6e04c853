// About: who reads here, how well that was measured, what may be asked, and how much waits.

import { json, text } from "../api.js";
import { h, fill } from "../dom.js";
import { bytes, current, number, t } from "../i18n.js";
import { complain, figure } from "../ui/parts.js";

const LOOK_MS = 2000;
const MEASURED = new URL("../../measured.json", import.meta.url);
const LIMITS = {
  body_bytes: (value) => bytes(value),
  file_pages: (value) => number(value),
  picture_pixels: (value) => t("about.megapixels", { count: Math.round(value / 1e6) }),
  file_seconds: seconds,
  job_seconds: seconds,
  wait_seconds: seconds,
  queue_pages: (value) => number(value),
  key_pages: (value) => number(value),
  kept_hours: (value) => t("about.hours", { count: value }),
  kept_bytes: (value) => bytes(value),
};

export function mount(root) {
  const ending = new AbortController();
  const { signal } = ending;
  const reader = h("section", { "aria-label": t("about.reader") });
  const queue = h("dl", { class: "figures-row" });
  const measured = h("section", {});
  const limits = h("section", {});
  let timer = 0;
  fill(
    root,
    h(
      "div",
      { class: "about" },
      h("h1", {}, t("about.head")),
      h("p", { class: "soft" }, t("about.what")),
      reader,
      h("section", {}, h("h2", {}, t("about.queue")), queue),
      measured,
      limits,
      h("p", { class: "soft" }, h("a", { href: "#/api" }, t("about.api"))),
    ),
  );
  void tell();
  void watch();

  async function tell() {
    try {
      const [able, { version }] = await Promise.all([json("/v1/capabilities", { signal }), json("/version", { signal })]);
      fill(
        reader,
        h("dl", { class: "figures-row" }, figure(able.reader, t("about.reader"), { strong: true }), figure(version, t("about.version"))),
        h("p", { class: "soft" }, t("about.fetches_not")),
      );
      fill(limits, h("h2", {}, t("about.limits")), limitsTable(able.limits));
      if (able.reader.startsWith("nano")) fill(measured, measuredTable(await (await fetch(MEASURED, { signal })).json()));
    } catch (error) {
      complain(reader, error);
    }
  }

  /** Look at the queue now and then, while somebody looks at it. */
  async function watch() {
    try {
      if (!document.hidden) showQueue(readings(await text("/metrics", { signal })));
    } catch (error) {
      complain(queue, error);
    }
    if (!signal.aborted) timer = setTimeout(watch, LOOK_MS);
  }

  function showQueue(found) {
    const ready = found.get("sokdok_ready") === 1;
    const pages = found.get('sokdok_pages_total{status="read"}') ?? 0;
    fill(
      queue,
      figure(t(ready ? "about.ready" : "about.not_ready"), t("about.state"), { strong: ready }),
      figure(number(found.get("sokdok_queue_pages") ?? 0), t("about.waiting")),
      figure(number(pages), t("about.read")),
      figure(number(found.get('sokdok_pages_total{status="failed"}') ?? 0), t("about.failed")),
      pages > 0 ? figure(seconds(found.get("sokdok_page_seconds") ?? 0), t("about.pace")) : null,
    );
  }

  return {
    update() {},
    unmount() {
      ending.abort();
      clearTimeout(timer);
    },
  };
}

/** Measures by name, labels included, of Prometheus's format. */
function readings(said) {
  const lines = said.split("\n").filter((line) => line && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

function seconds(value) {
  return number(value, { style: "unit", unit: "second", maximumFractionDigits: value < 10 ? 2 : 0 });
}

function limitsTable(limits) {
  const rows = Object.entries(LIMITS).filter(([name]) => name in limits);
  return h(
    "div",
    { class: "values-scroll" },
    h(
      "table",
      { class: "values" },
      h(
        "tbody",
        {},
        rows.map(([name, shown]) =>
          h("tr", {}, h("th", { scope: "row" }, t(`about.limit.${name}`)), h("td", { class: "number" }, shown(limits[name]))),
        ),
      ),
    ),
  );
}

function measuredTable(found) {
  const korean = current() === "ko";
  const columns = (korean && found.columns_ko) || found.columns;
  const rows = (korean && found.rows_ko) || found.rows;
  return [
    h("h2", {}, t("about.measured")),
    h(
      "div",
      { class: "values-scroll", tabindex: "0", role: "region", "aria-label": t("about.measured") },
      h(
        "table",
        { class: "values" },
        h("thead", {}, h("tr", {}, columns.map((each) => h("th", { scope: "col" }, bold(each))))),
        h("tbody", {}, rows.map((row) => h("tr", {}, row.map((each, at) => h(at ? "td" : "th", at ? {} : { scope: "row" }, bold(each)))))),
      ),
    ),
    h("p", { class: "soft about-note" }, `${found.date} · ${found.commands.join(" · ")}`),
  ];
}

/** Text in which `**…**` is strong. */
function bold(said) {
  return said.split("**").map((part, at) => (at % 2 ? h("strong", {}, part) : part));
}
