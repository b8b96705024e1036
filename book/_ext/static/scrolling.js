// What is wider than its box can be reached and moved by keyboard, as long as it is wider.
//
// Boxes are looked at when the browser has laid them out anyway, which costs a page next to nothing.
const observer = new ResizeObserver((entries) => {
  const found = entries.map(({ target }) => [target, target.scrollWidth > target.clientWidth]);
  for (const [box, isWide] of found) mark(box, isWide); // all reading first: writing undoes the layout
});

function mark(box, isWide) {
  const names = { tabindex: "0" };
  if (box.tagName === "DIV") {
    names.role = "group";
    names["aria-label"] = box.matches(".math-box") ? "Wide formula" : "Wide content";
  }
  for (const [name, value] of Object.entries(names)) {
    if (isWide) box.setAttribute(name, value);
    else box.removeAttribute(name);
  }
}

const wide = ".math-box, .table-wrapper, .cell_output .text_html, article.bd-article";
for (const box of document.querySelectorAll(wide)) observer.observe(box);
