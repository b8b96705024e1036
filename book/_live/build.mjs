// Bundles the live figures for the browser and writes what pages and tests need of them.
//
//   node build.mjs SITE PARTS TOOLS
//
// SITE gets <figure>.js, one script a figure, data/<name>.js, made of PARTS/data/<name>.json, and
// python/, what the live cells need; TOOLS has esbuild and MicroPython. PARTS gets <figure>.html and <figure>.svg, what a page and a notebook show of its first state.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { html, picture } from "./kit/markup.mjs";
import { bundlePython } from "./python/bundle.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const [site, parts, tools] = process.argv.slice(2).map((path) => resolve(path));
const names = readdirSync(join(HERE, "figures"))
  .filter((file) => file.endsWith(".mjs") && !file.startsWith("_"))
  .map((file) => file.slice(0, -".mjs".length))
  .sort();

const dataFolder = join(parts, "data");
mkdirSync(dataFolder, { recursive: true });
const data = {};
for (const file of readdirSync(dataFolder).filter((name) => name.endsWith(".json"))) {
  data[file.slice(0, -".json".length)] = JSON.parse(readFileSync(join(dataFolder, file), "utf-8"));
}

rmSync(site, { recursive: true, force: true });
mkdirSync(join(site, "data"), { recursive: true });
for (const name of names) {
  const { default: figure } = await import(pathToFileURL(join(HERE, "figures", `${name}.mjs`)).href);
  if (figure.name !== name) throw new Error(`figures/${name}.mjs calls itself ${figure.name}`);
  writeFileSync(join(parts, `${name}.html`), html(figure, data[figure.data]));
  writeFileSync(join(parts, `${name}.svg`), picture(figure, data[figure.data]));
}
for (const [name, content] of Object.entries(data)) {
  const value = JSON.stringify(content);
  writeFileSync(
    join(site, "data", `${name}.js`),
    `(globalThis.nbcourseLiveData ??= {}).${name} = ${value};\n`,
  );
}

const esbuild = createRequire(import.meta.url)(join(tools, "esbuild-wasm", "lib", "main.js"));
for (const name of names) {
  await esbuild.build({
    stdin: {
      contents: `import figure from "./figures/${name}.mjs"; import { mount } from "./kit/mount.mjs"; mount(figure);`,
      resolveDir: HERE,
      sourcefile: `${name}.mjs`,
    },
    bundle: true,
    minify: true,
    format: "iife", // a classic script: it works in a page that is opened as a file
    target: "es2022",
    outfile: join(site, `${name}.js`),
    logLevel: "warning",
  });
}
await bundlePython(esbuild, site, join(tools, "@micropython", "micropython-webassembly-pyscript"));
process.exit(0); // esbuild's service would wait for more
