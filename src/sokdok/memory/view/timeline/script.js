// A page at its full size beside its text. Arrow keys go to the pages before and after; Escape closes.
const dialog = document.querySelector("dialog");
const pages = [...document.querySelectorAll(".page")];
const [before, after, close] = dialog.querySelectorAll("button");
let shown = 0;

function show(number) {
  shown = (number + pages.length) % pages.length;
  const page = pages[shown];
  const drawn = page.querySelector("img");
  const sheet = dialog.querySelector("img");
  dialog.classList.toggle("plain", !drawn);
  sheet.src = drawn ? drawn.src : "data:,";
  sheet.alt = drawn ? drawn.alt : "";
  dialog.querySelector("p").textContent = page.dataset.about;
  dialog.querySelector(".text").textContent = page.querySelector("[data-text]").textContent;
  dialog.querySelectorAll("div").forEach((part) => part.scrollTo(0, 0));
  dialog.scrollTo(0, 0);
  if (!dialog.open) dialog.showModal();
}

pages.forEach((page, number) => (page.querySelector("button").onclick = () => show(number)));
before.onclick = () => show(shown - 1);
after.onclick = () => show(shown + 1);
close.onclick = () => dialog.close();
dialog.onclick = (event) => event.target === dialog && dialog.close();
dialog.onclose = () => pages[shown].querySelector("button").focus();
dialog.onkeydown = (event) => {
  if (event.key === "ArrowLeft") show(shown - 1);
  if (event.key === "ArrowRight") show(shown + 1);
};
