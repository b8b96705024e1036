// The halves of formulas that screen readers read are laid out when the page has been drawn: a few at
// a time, from the top. They take no room, so that nothing moves.
{
  const root = document.documentElement;
  const few = 6;
  root.classList.add("formulas-wait");

  const next = (waiting) => {
    for (const half of waiting.splice(0, few)) half.style.contentVisibility = "visible";
    if (waiting.length) setTimeout(next, 0, waiting);
    else root.classList.remove("formulas-wait");
  };
  const start = () => next([...document.querySelectorAll(".katex-mathml")]);
  addEventListener("load", () => requestAnimationFrame(() => setTimeout(start, 0)));
}
