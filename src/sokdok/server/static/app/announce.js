// What is said to people who hear the page: one line at a time.

/** Say a line when there is a pause; `urgent` says it at once. */
export function announce(text, { urgent = false } = {}) {
  const region = document.getElementById(urgent ? "urgent" : "polite");
  region.textContent = "";
  region.textContent = text;
}
