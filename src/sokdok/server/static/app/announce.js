// What is said to people who hear the page: one line at a time.

const PAUSE_MS = 50; // without one the same line twice is no change, and the second is not said

/** Say a line when there is a pause; `urgent` says it at once. */
export function announce(text, { urgent = false } = {}) {
  const region = document.getElementById(urgent ? "urgent" : "polite");
  region.textContent = "";
  setTimeout(() => {
    region.textContent = text;
  }, PAUSE_MS);
}
