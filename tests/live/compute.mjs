// Prints what a live figure computes: node compute.mjs FIGURE < {"states": [...], "data": ...}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { fromSearch, initial, toSearch } from "../../book/_live/kit/state.mjs";
import { html, shown } from "../../book/_live/kit/markup.mjs";

const { default: figure } = await import(pathToFileURL(process.argv[2]).href);
const { states, data } = JSON.parse(readFileSync(0, "utf-8"));
const first = initial(figure);
const found = states.map((change) => {
  const state = { ...first, ...change };
  const { numbers, svg, summary, table } = shown(figure, state, data);
  const search = toSearch(figure, state, "?other=1");
  return { state, numbers, svg, summary, table, search, again: fromSearch(figure, search) };
});
// JSON knows no infinities; they travel as strings, which Python's float() reads.
const replacer = (_, value) =>
  typeof value === "number" && !Number.isFinite(value) ? String(value).replace("Infinity", "inf") : value;
process.stdout.write(JSON.stringify({ found, first, controls: figure.controls, html: html(figure, data) }, replacer));
