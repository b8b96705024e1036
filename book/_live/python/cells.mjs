// The live cells of a page: an editor, Run, Stop and Reset; one Python for all of them.
//
// Nothing is loaded before the first Run. Python's worker is then made from text, so that it also
// works in a page that was opened as a file.
import { onBackspace, onEnter } from "./editing.mjs";

const ROOT = document.currentScript.dataset.liveRoot;
const MOST_ROWS = 30;

/** The text of the worker, from a script that is loaded once. */
function workerSource() {
  if (globalThis.nbcoursePython) return Promise.resolve(globalThis.nbcoursePython);
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${ROOT}python/worker.js`;
    script.onload = () => resolve(globalThis.nbcoursePython);
    script.onerror = () => reject(new Error("Python could not be loaded. Are you online? Run tries again."));
    document.head.append(script);
  });
}

/** The one interpreter of the page, started when it is needed. */
class Interpreter {
  constructor() {
    this.waiting = new Map(); // the cells that were started and have not ended
    this.last = 0;
  }

  async run(cell) {
    const id = ++this.last;
    this.waiting.set(id, cell);
    try {
      const source = await workerSource();
      if (!this.waiting.has(id)) return; // stopped meanwhile
      this.worker ??= this.start(source);
      this.worker.postMessage({ id, name: cell.name, code: cell.editor.value });
    } catch (problem) {
      this.waiting.delete(id);
      cell.end(problem.message);
    }
  }

  start(source) {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(url);
    URL.revokeObjectURL(url);
    worker.onmessage = ({ data }) => this.hear(data);
    worker.onerror = (event) => this.kill(`Python broke down: ${event.message}`);
    return worker;
  }

  hear({ id, began, out, cut, done, error }) {
    const cell = this.waiting.get(id);
    if (!cell) return;
    if (began) cell.begin();
    if (out) cell.show(out);
    if (cut) cell.say(`The output was cut after ${cut.toLocaleString("en")} characters. The program goes on; Stop ends it.`);
    if (!done) return;
    this.waiting.delete(id);
    if (error) cell.show(error, "live-python-error");
    cell.end(error ? "Ended with an error." : undefined);
  }

  /** End Python, whatever it is doing, and with it all that the cells have defined. */
  kill(sentence) {
    this.worker?.terminate();
    this.worker = undefined;
    const cells = [...this.waiting.values()];
    this.waiting.clear();
    for (const cell of cells) cell.end(sentence);
  }
}

class Cell {
  constructor(element, python) {
    this.element = element;
    this.python = python;
    this.name = element.dataset.name;
    [this.editor, this.status, this.log] = ["editor", "status", "log"].map((part) => this.find(part));
    this.original = this.editor.value;
    this.find("run").addEventListener("click", () => this.run());
    this.find("stop").addEventListener("click", () => this.stop());
    this.find("reset").addEventListener("click", () => this.reset());
    this.editor.addEventListener("keydown", (event) => this.key(event));
    this.editor.addEventListener("input", () => this.fit());
    for (const part of ["run", "reset"]) this.find(part).disabled = false;
    element.dataset.ready = "true";
  }

  find(part) {
    return this.element.querySelector(`.live-python-${part}`);
  }

  key(event) {
    if (event.isComposing) return;
    const plain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.run();
    } else if (event.key === "Enter" && plain && onEnter(this.editor)) event.preventDefault();
    else if (event.key === "Backspace" && plain && onBackspace(this.editor)) event.preventDefault();
  }

  /** As many rows as there are lines, within reason. */
  fit() {
    const lines = this.editor.value.split("\n").length;
    this.editor.rows = Math.max(this.editor.rows, Math.min(lines, MOST_ROWS));
  }

  run() {
    if (this.running) return;
    this.running = true;
    this.cut = "";
    this.log.replaceChildren();
    this.log.removeAttribute("tabindex");
    this.find("stop").disabled = false;
    this.element.dataset.state = "running";
    this.pressed = performance.now();
    this.say(this.python.worker ? "Waiting for its turn." : "Loading Python.");
    this.python.run(this);
  }

  begin() {
    this.began = performance.now();
    this.say("Running.");
  }

  show(text, kind) {
    const piece = document.createElement(kind ? "strong" : "span");
    piece.className = kind ?? "";
    piece.textContent = text;
    this.log.append(piece);
    this.log.tabIndex = 0; // it may be longer than its box, and is then scrolled with the arrow keys
    this.element.dataset.first ??= String(performance.now() - this.pressed); // for the tests
  }

  say(sentence) {
    if (sentence.startsWith("The output was cut")) this.cut = sentence;
    this.status.textContent = sentence;
  }

  end(sentence) {
    const seconds = (performance.now() - (this.began ?? this.pressed)) / 1000;
    this.running = false;
    this.find("stop").disabled = true;
    this.element.dataset.state = "ended";
    const cut = this.cut.replace(" The program goes on; Stop ends it.", "");
    this.say([sentence ?? `Done in ${seconds.toFixed(seconds < 10 ? 2 : 0)} s.`, cut].join(" ").trim());
  }

  stop() {
    if (!this.running) return;
    const had = document.activeElement === this.find("stop");
    this.python.kill("Stopped. What the cells had defined is gone; run them again from the first.");
    if (had) this.find("run").focus(); // a disabled button cannot keep the focus
  }

  reset() {
    this.python.kill("Stopped.");
    this.editor.value = this.original;
    this.log.replaceChildren();
    this.log.removeAttribute("tabindex");
    delete this.element.dataset.state;
    this.say("The first text is back, and Python starts afresh for all cells of this page.");
  }
}

const python = new Interpreter();
for (const element of document.querySelectorAll(".live-python")) new Cell(element, python);
