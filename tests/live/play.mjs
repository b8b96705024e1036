// Prints the states that a live figure goes through: node play.mjs FIGURE < {"state": {...}, "move": [...], "press": [...], "run": true}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { hasValue, initial, sane } from "../../book/_live/kit/state.mjs";

const { default: figure } = await import(pathToFileURL(process.argv[2]).href);
const { state: change, move, press, run, data } = JSON.parse(readFileSync(0, "utf-8"));

/** A state as the page takes it: every control holds it to its limits. */
const held = (state) =>
  Object.fromEntries(figure.controls.filter(hasValue).map((control) => [control.key, sane(control, state[control.key])]));

const states = [held({ ...initial(figure), ...change })];
const last = () => states[states.length - 1];
for (const [key, dx, dy] of move) {
  const { x, y } = figure.handles(last()).find((handle) => handle.key === key);
  states.push(held(figure.move(last(), key, x + dx, y + dy, data)));
}
for (const key of press) {
  states.push(held(figure.controls.find((control) => control.key === key).press(last(), data)));
}
if (run) {
  states.push(held(figure.animate.begin?.(last(), data) ?? last()));
  for (let next; states.length < 100_000 && (next = figure.animate.tick(last(), data)); ) states.push(held(next));
}
process.stdout.write(JSON.stringify(states));
