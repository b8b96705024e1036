// Chapter 12: draw a digit, and see what the article's network, trained by this book, makes of it.
import { arrow, colors, group, minus, rect, short, tag, text } from "../kit/svg.mjs";

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const PAD = { x: 12, y: 28, cell: 8 }; // where one draws, 224 units wide
const BARS = { digit: 256, logit: 320, x: 328, width: 80, number: 472, y: 34, pitch: 22 };
const BOXES = { y: 282, size: 128, x: [12, 176, 340] }; // input and hidden layers
const BRUSH = 1.2; // radius of the pen in pixels: strokes as thick as those of MNIST
const BOX = 20; // pixels: the height or width that MNIST gives every digit
const MIDDLE = SIDE / 2;
const DIGITS = Array.from({ length: 10 }, (_, k) => k);
const LINES = Array.from({ length: SIDE }, (_, k) => k);
const BLANK = new Array(PIXELS).fill(0);

/** The numbers in a string of base64, read by `get(view, k)`. */
function decoded(base64, count, get) {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: count }, (_, k) => get(view, k));
}

const networks = new WeakMap(); // decoded once for each file of data

/** The layers {W, b, inputs, outputs} of the network in the data; W is stored row by row. */
function network(data) {
  if (!networks.has(data)) {
    const array = ({ shape, scale, int16 }) =>
      decoded(int16, shape.reduce((a, b) => a * b), (view, k) => scale * view.getInt16(2 * k, true));
    const layers = data.sizes.slice(1).map((outputs, k) => ({
      W: array(data.weights[`${2 * k}.W`]), b: array(data.weights[`${2 * k}.b`]), inputs: data.sizes[k], outputs,
    }));
    networks.set(data, layers);
  }
  return networks.get(data);
}

/** x W + b. */
function linear({ W, b, inputs, outputs }, x) {
  const z = Array.from(b);
  for (let i = 0; i < inputs; i++) {
    if (x[i] === 0) continue;
    for (let j = 0; j < outputs; j++) z[j] += x[i] * W[i * outputs + j];
  }
  return z;
}

const relu = (z) => z.map((each) => Math.max(each, 0));

