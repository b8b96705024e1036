// Brings a live figure of a page to life: controls, handles, keyboard, animation, address, speech.
import { bounded, fromSearch, hasValue, initial, sane, toSearch } from "./state.mjs";
import { handles, shown, tableHtml, written } from "./markup.mjs";

const SPEAK_AFTER = 500; // ms without a change, so that a screen reader is not flooded
const KEY_STEP = 8; // units of the picture for one press of an arrow key, a quarter with Shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Bring every copy of `figure` on this page to life. */
export function mount(figure) {
  for (const element of document.querySelectorAll(`.live[data-figure="${figure.name}"]`)) new Live(figure, element);
}

class Live {
  constructor(figure, element) {
    this.figure = figure;
    this.element = element;
    this.state = bounded(figure, fromSearch(figure, location.search));
    element.live = this; // for the tests, and for whoever looks under the hood
    this.find = (selector) => element.querySelector(selector);
    this.listen();
    element.dataset.ready = "true";
    if (JSON.stringify(this.state) !== JSON.stringify(initial(figure))) this.change(this.state);
  }

  /** What the state amounts to; computed when someone asks, not while the page loads. */
  get numbers() {
    this.computed ??= this.figure.compute(this.state, this.data);
    return this.computed;
  }

  /** Fetch the data that this figure needs, when it is first used; whether they are there. */
  async ready() {
    if (!this.figure.data || this.data) return true;
    try {
      this.fetching ??= fetchData(this.figure.data);
      this.data = await this.fetching;
      return true;
    } catch (problem) {
      this.fetching = undefined; // the next touch tries again
      this.find(".live-summary").textContent = problem.message;
      return false;
    }
  }

  listen() {
    const { figure, element } = this;
    for (const control of figure.controls) {
      const input = this.find(`.live-controls [data-key="${control.key}"]`);
      if (!input) continue;
      if (control.kind === "button") {
        input.addEventListener("click", () => this.change(control.press(this.state, this.data)));
      } else {
        input.addEventListener("input", () => {
          const value = sane(control, control.kind === "switch" ? input.checked : input.value);
          if (value !== undefined) this.change({ ...this.state, [control.key]: value });
        });
      }
    }
    this.find(".live-reset").addEventListener("click", () => {
      this.stop();
      this.change(initial(figure));
    });
    this.find(".live-run")?.addEventListener("click", () => (this.running ? this.stop() : this.run()));
    this.listenToHandles(this.find(".live-handles"));
    const surface = this.find(".live-surface");
    if (surface) this.listenToSurface(surface);
    element.addEventListener("focusin", () => this.ready(), { once: true });
    element.addEventListener("pointerenter", () => this.ready(), { once: true });
  }

  listenToHandles(layer) {
    let held = null;
    layer.addEventListener("pointerdown", (event) => {
      held = event.target.closest(".live-handle");
      if (!held) return;
      event.preventDefault();
      held.focus();
      layer.setPointerCapture(event.pointerId);
    });
    layer.addEventListener("pointermove", (event) => {
      if (held) this.move(held.dataset.key, ...this.place(event));
    });
    for (const end of ["pointerup", "pointercancel"]) layer.addEventListener(end, () => (held = null));
    layer.addEventListener("keydown", (event) => {
      const handle = event.target.closest(".live-handle");
      const direction = ARROWS[event.key];
      if (!handle || !direction) return;
      event.preventDefault();
      const { key } = handle.dataset;
      const { x, y } = figureHandle(this.figure, this.state, key);
      const step = event.shiftKey ? KEY_STEP / 4 : KEY_STEP;
      this.move(key, x + step * direction[0], y + step * direction[1]);
    });
  }

  listenToSurface(surface) {
    const { surface: given } = this.figure;
    let down = false;
    const tell = (event, phase) => this.change(given.pointer(this.state, ...this.place(event), phase, this.data));
    surface.addEventListener("pointerdown", (event) => {
      down = true;
      event.preventDefault();
      surface.focus();
      surface.setPointerCapture(event.pointerId);
      tell(event, "down");
    });
    surface.addEventListener("pointermove", (event) => down && tell(event, "move"));
    for (const end of ["pointerup", "pointercancel"]) surface.addEventListener(end, () => (down = false));
    surface.addEventListener("keydown", (event) => {
      const next = given.key?.(this.state, event.key, this.data);
      if (!next) return;
      event.preventDefault();
      this.change(next);
    });
  }

  /** Where an event happened, in units of the picture. */
  place(event) {
    const matrix = this.find(".live-picture").getScreenCTM().inverse();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    return [x, y];
  }

