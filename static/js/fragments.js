// What htmx requests look like to a person: a moving line, aria-busy, and a sentence when one fails.
// The server sends toasts with the header HX-Trigger: {"toast": {"tone": "good", "text": "…"}}.
"use strict";
(() => {
  const LONGEST = 3; // toasts on screen; older ones leave first
  const running = new Set();

  const toast = (tone, text) => {
    const place = document.getElementById("toasts");
    const made = document.getElementById(`toast-${tone}`)?.content.cloneNode(true);
    if (!place || !made) return;
    made.querySelector("[data-text]").textContent = text;
    place.append(made);
    while (place.children.length > LONGEST) place.firstElementChild.remove();
  };

  const busy = (event, on) => {
    if (on) running.add(event.detail.xhr); else running.delete(event.detail.xhr);
    document.documentElement.toggleAttribute("data-busy", running.size > 0);
    event.detail.target?.setAttribute("aria-busy", String(on));
  };

  const sentence = (status) => {
    if (status === 401 || status === 403) return "You may not do that, or your session has ended. Reload the page to sign in again.";
    if (status === 404) return "That is no longer there. Reload the page to see what is.";
    if (status === 429) return "Too many requests. Wait a moment and try again.";
    if (status === 503) return "The database cannot be reached just now. Nothing was changed; try again in a moment.";
    return "The server could not answer. Nothing is known to have changed; try again.";
  };

  document.addEventListener("toast", (event) => toast(event.detail.tone ?? "info", event.detail.text ?? ""));
  document.addEventListener("htmx:beforeRequest", (event) => busy(event, true));
  document.addEventListener("htmx:afterRequest", (event) => busy(event, false));
  document.addEventListener("htmx:responseError", (event) => toast("bad", sentence(event.detail.xhr.status)));
  document.addEventListener("htmx:sendError", () => toast("bad", "The server cannot be reached. Check the connection and try again."));
  document.addEventListener("click", (event) => event.target.closest("[data-close]")?.closest("[data-closable]")?.remove());
})();
