// Python in a web worker: MicroPython, the scalar engine of the package, and the cells of one page.
//
// The page says {id, name, code}; the answers are {id, began}, {id, out} as output comes, {id, cut}
// when there is too much of it, and {id, done, error}.
import { loadMicroPython } from "micropython/micropython.mjs";
import wasm from "micropython/micropython.wasm";
import packageSource from "nbcourse/__init__.py";
import scalarSource from "nbcourse/scalar.py";
import cellSource from "./cell.py";

const MOST_OUTPUT = 20_000; // bytes that one cell may show
const EAGER_LINES = 200; // are shown at once; later ones a few times a second, or the page is flooded
const PATIENCE = 50; // ms

class Output {
  constructor(id) {
    Object.assign(this, { id, bytes: [], total: 0, lines: 0, flushed: 0, decoder: new TextDecoder() });
  }

  take([byte]) {
    if (++this.total > MOST_OUTPUT) {
      if (this.total === MOST_OUTPUT + 1) {
        this.flush();
        postMessage({ id: this.id, cut: MOST_OUTPUT });
      }
      return;
    }
    this.bytes.push(byte);
    if (byte !== 10) return;
    this.lines += 1;
    if (this.lines <= EAGER_LINES || performance.now() - this.flushed > PATIENCE) this.flush();
  }

  flush() {
    if (this.bytes.length === 0) return;
    postMessage({ id: this.id, out: this.decoder.decode(new Uint8Array(this.bytes), { stream: true }) });
    this.bytes = [];
    this.flushed = performance.now();
  }
}

let output = new Output(0);

async function start() {
  const url = URL.createObjectURL(new Blob([wasm], { type: "application/wasm" }));
  const take = (bytes) => output.take(bytes);
  const options = { url, heapsize: 8 << 20, pystack: 64 << 10, linebuffer: false };
  const python = await loadMicroPython({ ...options, stdout: take, stderr: take });
  URL.revokeObjectURL(url);
  for (const folder of ["/lib", "/lib/nbcourse"]) python.FS.mkdir(folder);
  python.FS.writeFile("/lib/nbcourse/__init__.py", packageSource);
  python.FS.writeFile("/lib/nbcourse/scalar.py", scalarSource);
  python.FS.writeFile("/lib/_cell.py", cellSource);
  return python.pyimport("_cell");
}

const started = start();

self.onmessage = async ({ data: { id, name, code } }) => {
  let error;
  try {
    const cell = await started;
    postMessage({ id, began: true });
    output = new Output(id);
    error = cell.run(code, name);
  } catch (problem) {
    error = `Python broke down: ${problem.message ?? problem}`;
  }
  output.flush();
  postMessage({ id, done: true, error });
};