  move(key, x, y) {
    const { width, height } = this.figure;
    const inside = (value, most) => Math.min(most, Math.max(0, value));
    this.change(this.figure.move(this.state, key, inside(x, width), inside(y, height), this.data));
  }

  /** Take a new state and draw it with the next frame; every control is held to its limits. */
  change(state) {
    const next = { ...this.state };
    for (const control of this.figure.controls.filter(hasValue)) {
      const value = sane(control, state[control.key]);
      if (value !== undefined) next[control.key] = value;
    }
    this.state = bounded(this.figure, next);
    this.waiting ??= requestAnimationFrame(async () => {
      const there = await this.ready();
      this.waiting = null;
      if (there) this.draw();
    });
  }

  draw() {
    const began = performance.now();
    const { figure, state, element } = this;
    const { numbers, svg, summary, table } = shown(figure, state, this.data);
    this.computed = numbers;
    this.table = table;
    this.find(".live-drawing").innerHTML = svg;
    this.drawHandles();
    for (const control of figure.controls.filter(hasValue)) this.show(control, state[control.key]);
    this.find(".live-summary").textContent = summary;
    this.frameTime = performance.now() - began;
    element.dataset.drawn = String(Number(element.dataset.drawn ?? 0) + 1);
    clearTimeout(this.later);
    this.later = setTimeout(() => this.settle(summary), SPEAK_AFTER);
  }

  /** What only matters when the figure rests: speech, table, address. */
  settle(summary) {
    this.find(".live-drawing").setAttribute("aria-label", `${this.figure.title}. ${summary}`);
    this.find(".live-said").textContent = summary;
    this.find(".live-table").innerHTML = tableHtml(this.table);
    const search = toSearch(this.figure, this.state, location.search);
    history.replaceState(history.state, "", `${location.pathname}${search}${location.hash}`);
    this.element.dataset.settled = this.element.dataset.drawn;
  }

  /** Move the handles that are there, so that the one in hand stays the same element. */
  drawHandles() {
    const layer = this.find(".live-handles");
    const wanted = this.figure.handles?.(this.state) ?? [];
    const there = [...layer.children];
    if (there.length !== wanted.length || there.some((each, k) => each.dataset.key !== wanted[k].key)) {
      const key = layer.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      layer.innerHTML = handles(this.figure, this.state, true);
      if (key) layer.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
      return;
    }
    wanted.forEach(({ label, x, y }, k) => {
      there[k].setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
      there[k].setAttribute("aria-label", `${label}; arrow keys move it`);
    });
  }

  show(control, value) {
    const input = this.find(`.live-controls [data-key="${control.key}"]`);
    if (!input) return;
    if (control.most) input.max = control.most(this.state);
    if (control.kind === "switch") input.checked = value;
    else if (input.value !== String(value)) input.value = value;
    if (control.kind === "range") {
      const words = written(control, value);
      input.setAttribute("aria-valuetext", words);
      input.nextElementSibling.textContent = words;
    }
  }

  /** Let the figure run; a reader who wants calm gets the end at once. */
  async run() {
    const { animate } = this.figure;
    if (!(await this.ready())) return;
    if (animate.begin) this.state = animate.begin(this.state, this.data);
    if (calm.matches) {
      let state = this.state;
      for (let k = 0, next = state; next && k < 100_000; k++) {
        state = next;
        next = animate.tick(state, this.data);
      }
      this.change(state);
      return;
    }
    this.setRunning(true);
    const pause = 1000 / (animate.fps ?? 30);
    let last = -Infinity;
    const frame = (now) => {
      if (!this.running) return;
      if (now - last >= pause - 4) {
        last = now;
        const next = animate.tick(this.state, this.data);
        if (!next) return this.setRunning(false);
        this.change(next);
      }
      this.running = requestAnimationFrame(frame);
    };
    this.running = requestAnimationFrame(frame);
  }

  stop() {
    if (this.running) cancelAnimationFrame(this.running);
    this.setRunning(false);
  }

  setRunning(on) {
    this.running = on ? 1 : 0;
    const button = this.find(".live-run");
    if (!button) return;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Pause" : this.figure.animate.label;
  }
}

const figureHandle = (figure, state, key) => figure.handles(state).find((handle) => handle.key === key);

/** Data come as scripts, which a page opened as a file may load, too. */
function fetchData(name) {
  const here = document.querySelector("script[data-live-root]").dataset.liveRoot;
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${here}data/${name}.js`;
    script.onload = () => resolve(globalThis.nbcourseLiveData[name]);
    script.onerror = () => reject(new Error(`The data of this figure could not be loaded (live/data/${name}.js). The next change tries again.`));
    document.head.append(script);
  });
}
