// Bundles Python for the pages: the cells' script, and the worker as a text within a script.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const COURSE = join(HERE, "..", "..", "..");

/** Write `python/cells.js`, `python/worker.js` and the license of MicroPython below `site`. */
export async function bundlePython(esbuild, site, micropython) {
  const folder = join(site, "python");
  mkdirSync(folder, { recursive: true });
  const common = { bundle: true, minify: true, format: "iife", target: "es2022", logLevel: "warning" };
  await esbuild.build({ ...common, entryPoints: [join(HERE, "cells.mjs")], outfile: join(folder, "cells.js") });
  const { outputFiles } = await esbuild.build({
    ...common,
    entryPoints: [join(HERE, "worker.mjs")],
    write: false,
    alias: { micropython, nbcourse: join(COURSE, "nbcourse") },
    loader: { ".py": "text", ".wasm": "binary" },
    define: { process: "undefined", "import.meta.url": '""' }, // no Node in a browser, no module
    external: ["module", "path", "url", "fs"],
  });
  const text = JSON.stringify(outputFiles[0].text).replaceAll("</", "<\\/");
  const license = readFileSync(join(HERE, "LICENSE.micropython"), "utf-8");
  writeFileSync(join(folder, "LICENSE.micropython"), license);
  writeFileSync(join(folder, "worker.js"), `// MicroPython: see LICENSE.micropython\nglobalThis.nbcoursePython=${text};\n`);
}
