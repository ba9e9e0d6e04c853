// What programs can ask the server: its OpenAPI document, one line an endpoint, each with what it takes.

import { json } from "../api.js";
import { h, fill } from "../dom.js";
import { t } from "../i18n.js";
import { complain } from "../ui/parts.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

export function mount(root) {
  const ending = new AbortController();
  const list = h("div", {});
  fill(
    root,
    h("div", { class: "about api" }, h("h1", {}, t("api.title")), h("p", { class: "soft" }, t("api.what"), " ", h("a", { href: "/openapi.json" }, "/openapi.json")), list),
  );
  json("/openapi.json", { signal: ending.signal }).then(
    (told) => fill(list, grouped(told)),
    (error) => complain(list, error),
  );
  return { update: () => {}, unmount: () => ending.abort() };
}

/** Sections by tag, in the document's order. */
function grouped({ paths, components }) {
  const groups = new Map();
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of METHODS.filter((each) => each in methods)) {
      const tag = methods[method].tags?.at(-1) ?? "";
      groups.set(tag, [...(groups.get(tag) ?? []), endpoint(method, path, methods[method], components.schemas)]);
    }
  }
  return [...groups].map(([tag, rows]) => h("section", { lang: "en" }, h("h2", {}, tag), rows));
}

function endpoint(method, path, about, schemas) {
  const rows = [...(about.parameters ?? []).map((each) => field(each.name, each.schema, each, schemas)), ...bodyOf(about, schemas)];
  return h(
    "details",
    { class: "endpoint" },
    h("summary", {}, h("code", {}, `${method.toUpperCase()} ${path}`), " ", h("span", { class: "soft" }, firstLine(about.description))),
    h("p", { class: "endpoint-text" }, about.description ?? ""),
    rows.length ? h("dl", { class: "endpoint-fields" }, rows.flat()) : null,
    h("pre", { tabindex: "0", "aria-label": t("api.example") }, h("code", {}, example(method, path, about))),
  );
}

function firstLine(text) {
  return (text ?? "").split("\n")[0];
}

function bodyOf(about, schemas) {
  const [content] = Object.values(about.requestBody?.content ?? {});
  const schema = content && resolved(content.schema, schemas);
  const needed = new Set(schema?.required ?? []);
  return Object.entries(schema?.properties ?? {}).map(([name, each]) => field(name, each, { required: needed.has(name) }, schemas));
}

function field(name, schema, { required = false, description = "" }, schemas) {
  const whole = resolved(schema, schemas);
  const values = (whole.enum ?? []).join(", ");
  const says = [typeOf(whole, schemas), values, required ? t("api.required") : "", description || schema.description || whole.description];
  return [h("dt", {}, h("code", {}, name)), h("dd", {}, says.filter(Boolean).join(" · "))];
}

function resolved(schema, schemas) {
  const name = schema?.$ref?.split("/").at(-1);
  return name ? (schemas[name] ?? {}) : (schema ?? {});
}

function typeOf(schema, schemas) {
  const types = (schema.anyOf ?? [schema]).map((each) => resolved(each, schemas).type).filter((each) => each && each !== "null");
  return [...new Set(types)].join(" | ");
}

function example(method, path, about) {
  const kinds = Object.keys(about.requestBody?.content ?? {});
  const body = kinds.includes("multipart/form-data") ? " -F file=@report.pdf" : kinds.length ? " --json '{…}'" : "";
  const how = method === "delete" ? " -X DELETE" : "";
  return `curl${how}${body} ${location.origin}${path}`;
}
