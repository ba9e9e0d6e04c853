// A download that needs the key: fetched, then handed to the browser as a file.

import { ask } from "../api.js";
import { h } from "../dom.js";

/** Fetch a path and save it; the server's name for the file counts before `name`. */
export async function save(path, name) {
  const answer = await ask(path);
  const url = URL.createObjectURL(await answer.blob());
  h("a", { href: url, download: named(answer.headers.get("Content-Disposition")) ?? name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function named(disposition) {
  const match = /filename\*=utf-8''([^;]+)/i.exec(disposition ?? "");
  try {
    return match ? decodeURIComponent(match[1]) : null;
  } catch {
    return null;
  }
}
