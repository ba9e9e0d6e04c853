// The start: texts, the header, the view of the address.

import { start } from "./i18n.js";
import { header } from "./shell.js";
import { show } from "./router.js";

await start();
header(() => show({ again: true }));
addEventListener("hashchange", () => {
  if (location.hash.startsWith("#/") || location.hash === "") void show();
});
await show();
