// What is wider than its box can be reached and moved by keyboard, as long as it is wider.
const wide = document.querySelectorAll(
  ".math-box, .table-wrapper, .cell_output .text_html, article.bd-article",
);

function makeReachable() {
  for (const box of wide) {
    const names = { tabindex: "0" };
    if (box.tagName === "DIV") {
      names.role = "group";
      names["aria-label"] = box.matches(".math-box") ? "Wide formula" : "Wide content";
    }
    const isWide = box.scrollWidth > box.clientWidth;
    for (const [name, value] of Object.entries(names)) {
      if (isWide) box.setAttribute(name, value);
      else box.removeAttribute(name);
    }
  }
}

new ResizeObserver(makeReachable).observe(document.documentElement);
