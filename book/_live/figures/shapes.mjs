// Chapter 4: a network as a row of layers; the shapes, parameters and cost of the one that is chosen.
import { colors, group, line, paragraph, polygon, rect, tag, text } from "../kit/svg.mjs";

const MOST_LAYERS = 6;
const LARGEST = 4096;
const BYTES = { float64: 8, float32: 4 };
const [LEFT, RIGHT] = [36, 444]; // of the row of layers
const MIDDLE = 84; // its height on the page
const TALLEST = 90;

/** The sizes in a text such as 784-64-64-10, or one sentence that says what is wrong with it. */
function readSizes(words) {
  const parts = words.split(/[\s,;\-\u2013\u2212]+/).filter((part) => part !== "");
  const wrong = parts.find((part) => !/^\d+$/.test(part));
  if (wrong !== undefined) return { error: `\u201c${wrong.slice(0, 12)}\u201d is not a whole number; write the sizes like 784-64-64-10.` };
  const sizes = parts.map(Number);
  if (sizes.length < 2) return { error: "A network has at least two sizes, those of its input and its output, like 784-10." };
  if (sizes.length > MOST_LAYERS + 1) return { error: `At most ${MOST_LAYERS + 1} sizes fit in this picture, here are ${sizes.length}.` };
  const outside = parts.find((part) => Number(part) < 1 || Number(part) > LARGEST);
  if (outside !== undefined) return { error: `Each size must be from 1 to ${grouped(LARGEST)}, ${outside.slice(0, 12)} is not.` };
  return { sizes };
}

const nLayers = (state) => Math.max(1, (readSizes(state.sizes).sizes ?? [1, 1]).length - 1);

/** A whole number with a comma before each three digits. */
const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
const shape = (lengths) => `(${lengths.join(", ")})`;
const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);
const lowered = (k) => String.fromCharCode(0x2080 + k);
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** A number of bytes in the unit that keeps it short; 1 MB is a million bytes. */
function memory(bytes) {
  const [unit, factor] = bytes < 1e3 ? ["bytes", 1] : bytes < 1e6 ? ["KB", 1e3] : bytes < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
  return `${Number((bytes / factor).toPrecision(3))} ${unit}`;
}

/** Everything that the chapter counts, for one layer and a batch of n. */
function count(nInputs, nOutputs, n) {
  return {
    x: [n, nInputs], W: [nInputs, nOutputs], b: [nOutputs], z: [n, nOutputs],
    parameters: (nInputs + 1) * nOutputs,
    multiplyAdds: n * nInputs * nOutputs,
    numbers: n * nInputs + (nInputs + 1) * nOutputs + n * nOutputs,
  };
}

/** Where the bars of the sizes stand, and how tall they are. */
function bars(sizes) {
  const unit = TALLEST / Math.sqrt(Math.max(...sizes));
  return sizes.map((size, k) => ({
    x: LEFT + ((RIGHT - LEFT) * k) / (sizes.length - 1),
    half: Math.max(2, (unit * Math.sqrt(size)) / 2),
  }));
}

const input = (layer) => (layer === 1 ? "x" : `h${lowered(layer - 1)}`);

/** The row of layers: a bar for each array, a hatched board of weights between two of them. */
function row(sizes, layers, chosen, total) {
  const places = bars(sizes);
  const boards = layers.map(({ parameters }, k) => {
    const [from, to] = [places[k], places[k + 1]];
    const on = k + 1 === chosen;
    const corners = [
      [from.x + 5, MIDDLE - from.half], [to.x - 5, MIDDLE - to.half], [to.x - 5, MIDDLE + to.half], [from.x + 5, MIDDLE + from.half],
    ];
    return [
      polygon(corners, {
        fill: on ? "url(#shapes-hatch)" : "none",
        stroke: on ? colors.vermillion : colors.muted,
        "stroke-width": on ? 3 : 1,
      }),
      text((from.x + to.x) / 2, 170, percent(parameters / total), { anchor: "middle", size: 14, "font-weight": on ? "bold" : null }),
    ];
  });
  const arrays = places.map(({ x, half }, k) => [
    rect(x - 4, MIDDLE - half, 8, 2 * half, { fill: colors.blue }),
    text(x, 20, k === sizes.length - 1 ? `z${lowered(k)}` : input(k + 1), { anchor: "middle" }),
    text(x, 148, sizes[k], { anchor: "middle", size: 14 }),
  ]);
  return group({}, boards, arrays, text(240, 190, "share of the parameters", { anchor: "middle", size: 14, fill: colors.muted }));
}

/** The arrays of the chosen layer, each as tall as its rows and as wide as its columns, on a square-root scale. */
function product(layer, chosen) {
  const parts = [
    [input(chosen), layer.x], [`W${lowered(chosen)}`, layer.W], [`b${lowered(chosen)}`, layer.b], [`z${lowered(chosen)}`, layer.z],
  ].map(([name, lengths]) => {
    const [rows, columns] = lengths.length === 2 ? lengths : [1, ...lengths];
    const words = shape(lengths);
    return { name, words, room: 8 * words.length, width: Math.sqrt(columns), height: Math.sqrt(rows) };
  });
  const gap = 26;
  const needed = (scale) => 3 * gap + sum(parts.map(({ room, width }) => Math.max(room, scale * width)));
  let scale = 100 / Math.max(...parts.map(({ height }) => height));
  while (needed(scale) > 460) scale *= 0.97;
  const middle = 276;
  let left = 240 - needed(scale) / 2;
  return parts.map(({ name, words, room, width, height }, k) => {
    const slot = Math.max(room, scale * width);
    const [w, h] = [Math.max(3, scale * width), Math.max(3, scale * height)];
    const center = left + slot / 2;
    const weights = k === 1 || k === 2;
    const drawn = [
      rect(center - w / 2, middle - h / 2, w, h, {
        fill: weights ? "url(#shapes-hatch)" : "none",
        stroke: weights ? colors.vermillion : colors.blue,
        "stroke-width": 2,
      }),
      text(center, middle - h / 2 - 7, name, { anchor: "middle" }),
      text(center, middle + h / 2 + 18, words, { anchor: "middle", size: 14 }),
      k < 3 ? text(left + slot + gap / 2, middle + 6, ["@", "+", "="][k], { anchor: "middle", size: 17 }) : "",
    ];
    left += slot + gap;
    return drawn;
  });
}

