// Quizzes and predictions: judges the answers, and keeps in this browser which are done.
//
// localStorage["nbcourse.quiz.<page>"] holds JSON, of a page whose quiz was touched:
//   {"of": 5, "done": ["id", ...], "guesses": {"id": {"value": "12", "seen": false}}}
// `of` questions there are, `done` are answered right; a guess is a number as it was typed or the
// place of a choice in the file, and `seen` says whether it was compared. Nothing leaves the browser.
(() => {
  const boxes = [...document.querySelectorAll("[data-quiz]")];
  if (!boxes.length) return;
  const KEY = `nbcourse.quiz.${boxes[0].dataset.quiz}`;
  const questions = [...document.querySelectorAll(".quiz:not(.quiz-predictions) .quiz-question")];
  const predictions = [...document.querySelectorAll(".quiz-predictions .quiz-question")];
  const firstOrder = new Map();
  const kept = load();

  // A page opened as a file, or a browser that keeps nothing: then it lasts as long as the page.
  function load() {
    const fresh = { of: questions.length, done: [], guesses: {} };
    try {
      const found = JSON.parse(localStorage.getItem(KEY)) ?? {};
      const ids = questions.map((form) => form.dataset.id);
      fresh.done = ids.filter((id) => found.done?.includes?.(id));
      for (const { dataset } of predictions) {
        const guess = found.guesses?.[dataset.id];
        if (typeof guess?.value === "string") fresh.guesses[dataset.id] = guess;
      }
    } catch {}
    return fresh;
  }

  function save() {
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {}
  }

  // A number as people write it: 1,024  0,25  -3e-4  1/4  2^10  3 · 10^-4  25 %.
  function numberOf(typed, unit) {
    let text = typed.trim().replace(/[\u2212\u2013]/g, "-");
    if (unit && text.toLowerCase().endsWith(unit.toLowerCase())) text = text.slice(0, -unit.length);
    text = text.replace(/[\s_]/g, "");
    if (text.endsWith("%")) return numberOf(text.slice(0, -1), "") / 100;
    if (/^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/.test(text)) text = text.replaceAll(",", "");
    text = text.replaceAll(",", ".").replace(/\*\*/g, "^");
    const plain = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?";
    const form = new RegExp(`^(${plain})(?:([/^])(${plain})|[*x×·](${plain})\\^(${plain}))?$`, "i");
    const [found, first, sign, second, base, exponent] = text.match(form) ?? [];
    if (found === undefined) return NaN;
    if (base !== undefined) return first * base ** exponent;
    if (sign === "/") return first / second;
    return sign === "^" ? first ** second : Number(first);
  }

  // Says a sentence and, below it, explanations, which the folded answer then need not repeat.
  function say(form, verdict, parts, explanations = []) {
    hush(form);
    const sentence = document.createElement("p");
    sentence.append(...parts);
    const copies = explanations.filter(Boolean).map((each) => {
      const copy = each.cloneNode(true);
      for (const inner of [copy, ...copy.querySelectorAll("[id]")]) inner.removeAttribute("id");
      if (verdict === "right") (each.closest("li") ?? each).classList.add("quiz-said");
      return copy;
    });
    form.dataset.verdict = verdict;
    form.querySelector(".quiz-feedback").append(sentence, ...copies);
  }

  function hush(form) {
    delete form.dataset.verdict;
    form.querySelector(".quiz-feedback").replaceChildren();
    for (const each of form.querySelectorAll(".quiz-said")) each.classList.remove("quiz-said");
  }

  const inputs = (form) => [...form.querySelectorAll("input")];
  const chosen = (form) => inputs(form).filter((input) => input.checked).map(({ value }) => value);
  const entry = (form, value) => form.querySelector(`[data-choice="${value}"]`);
  const main = (form) => form.querySelector(".quiz-main");
  const why = (element) => element.querySelector(".quiz-why");

  // Each judge returns [verdict, sentence, explanations]; the verdict "" means: nothing to judge.
  const judges = {
    choice(form) {
      const values = chosen(form);
      if (!values.length) return ["", "Choose an answer first."];
      const entries = values.map((value) => entry(form, value));
      const n = entries.filter((each) => "right" in each.dataset).length;
      const explanations = entries.map(why);
      if (n < entries.length) return ["wrong", "Not right.", explanations];
      const missing = form.querySelectorAll("[data-right]").length - n;
      if (missing) return ["wrong", "Right as far as it goes, but not complete.", explanations];
      return ["right", "Right.", [...explanations, main(form)]];
    },
    number(form) {
      const [field] = inputs(form);
      const { answer, slack, unit } = form.dataset;
      const value = numberOf(field.value, unit);
      if (!Number.isFinite(value)) return ["", "Type a number, such as 12, 0.25 or 3e-4."];
      const near = (other) => Math.abs(value - other) <= slack;
      if (near(answer)) return ["right", "Right.", [main(form)]];
      const known = [...form.querySelectorAll("[data-near]")].find((e) => near(e.dataset.near));
      return ["wrong", "Not right.", known ? [why(known)] : []];
    },
    order(form) {
      const places = [...form.querySelectorAll("[data-place]")].map((item) => item.dataset.place);
      const n = places.filter((place, k) => Number(place) === k).length;
      if (n === places.length) return ["right", "Right.", [main(form)]];
      return ["wrong", `Not right: ${n} of ${places.length} are in their place.`];
    },
  };

  function show() {
    for (const form of questions) {
      form.querySelector(".quiz-done").hidden = !kept.done.includes(form.dataset.id);
    }
    const score = document.querySelector(".quiz-score");
    if (score) score.textContent = `${kept.done.length} of ${kept.of} answered right.`;
  }

  function check(form) {
    const [verdict, sentence, explanations] = judges[form.dataset.kind](form);
    const signs = { right: "✓ ", wrong: "✗ ", "": "" };
    say(form, verdict, [signs[verdict] + sentence], explanations);
    if (verdict !== "right") return;
    // What the other answers would have meant; an order has none.
    form.querySelector("details").open = form.dataset.kind !== "order";
    if (!kept.done.includes(form.dataset.id)) kept.done.push(form.dataset.id);
    save();
    show();
  }

  // Moves an item; the focus stays on the button, or goes to the other one at the end of the list.
  function move(form, button) {
    const item = button.closest("li");
    const list = item.parentElement;
    const up = button.dataset.way === "up";
    const other = up ? item.previousElementSibling : item.nextElementSibling;
    if (other) other[up ? "before" : "after"](item);
    button.focus();
    const k = [...list.children].indexOf(item) + 1;
    const words = item.querySelector(".quiz-text").cloneNode(true);
    words.removeAttribute("id");
    const when = other ? "now" : "already";
    say(form, "", [words, ` is ${when} number ${k} of ${list.children.length}.`]);
  }

  for (const form of questions) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      check(form);
    });
    form.addEventListener("input", () => hush(form));
    form.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-way]");
      if (button) move(form, button);
    });
    firstOrder.set(form, [...form.querySelectorAll("[data-place]")]);
  }

  document.querySelector(".quiz-again")?.addEventListener("click", () => {
    kept.done = [];
    save();
    show();
    for (const form of questions) {
      form.reset();
      hush(form);
      form.querySelector("details").open = false;
      form.querySelector(".quiz-items")?.append(...firstOrder.get(form));
    }
    questions[0].querySelector("input, button").focus();
  });

  // The words of choices, with their mathematics.
  function wordsOf(form, values) {
    return values.flatMap((value, k) => {
      const input = inputs(form).find((each) => each.value === value);
      const words = input.closest("label").querySelector(".quiz-text").cloneNode(true);
      return k ? ["; ", words] : [words];
    });
  }

  // The guess and the result in words: verdict, the parts of a sentence, explanations.
  function comparison(form, guess) {
    return form.dataset.kind === "number" ? compareNumber(form, guess) : compareChoice(form, guess);
  }

  function compareNumber(form, guess) {
    const { answer, unit } = form.dataset;
    const [verdict, , explanations] = judges.number(form);
    const result = form.querySelector(".quiz-result").textContent.trim();
    if (verdict === "right") {
      return [verdict, [`You guessed ${guess}, and it is ${result}.`], explanations];
    }
    const value = numberOf(guess, unit);
    const ratio = Math.max(value / answer, answer / value);
    const factor = ratio >= 1.5 && ratio < Infinity ? `, by a factor of ${short(ratio)}` : "";
    const way = value < answer ? "low" : "high";
    const sentence = `You guessed ${guess}; it is ${result}. The guess was too ${way}${factor}.`;
    return [verdict, [sentence], [...explanations, main(form)]];
  }

  function compareChoice(form, guess) {
    const values = guess.split(" ");
    const right = [...form.querySelectorAll("[data-right]")].map((each) => each.dataset.choice);
    const [verdict] = judges.choice(form);
    const result = ["it is: ", ...wordsOf(form, right), "."];
    const end = verdict === "right" ? ["that is right."] : result;
    const sentence = ["You guessed: ", ...wordsOf(form, values), "; ", ...end];
    return [verdict, sentence, [...values.map((value) => why(entry(form, value))), main(form)]];
  }

  const short = (value) => Number(value.toPrecision(2)).toLocaleString("en");

  // Shows a prediction as it is kept: open, kept, or compared.
  function present(form) {
    const guess = kept.guesses[form.dataset.id];
    const [keep, compare, reset] = form.querySelectorAll(".quiz-buttons button");
    for (const input of inputs(form)) input.disabled = Boolean(guess);
    keep.disabled = Boolean(guess);
    compare.disabled = !guess || guess.seen;
    reset.disabled = !guess;
    form.classList.toggle("quiz-compared", Boolean(guess?.seen));
    if (!guess) hush(form);
    else if (guess.seen) say(form, ...comparison(form, guess.value));
    else say(form, "", ["Kept. Read on, and compare when the chapter has the answer."]);
  }

  function restore(form) {
    const guess = kept.guesses[form.dataset.id];
    if (!guess) return;
    for (const input of inputs(form)) {
      if (input.type === "text") input.value = guess.value;
      else input.checked = guess.value.split(" ").includes(input.value);
    }
    // A guess of an earlier edition, in which there were other choices, is no guess.
    if (!judges[form.dataset.kind](form)[0]) {
      delete kept.guesses[form.dataset.id];
      form.reset();
    }
  }

  for (const form of predictions) {
    const [, compare, reset] = form.querySelectorAll(".quiz-buttons button");
    restore(form);
    present(form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const [verdict, sentence] = judges[form.dataset.kind](form);
      if (!verdict) return say(form, "", [sentence]);
      const [first] = inputs(form);
      const value = first.type === "text" ? first.value.trim() : chosen(form).join(" ");
      kept.guesses[form.dataset.id] = { value, seen: false };
      save();
      present(form);
      compare.focus();
    });
    compare.addEventListener("click", () => {
      kept.guesses[form.dataset.id].seen = true;
      save();
      present(form);
      reset.focus();
    });
    reset.addEventListener("click", () => {
      delete kept.guesses[form.dataset.id];
      save();
      form.reset();
      form.querySelector("details").open = false;
      present(form);
      inputs(form)[0].focus();
    });
  }
  show();
})();
