// Makes drawings smaller with SVGO, without a visible difference.
//
//   node svgo.mjs SVGO < ["<svg ...", ...] > ["<svg ...", ...]
//
// Ids stay as they are: they are unique in the whole page.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder] = process.argv.slice(2);
const { optimize } = await import(pathToFileURL(resolve(folder, "svgo.browser.js")));
const overrides = {
  cleanupIds: false,
  removeUnknownsAndDefaults: { keepRoleAttr: true, keepAriaAttrs: true },
};
const config = { floatPrecision: 2, plugins: [{ name: "preset-default", params: { overrides } }] };

const drawings = JSON.parse(readFileSync(0, "utf-8"));
process.stdout.write(JSON.stringify(drawings.map((drawing) => optimize(drawing, config).data)));
