// Marks of charts: an element with data-tip="First line\nSecond line" (or "|" between the lines) that can be focused
// says its figures on hover and on focus. Escape hides them. Each chart is one stop of the Tab key: arrow keys move
// between its marks (in their order, where the chart has data-marks="list", or left and right where it has "rows"),
// Home and End to the first and last. Places are set through CSSOM: no style attribute is written.
"use strict";
(() => {
  const GAP = 10; // pixels between a mark and its tip
  const LINGER = 160; // milliseconds, so that the pointer can reach the tip itself
  const MARK = "[data-tip]";
  let tip = null, shown = null, leaving = 0;

  const chart = (mark) => mark.closest("[data-marks], figure, table") ?? mark.ownerSVGElement ?? document.body;
  const marks = (mark) => [...chart(mark).querySelectorAll(MARK)].filter((one) => one.getClientRects().length > 0);
  const lines = (text) => text.split(/\\n|\n|\|/).map((line) => line.trim()).filter(Boolean);

  const make = () => {
    tip = document.createElement("div");
    tip.className = "tip";
    tip.id = "tip";
    tip.setAttribute("role", "tooltip");
    tip.hidden = true;
    tip.addEventListener("pointerenter", () => clearTimeout(leaving));
    tip.addEventListener("pointerleave", () => hideSoon());
    document.body.append(tip);
  };

  const place = (mark) => {
    const at = mark.getBoundingClientRect(), own = tip.getBoundingClientRect();
    const above = at.top - own.height - GAP;
    const left = Math.min(Math.max(8, at.left + at.width / 2 - own.width / 2), innerWidth - own.width - 8);
    tip.style.setProperty("transform", `translate(${Math.round(left)}px, ${Math.round(above > 8 ? above : at.bottom + GAP)}px)`);
  };

  const show = (mark) => {
    clearTimeout(leaving);
    if (!tip?.isConnected) make();
    const parts = lines(mark.dataset.tip).map((line, at) => {
      const made = document.createElement(at ? "span" : "b");
      made.textContent = line;
      return made;
    });
    tip.replaceChildren(...parts);
    tip.hidden = false;
    if (shown && shown !== mark) shown.removeAttribute("aria-describedby");
    shown = mark;
    mark.setAttribute("aria-describedby", "tip");
    place(mark);
  };

  const hide = () => {
    clearTimeout(leaving);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    if (tip) tip.hidden = true;
  };
  const hideSoon = () => { clearTimeout(leaving); leaving = setTimeout(hide, LINGER); };

  // One mark of each chart is in the order of the Tab key; the others are reached by the arrows.
  const rove = (to) => {
    for (const one of chart(to).querySelectorAll(MARK)) one.setAttribute("tabindex", one === to ? "0" : "-1");
  };
  const gather = () => {
    const seen = new Set();
    for (const mark of document.querySelectorAll(MARK)) {
      const own = chart(mark);
      if (seen.has(own)) continue;
      seen.add(own);
      const chosen = own.querySelector(`${MARK}[tabindex="0"]`);
      rove(own.contains(document.activeElement) && document.activeElement.matches(MARK) ? document.activeElement : chosen ?? mark);
    }
  };

  const middle = (mark) => {
    const at = mark.getBoundingClientRect();
    return [at.left + at.width / 2, at.top + at.height / 2];
  };
  const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  // The nearest mark that way; what lies aside counts three times as far.
  const towards = (from, [dx, dy]) => {
    const [x, y] = middle(from);
    let best = null, least = Infinity;
    for (const one of marks(from)) {
      const [ox, oy] = middle(one);
      const ahead = dx * (ox - x) + dy * (oy - y);
      if (one === from || ahead < 1) continue;
      const far = ahead + 3 * Math.abs(dx ? oy - y : ox - x);
      if (far < least) { least = far; best = one; }
    }
    return best;
  };

  // In a list every arrow steps along it; in rows left and right step along a line; else the nearest one that way.
  const goal = (key, from) => {
    const all = marks(from), kind = chart(from).dataset?.marks;
    if (key === "Home") return all[0];
    if (key === "End") return all[all.length - 1];
    const [dx, dy] = WAYS[key];
    return kind === "list" || (kind === "rows" && dx) ? all[all.indexOf(from) + dx + dy] : towards(from, WAYS[key]);
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { if (shown) { hide(); event.preventDefault(); } return; }
    if (event.ctrlKey || event.metaKey || event.altKey || !event.target.matches?.(MARK)) return;
    if (!WAYS[event.key] && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    const to = goal(event.key, event.target);
    if (!to || to === event.target) return;
    rove(to);
    to.focus();
  });
  document.addEventListener("focusin", (event) => {
    const mark = event.target.closest?.(MARK);
    if (mark) { rove(mark); show(mark); } else if (shown) hide();
  });
  document.addEventListener("focusout", (event) => { if (event.target === shown) hideSoon(); });
  document.addEventListener("pointerover", (event) => {
    const mark = event.target.closest?.(MARK);
    if (mark) show(mark); else if (shown && !event.target.closest?.(".tip")) hideSoon();
  });
  addEventListener("scroll", () => { if (shown) place(shown); }, { passive: true, capture: true });
  document.addEventListener("htmx:beforeSwap", hide);
  document.addEventListener("htmx:afterSettle", gather);
  document.addEventListener("DOMContentLoaded", gather);
})();
