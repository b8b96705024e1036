// Shows what a link leads to while it is pointed at or has the focus: the definition of a term, or
// an equation or figure of the same page. Escape closes it; the pointer may move onto it.
(() => {
  const LINKS = 'a[data-definition], .bd-article a.reference.internal[href^="#"]';
  const SHOWN = "div.math, figure, table, .literal-block-wrapper";
  const WAIT = { open: 200, close: 250 }; // milliseconds
  const box = document.createElement("div");
  box.className = "preview";
  box.id = "preview";
  box.hidden = true;
  let shownFor = null;
  let timer;

  function contentOf(link) {
    if (link.dataset.definition) {
      const text = document.createElement("p");
      text.textContent = link.dataset.definition;
      return text;
    }
    const anchor = decodeURIComponent(link.hash.slice(1));
    const found = anchor && document.getElementById(anchor);
    const target = found && (found.matches(SHOWN) ? found : found.querySelector(":scope > div.math"));
    if (!target || target.contains(link)) return null;
    const live = target.querySelector("svg.live-picture"); // without its controls
    const copy = target.cloneNode(true);
    if (live) copy.querySelector(".live").replaceChildren(live.cloneNode(true));
    for (const element of [copy, ...copy.querySelectorAll("[id]")]) element.removeAttribute("id");
    copy.inert = true; // to look at: whatever can be used in it is used in its own place
    return copy;
  }

  function place(link) {
    const line = link.getClientRects()[0];
    const margin = 8;
    const width = Math.min(document.documentElement.clientWidth - 2 * margin, 480);
    box.style.width = link.dataset.definition ? `${Math.min(width, 340)}px` : `${width}px`;
    box.style.maxHeight = "none";
    const { width: wide, height: high } = box.getBoundingClientRect();
    const right = document.documentElement.clientWidth - wide - margin;
    const below = innerHeight - line.bottom - 2 * margin; // room on either side of the line
    const above = line.top - 2 * margin;
    const isBelow = high <= below || below >= above;
    box.style.maxHeight = `${isBelow ? below : above}px`;
    const top = isBelow ? line.bottom + 4 : line.top - 4 - Math.min(high, above);
    box.style.left = `${Math.max(margin, Math.min(line.left, right)) + scrollX}px`;
    box.style.top = `${top + scrollY}px`;
  }

  function open(link) {
    clearTimeout(timer);
    if (shownFor === link) return;
    close();
    const content = contentOf(link);
    if (!content) return;
    if (!box.isConnected) document.body.append(box);
    box.replaceChildren(content);
    box.hidden = false;
    if (link.dataset.definition) {
      box.setAttribute("role", "tooltip");
      link.setAttribute("aria-describedby", box.id);
    } else {
      box.removeAttribute("role");
    }
    shownFor = link;
    place(link);
  }

  function close() {
    clearTimeout(timer);
    shownFor?.removeAttribute("aria-describedby");
    shownFor = null;
    box.hidden = true;
    box.replaceChildren();
  }

  function soon(action, wait) {
    clearTimeout(timer);
    timer = setTimeout(action, wait);
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return; // a tap follows the link
    if (box.contains(event.target)) clearTimeout(timer);
    const link = event.target.closest?.(LINKS);
    if (link) soon(() => open(link), WAIT.open);
  });
  document.addEventListener("pointerout", (event) => {
    const from = event.target.closest?.(LINKS) ?? (box.contains(event.target) ? box : null);
    if (!from || from.contains(event.relatedTarget)) return;
    if (shownFor && shownFor === document.activeElement && shownFor.matches(":focus-visible")) return;
    soon(close, WAIT.close);
  });
  document.addEventListener("focusin", (event) => {
    const link = event.target.closest?.(LINKS);
    if (link?.matches(":focus-visible")) open(link);
  });
  document.addEventListener("focusout", (event) => {
    if (shownFor && event.target === shownFor) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  document.addEventListener("click", (event) => {
    if (!box.contains(event.target)) close();
  });
})();
