// Before anything is painted: the colours that were chosen last time.
(function () {
  const chosen = localStorage.getItem("sokdok.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