function softmax(z) {
  const largest = Math.max(...z);
  const powers = z.map((each) => Math.exp(each - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((each) => each / sum);
}

/** An image moved by whole pixels; what leaves the pad is lost. */
function shifted(image, down, right) {
  return image.map((_, k) => {
    const [i, j] = [Math.floor(k / SIDE) - down, (k % SIDE) - right];
    return i >= 0 && i < SIDE && j >= 0 && j < SIDE ? image[i * SIDE + j] : 0;
  });
}

/** What is on the pad: the drawing or the test digit, moved. */
function onPad(state, data) {
  const sample = data?.samples[state.sample];
  const image = sample
    ? Array.from(decoded(sample.uint8, PIXELS, (view, k) => view.getUint8(k) / 255))
    : state.pad.length === PIXELS ? state.pad : BLANK;
  return state.down || state.right ? shifted(image, state.down, state.right) : image;
}

/** First and last line with ink, and the ink in each line, of rows (or of columns). */
function extent(image, along) {
  const ink = new Array(SIDE).fill(0);
  image.forEach((value, k) => (ink[along === "rows" ? Math.floor(k / SIDE) : k % SIDE] += value));
  const first = ink.findIndex((each) => each > 0);
  return { ink, first, size: ink.findLastIndex((each) => each > 0) - first + 1 };
}

/** overlaps[i][k]: the share of line k of an image in line i of its copy, `zoom` times as large. */
function overlaps({ ink, first }, zoom) {
  const total = ink.reduce((a, b) => a + b);
  const mass = ink.reduce((sum, each, k) => sum + each * zoom * (k + 0.5 - first), 0) / total;
  const offset = Math.ceil(MIDDLE - mass); // whole pixels: MNIST's centers lie between 14 and 15
  return LINES.map((i) =>
    LINES.map((k) => {
      const [low, high] = [(i - offset) / zoom + first, (i + 1 - offset) / zoom + first];
      return Math.max(0, Math.min(high, k + 1) - Math.max(low, k)) * zoom;
    }),
  );
}

/** An image as MNIST's makers treated theirs: scaled into a box of 20, its mass in the middle. */
function centered(image) {
  const [rows, columns] = [extent(image, "rows"), extent(image, "columns")];
  const zoom = BOX / Math.max(rows.size, columns.size);
  const [R, C] = [overlaps(rows, zoom), overlaps(columns, zoom)];
  const half = R.map((weights) =>
    LINES.map((j) => weights.reduce((sum, each, k) => (each ? sum + each * image[k * SIDE + j] : sum), 0)),
  );
  return half.flatMap((line) => C.map((weights) => weights.reduce((sum, each, k) => (each ? sum + each * line[k] : sum), 0)));
}

/** Draw (or erase) a stroke from one place to another, each [row, column] in pixels. */
function stroked(image, [y1, x1], [y2, x2], erase) {
  const length = (y2 - y1) ** 2 + (x2 - x1) ** 2;
  const radius = erase ? BRUSH + 1 : BRUSH; // the soft edge of a stroke goes, too
  return image.map((old, k) => {
    const [y, x] = [Math.floor(k / SIDE) + 0.5, (k % SIDE) + 0.5];
    const along = length ? Math.min(1, Math.max(0, ((y - y1) * (y2 - y1) + (x - x1) * (x2 - x1)) / length)) : 0;
    const distance = Math.hypot(y - y1 - along * (y2 - y1), x - x1 - along * (x2 - x1));
    const ink = Math.round(100 * Math.min(1, Math.max(0, radius + 0.5 - distance))) / 100;
    return erase ? Math.min(old, 1 - ink) : Math.max(old, ink);
  });
}

/** The state after a stroke: what was on the pad, moved or not, becomes the reader's own drawing. */
const afterStroke = (state, data, from, to, erase) => ({
  ...state, pad: stroked(onPad(state, data), from, to, erase), sample: "own", right: 0, down: 0,
});

/** Gray pixels as few paths, one for each of 16 shades. */
function pixels(image, x, y, cell) {
  const paths = new Map();
  for (let k = 0; k < PIXELS; k++) {
    const shade = Math.min(16, Math.ceil(image[k] * 16));
    if (shade < 1) continue;
    const place = `M${x + cell * (k % SIDE)} ${y + cell * Math.floor(k / SIDE)}h${cell}v${cell}h-${cell}z`;
    paths.set(shade, (paths.get(shade) ?? "") + place);
  }
  const drawn = [...paths].map(([shade, d]) => tag("path", { d, fill: colors.ink, "fill-opacity": shade / 16 }));
  return group({ "shape-rendering": "crispEdges" }, drawn); // no seams between the squares
}

const frame = (x, y, size) => rect(x, y, size, size, { fill: "none", stroke: colors.muted });

const EDGES = Array.from({ length: 7 }, (_, k) => k + 1);

/** A hidden layer of 64: squares whose areas are as the activations; a unit that is off has none. */
function layer(values, x, y, size) {
  const cell = size / 8;
  const grid = EDGES.map((k) => `M${x} ${y + k * cell}h${size}M${x + k * cell} ${y}v${size}`).join("");
  const largest = Math.max(...(values ?? []), 1e-12);
  const squares = (values ?? []).map((value, k) => {
    const side = short((cell - 2) * Math.sqrt(value / largest));
    const [left, top] = [x + cell * (k % 8), y + cell * Math.floor(k / 8)].map((at) => short(at + (cell - side) / 2));
    return side ? `M${left} ${top}h${side}v${side}h-${side}z` : "";
  });
  return [
    tag("path", { d: grid, fill: "none", stroke: colors.grid }),
    tag("path", { d: squares.join(""), fill: colors.blue }),
    frame(x, y, size),
  ];
}

const percent = (p) => `${(100 * p).toFixed(1)}\u00a0%`;
const signed = (z) => z.toFixed(1).replace("-", "\u2212");

/** Digit, logit, bar and probability, one row for each class. */
function bars({ logits, probabilities, answer }) {
  return DIGITS.map((digit) => {
    const y = BARS.y + BARS.pitch * digit;
    const weight = digit === answer ? { "font-weight": "bold" } : {};
    const outline = rect(BARS.x, y, BARS.width, 14, { fill: "none", stroke: colors.grid });
    const name = text(BARS.digit, y + 12, digit, weight);
    if (!probabilities) return [name, outline];
    return [
      name,
      text(BARS.logit, y + 12, signed(logits[digit]), { anchor: "end", size: 14, fill: colors.muted }),
      rect(BARS.x, y, BARS.width * probabilities[digit], 14, { fill: digit === answer ? colors.vermillion : colors.blue }),
      outline,
      text(BARS.number, y + 12, percent(probabilities[digit]), { anchor: "end", size: 14, ...weight }),
    ];
  });
}

const caption = (x, y, words) => text(x, y, words, { size: 14, fill: colors.muted });

function drawing(state, numbers) {
  const { pad, seen, hidden, empty } = numbers;
  const [input, first, second] = BOXES.x;
  const { y, size } = BOXES;
  const middle = y + size / 2;
  const on = (values) => (values ? `${values.filter((each) => each > 0).length} of 64 on` : "64 units");
  const [row, column] = state.cursor;
  return group(
    {},
    caption(PAD.x, 18, "the pad: 28 \u00d7 28 pixels"),
    caption(BARS.digit, 18, "digit, logit, probability"),
    pixels(pad, PAD.x, PAD.y, PAD.cell),
    frame(PAD.x, PAD.y, SIDE * PAD.cell),
    empty ? text(PAD.x + 112, PAD.y + 117, "draw here", { anchor: "middle", fill: colors.muted }) : "",
    row === undefined ? "" : rect(PAD.x + PAD.cell * column, PAD.y + PAD.cell * row, PAD.cell, PAD.cell, { fill: "none", stroke: colors.vermillion, "stroke-width": 2.5 }),
    bars(numbers),
    arrow(input + size / 2, PAD.y + SIDE * PAD.cell + 4, input + size / 2, y - 4),
    arrow(input + size + 6, middle, first - 6, middle),
    arrow(first + size + 6, middle, second - 6, middle),
    arrow(second + size / 2, y - 4, second + size / 2, BARS.y + 10 * BARS.pitch + 2),
    pixels(seen, input, y, size / SIDE),
    frame(input, y, size),
    layer(hidden?.[0], first, y, size),
    layer(hidden?.[1], second, y, size),
    caption(input, y + size + 18, "what it is given"),
    caption(first, y + size + 18, `layer 1: ${on(hidden?.[0])}`),
    caption(second, y + size + 18, `layer 2: ${on(hidden?.[1])}`),
  );
}

function summary(state, { pad, empty, hidden, probabilities, answer, label }) {
  const [row, column] = state.cursor;
  const ink = row === undefined ? 0 : pad[row * SIDE + column];
  const cursor = row === undefined ? "" : ` Cursor: row ${row + 1}, column ${column + 1}, ${ink > 0.5 ? "ink" : "no ink"}.`;
  if (empty) return `The pad is empty. Draw a digit in the square on the left, or choose a test digit below.${cursor}`;
  const next = DIGITS.filter((digit) => digit !== answer).sort((a, b) => probabilities[b] - probabilities[a])[0];
  const [n1, n2] = hidden.map((values) => values.filter((each) => each > 0).length);
  return (
    `The network answers ${answer}, with ${percent(probabilities[answer])}; next comes ${next}, with ${percent(probabilities[next])}. ` +
    (label === null ? "" : `The label says ${label}${label === answer ? "" : ", so this is a mistake"}. `) +
    `Of the hidden units, ${n1} and ${n2} of 64 are on.${cursor}`
  );
}

/** Rows of ten numbers for so many units; what is not there is left blank. */
const rows = (name, count, values, written) =>
  Array.from({ length: Math.ceil(count / 10) }, (_, k) => [
    count > 10 ? `${name}, from unit ${10 * k + 1}` : name,
    ...DIGITS.map((digit) => (10 * k + digit < count && values ? written(values[10 * k + digit]) : "")),
  ]);

export default {
  name: "digits",
  title: "A digit on its way through the network",
  width: 480,
  height: 436,
  data: "digits_network",
  controls: [
    {
      key: "sample", label: "on the pad", kind: "choice", value: "own",
      options: [
        ["own", "my own drawing"],
        ...DIGITS.map((digit) => [String(digit), `test digit ${digit}`]),
        ["misread1", "its surest mistake"],
        ["misread2", "the next surest"],
      ],
    },
    { key: "center", label: "center and scale first, as MNIST does", kind: "switch", value: true },
    { key: "right", label: "move to the right", kind: "range", min: -10, max: 10, step: 1, value: 0, format: (x) => `${minus(x)} px` },
    { key: "down", label: "move down", kind: "range", min: -10, max: 10, step: 1, value: 0, format: (x) => `${minus(x)} px` },
    { key: "erase", label: "the pen erases", kind: "switch", value: false },
    { key: "clear", label: "Clear the pad", kind: "button", press: (state) => ({ ...state, pad: [], sample: "own", right: 0, down: 0 }) },
    { key: "pad", kind: "array", value: [], longest: PIXELS, min: 0, max: 1, silent: true },
    { key: "pen", kind: "array", value: [], longest: 2, min: 0, max: SIDE, silent: true },
    { key: "cursor", kind: "array", value: [], longest: 2, min: 0, max: SIDE - 1, silent: true },
  ],

  compute(state, data) {
    const pad = onPad(state, data);
    if (!data || !pad.some((each) => each > 0)) return { empty: true, pad, seen: BLANK };
    const seen = state.center ? centered(pad) : pad;
    const [first, second, last] = network(data);
    const hidden = [relu(linear(first, seen))];
    hidden.push(relu(linear(second, hidden[0])));
    const logits = linear(last, hidden[1]);
    const probabilities = softmax(logits);
    const answer = logits.indexOf(Math.max(...logits));
    const label = data.samples[state.sample]?.label ?? null;
    return { empty: false, pad, seen, hidden, logits, probabilities, answer, label };
  },

  view(state, numbers, data) {
    const accuracy = numbers.empty ? "" : `, which reads ${percent(data.validation_accuracy)} of its validation digits`;
    return {
      svg: drawing(state, numbers),
      summary: summary(state, numbers),
      table: {
        caption: `All activations of the network 784-64-64-10${accuracy}`,
        head: ["values", ...DIGITS.map(String)],
        rows: [
          ...rows("probability", 10, numbers.probabilities, percent),
          ...rows("logit", 10, numbers.logits, signed),
          ...rows("layer 1", 64, numbers.hidden?.[0], (a) => a.toFixed(2)),
          ...rows("layer 2", 64, numbers.hidden?.[1], (a) => a.toFixed(2)),
        ],
      },
    };
  },

  surface: {
    label: "Pad of 28 by 28 pixels: draw with the pointer, or move a cursor with the arrow keys, Space draws, Delete erases",
    box: { x: PAD.x, y: PAD.y, width: SIDE * PAD.cell, height: SIDE * PAD.cell },

    pointer(state, x, y, phase, data) {
      const to = [(y - PAD.y) / PAD.cell, (x - PAD.x) / PAD.cell].map((each) => Math.min(SIDE, Math.max(0, each)));
      const from = phase === "down" || state.pen.length < 2 ? to : state.pen;
      return { ...afterStroke(state, data, from, to, state.erase), pen: to, cursor: [] };
    },

    key(state, key, data) {
      const [row, column] = state.cursor.length ? state.cursor : [MIDDLE, MIDDLE];
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
      const inside = (value) => Math.min(SIDE - 1, Math.max(0, value));
      if (step) return { ...state, cursor: [inside(row + step[0]), inside(column + step[1])] };
      if (![" ", "Delete", "Backspace"].includes(key)) return null;
      const at = [row + 0.5, column + 0.5];
      return { ...afterStroke(state, data, at, at, key !== " "), cursor: [row, column] };
    },
  },
};
