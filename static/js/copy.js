// Copy buttons: <button data-copy="full value">. The result is said aloud, not only shown.
"use strict";
(() => {
  const SHOWN = 1600; // milliseconds the tick stays

  // The clipboard API exists on https and localhost only; elsewhere a selected field still works.
  const byField = (text) => {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  };

  const copy = async (text) => {
    if (!navigator.clipboard) return byField(text);
    try { await navigator.clipboard.writeText(text); return true; } catch { return byField(text); }
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const done = await copy(button.dataset.copy);
    document.getElementById("spoken").textContent = done ? "Copied" : "Could not copy. Select the text instead.";
    if (!done) return;
    button.dataset.copied = "";
    setTimeout(() => delete button.dataset.copied, SHOWN);
  });
})();
