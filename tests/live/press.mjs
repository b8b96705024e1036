// Prints the state after a button of a figure was pressed: node press.mjs FIGURE BUTTON < STATE
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { hasValue, initial, sane } from "../../book/_live/kit/state.mjs";

const { default: figure } = await import(pathToFileURL(process.argv[2]).href);
const state = { ...initial(figure), ...JSON.parse(readFileSync(0, "utf-8")) };
const next = figure.controls.find(({ key }) => key === process.argv[3]).press(state);
const kept = figure.controls.filter(hasValue).map((control) => [control.key, sane(control, next[control.key])]);
process.stdout.write(JSON.stringify(Object.fromEntries(kept)));
