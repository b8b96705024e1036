// Runs cells of Python on MicroPython in Node, as the worker of a page does.
//
//   node micropython.mjs FOLDER < {"files": {path: text}, "cells": [text, ...]}
//
// FOLDER has micropython.mjs. Says [{"out": ..., "error": ...}, ...], one for each cell.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { files, cells } = JSON.parse(readFileSync(0, "utf-8"));
const { loadMicroPython } = await import(pathToFileURL(join(process.argv[2], "micropython.mjs")).href);
let bytes = [];
const take = ([byte]) => bytes.push(byte);
const options = { heapsize: 8 << 20, pystack: 64 << 10, linebuffer: false };
const python = await loadMicroPython({ ...options, stdout: take, stderr: take });
for (const [path, text] of Object.entries(files)) {
  const folders = path.split("/").slice(1, -1);
  folders.forEach((_, k) => {
    const folder = `/${folders.slice(0, k + 1).join("/")}`;
    if (!python.FS.analyzePath(folder).exists) python.FS.mkdir(folder);
  });
  python.FS.writeFile(path, text);
}
const cell = python.pyimport("_cell");
const found = cells.map((code, k) => {
  bytes = [];
  const error = cell.run(code, `cell ${k + 1}`);
  return { out: new TextDecoder().decode(new Uint8Array(bytes)), error };
});
process.stdout.write(JSON.stringify(found), () => process.exit(0));
