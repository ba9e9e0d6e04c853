// Deleting a conversation, for good.

import { ask } from "../api.js";
import { announce } from "../announce.js";
import { t } from "../i18n.js";
import { twice } from "../ui/twice.js";
import { pathOf } from "./paths.js";

/** A button for it; `forgotten()` is called when it is gone. Gives an element. */
export function forget(name, forgotten) {
  const says = { label: t("memory.delete"), sure: t("memory.delete_sure"), yes: t("memory.delete_now"), no: t("memory.keep") };
  return twice(says, async () => {
    await ask(pathOf(name), { method: "DELETE" });
    announce(t("memory.deleted", { name }));
    forgotten();
  });
}
