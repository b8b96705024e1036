// Marks chapters as read, in this browser only: a button below a chapter, ticks in lists of chapters.
(() => {
  const KEY = "nbcourse.read";
  let read = new Set();

  function load() {
    try {
      const stored = JSON.parse(localStorage.getItem(KEY));
      read = new Set(Array.isArray(stored) ? stored : []);
    } catch {
      // No storage, or not ours: the marks last as long as the page.
    }
  }

  function save() {
    try {
      localStorage.setItem(KEY, JSON.stringify([...read].sort()));
    } catch {
      // As above.
    }
  }

  function pageOf(link) {
    return decodeURIComponent(link.pathname.split("/").pop()).replace(/\.html$/, "");
  }

  function show() {
    for (const button of document.querySelectorAll(".read-mark button")) {
      button.setAttribute("aria-pressed", String(read.has(button.dataset.page)));
    }
    for (const link of document.querySelectorAll(".bd-links a.reference, .chapters td a.reference")) {
      const tick = link.querySelector(".read-tick");
      const isRead = read.has(pageOf(link));
      if (isRead && !tick) {
        const mark = document.createElement("span");
        mark.className = "read-tick";
        mark.setAttribute("role", "img");
        mark.setAttribute("aria-label", "(read)");
        mark.textContent = "✓";
        link.append(mark);
      } else if (!isRead) {
        tick?.remove();
      }
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".read-mark button");
    if (!button) return;
    load(); // another window may have added marks
    const { page } = button.dataset;
    if (!read.delete(page)) read.add(page);
    save();
    show();
  });

  const refresh = () => {
    load();
    show();
  };
  window.addEventListener("storage", refresh);
  window.addEventListener("pageshow", (event) => event.persisted && refresh());
  refresh();
})();