const hatch = tag(
  "pattern",
  { id: "shapes-hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
  line(0, 0, 0, 7, { stroke: colors.vermillion, "stroke-width": 1.5 }),
);

/** What a text that cannot be read shows in the place of a picture, sentence and table. */
function refusal(error) {
  return {
    svg: paragraph(240, 180, error, { anchor: "middle" }),
    summary: error,
    table: { caption: "No network to show", head: ["layer", "parameters"], rows: [] },
  };
}

export default {
  name: "shapes",
  title: "The shapes of a network and what they cost",
  width: 480,
  height: 434,
  controls: [
    { key: "sizes", label: "sizes, from the input to the output", kind: "text", value: "784-64-64-10", longest: 60 },
    { key: "batch", label: "batch size N", kind: "range", min: 0, max: 12, step: 1, value: 5, format: (k) => grouped(2 ** k) },
    { key: "layer", label: "layer", kind: "range", min: 1, max: MOST_LAYERS, step: 1, value: 1, most: nLayers },
    { key: "type", label: "numbers are stored as", kind: "choice", value: "float64", options: [["float64", "float64, 8 bytes"], ["float32", "float32, 4 bytes"]] },
  ],

  surface: {
    box: { x: LEFT, y: 30, width: RIGHT - LEFT, height: 150 },
    label: "The layers in a row; left and right arrows choose one",
    pointer(state, x) {
      const n = nLayers(state);
      const layer = 1 + Math.floor((n * (x - LEFT)) / (RIGHT - LEFT));
      return { ...state, layer: Math.min(n, Math.max(1, layer)) };
    },
    key(state, key) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      return step && { ...state, layer: Math.min(nLayers(state), Math.max(1, state.layer + step)) };
    },
  },

  compute(state) {
    const { sizes, error } = readSizes(state.sizes);
    if (error) return { error };
    const n = 2 ** state.batch;
    const layers = sizes.slice(1).map((nOutputs, k) => count(sizes[k], nOutputs, n));
    const ends = sizes.slice(1, -1).map((size, k) => size + sizes[k + 2]);
    const parameters = sum(layers.map((layer) => layer.parameters));
    const multiplyAdds = sum(layers.map((layer) => layer.multiplyAdds));
    const used = sizes[0] + Math.max(...ends, ends.length ? 0 : sizes[1]); // numbers for one example
    const kept = sizes[0] + 2 * sum(sizes.slice(1, -1)) + sizes.at(-1);
    return {
      n, sizes, layers, parameters, multiplyAdds,
      flops: 2 * multiplyAdds,
      inUse: parameters + n * used,
      inTraining: 5 * parameters + n * kept, // parameters, gradients and three arrays of Adam
      chosen: Math.min(state.layer, layers.length),
    };
  },

  view(state, { error, n, sizes, layers, parameters, multiplyAdds, flops, inUse, inTraining, chosen }) {
    if (error) return refusal(error);
    const layer = layers[chosen - 1];
    const last = chosen === layers.length;
    const bytes = BYTES[state.type];
    const after = last ? "These are the logits." : `ReLU makes h${lowered(chosen)} of it, of the same shape.`;
    const notes = [
      `${grouped(layer.parameters)} parameters of ${grouped(parameters)}`,
      `${grouped(layer.multiplyAdds)} multiply-adds of ${grouped(multiplyAdds)}`,
      `${memory(bytes * layer.numbers)} for these four arrays in ${state.type}`,
    ];
    const svg = group(
      {},
      hatch,
      row(sizes, layers, chosen, parameters),
      product(layer, chosen),
      notes.map((words, k) => text(240, 376 + 22 * k, words, { anchor: "middle" })),
    );
    return {
      svg,
      summary:
        `Layer ${chosen} takes ${shape(layer.x)} to ${shape(layer.z)} and has ${percent(layer.parameters / parameters)} of the ` +
        `${grouped(parameters)} parameters. ${after} For ${grouped(n)} ${n === 1 ? "example" : "examples"} the network does ` +
        `${grouped(multiplyAdds)} multiply-adds, which are ${grouped(flops)} FLOPs, and needs ${memory(bytes * inUse)} in ${state.type}.`,
      table: {
        caption: `The layers of ${sizes.join("-")} for a batch of ${grouped(n)}. Memory: of a layer, its four arrays; of the network, all that it needs at once.`,
        head: ["layer", "input", "W", "b", "output", "parameters", "multiply-adds", "float64", "float32"],
        rows: [
          ...layers.map((each, k) => [
            String(k + 1), shape(each.x), shape(each.W), shape(each.b), shape(each.z), grouped(each.parameters),
            grouped(each.multiplyAdds), memory(8 * each.numbers), memory(4 * each.numbers),
          ]),
          ...[["network, in use", inUse], ["network, training with Adam", inTraining]].map(([name, numbers]) => [
            name, shape([n, sizes[0]]), "", "", shape([n, sizes.at(-1)]), grouped(parameters),
            grouped(name.endsWith("use") ? multiplyAdds : 0).replace(/^0$/, ""), memory(8 * numbers), memory(4 * numbers),
          ]),
        ],
      },
    };
  },
};
