// Questions to the server. Only paths of its own are asked, and the key goes along as a header.

import { askKey, forgetKey, hasKey, keyHeaders } from "./key.js";
import { t } from "./i18n.js";
import { reasonOf } from "./reasons.js";

/**
 * An answer that says why not: `status` (0: no answer at all), the reason as `message` in the language `lang` (null: the
 * page's), its name as `code`, seconds to wait if the server says so.
 */
export class ApiError extends Error {
  constructor(status, detail, { retryAfter = null, why = null } = {}) {
    const { text, lang } = detail ? reasonOf(why, detail) : { text: t("api.silent"), lang: null };
    super(text);
    this.lang = lang;
    this.code = why?.code ?? null;
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** What happened, in the language of the page. */
  get title() {
    const named = t(`api.status.${this.status}`);
    return named.startsWith("api.") ? t(this.status >= 500 ? "api.failed" : "api.refused") : named;
  }
}

/** The answer to a question, which is fine: raises ApiError otherwise. Asks for a key where one is wanted. */
export async function ask(path, options = {}) {
  for (;;) {
    const answer = await asked(path, options);
    if (answer.ok) return answer;
    const error = await refused(answer);
    if (error.status !== 401) throw error;
    const wrong = hasKey();
    if (wrong) forgetKey();
    if (!(await askKey({ wrong }))) throw error;
  }
}

async function asked(path, options) {
  try {
    const headers = { ...options.headers, ...keyHeaders() };
    return await fetch(path, { ...options, headers, credentials: "omit", redirect: "error" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "");
  }
}

async function refused(answer) {
  let detail = "";
  let why = null;
  try {
    const body = await answer.json();
    why = body.why ?? null;
    detail = typeof body.detail === "string" ? body.detail : (body.error?.message ?? "");
  } catch {
    // no JSON: the status says it all
  }
  const wait = Number(answer.headers.get("Retry-After"));
  const retryAfter = Number.isFinite(wait) && wait > 0 ? wait : null;
  return new ApiError(answer.status, detail || `HTTP ${answer.status}`, { retryAfter, why });
}

/** JSON of a path. */
export async function json(path, options = {}) {
  return (await ask(path, options)).json();
}

/** JSON of a path that is sent a body: FormData as it is, anything else as JSON. */
export async function post(path, body, options = {}) {
  const form = body instanceof FormData;
  const headers = form ? {} : { "Content-Type": "application/json" };
  return json(path, { ...options, method: "POST", headers, body: form ? body : JSON.stringify(body) });
}

/** Text of a path. */
export async function text(path, options = {}) {
  return (await ask(path, options)).text();
}

/** Bytes of a path: a picture, a download. */
export async function blob(path, options = {}) {
  return (await ask(path, options)).blob();
}
