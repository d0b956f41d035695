// "/" finds, "?" lists the shortcuts, "g" then a letter goes to a page. Letters come from the rail's
// links (data-go), so a page nobody may see has no shortcut either.
"use strict";
(() => {
  const PATIENCE = 1200; // milliseconds between "g" and its letter
  let going = 0;

  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
  const dialog = () => document.getElementById("shortcuts");

  const go = (letter) => {
    const link = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
    if (link) location.assign(link.href);
    return link !== null;
  };

  const act = {
    "/": () => { const find = document.getElementById("find"); find?.focus(); find?.select(); return Boolean(find); },
    "?": () => { dialog()?.showModal(); return Boolean(dialog()); },
    g: () => { going = Date.now(); return true; },
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const waited = Date.now() - going < PATIENCE;
    going = 0;
    const done = waited && event.key !== "g" ? go(event.key) : act[event.key]?.();
    if (done) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-shortcuts]")) dialog()?.showModal();
    if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog").close();
    if (event.target.matches("dialog[open]")) event.target.close(); // the backdrop
  });
})();
