// Loaded without defer in the head: the theme must stand before the first paint, or the page flashes.
"use strict";
(() => {
  const KEY = "rationale.theme";
  const root = document.documentElement;
  const known = (value) => (["auto", "light", "dark"].includes(value) ? value : "auto");

  // Storage may be forbidden (private windows, policy): the theme then lasts for the page.
  const read = () => { try { return known(localStorage.getItem(KEY)); } catch { return "auto"; } };
  const keep = (value) => { try { localStorage.setItem(KEY, value); } catch { return; } };

  const apply = (value) => {
    root.dataset.theme = value;
    for (const input of document.querySelectorAll('input[name="theme"]')) input.checked = input.value === value;
  };

  root.dataset.scripted = "";
  apply(read());
  document.addEventListener("DOMContentLoaded", () => apply(read()));
  document.addEventListener("change", (event) => {
    if (event.target.name !== "theme") return;
    apply(known(event.target.value));
    keep(event.target.value);
  });
  window.addEventListener("storage", (event) => { if (event.key === KEY) apply(read()); });
})();
