// Chapter 10: what norms and ways around do to gradients, and to the differences between examples.
import { normals } from "../kit/random.mjs";
import { colors, curve, group, line, plot, text, words } from "../kit/svg.mjs";

const WIDTH = 32; // features
const EXAMPLES = 32;
const DEEPEST = 60;
const EPS = 1e-5;
const SIZE = WIDTH * WIDTH;
const NAMES = { none: "no norm", batch: "batch norm", layer: "layer norm" };
const LEFT = 62;
const ACROSS = 400;

const drawn = new Map(); // numbers of each seed, drawn once

/** He's weights of all layers, the inputs and the gradient behind the last layer. */
function numbersOf(seed) {
  if (!drawn.has(seed)) {
    const all = normals(seed, DEEPEST * SIZE + 2 * EXAMPLES * WIDTH);
    const scale = Math.sqrt(2 / WIDTH);
    const x = all.slice(0, EXAMPLES * WIDTH);
    const dy = all.slice(EXAMPLES * WIDTH, 2 * EXAMPLES * WIDTH);
    const weights = Array.from({ length: DEEPEST }, (_, k) => {
      const from = 2 * EXAMPLES * WIDTH + k * SIZE;
      return all.slice(from, from + SIZE).map((each) => scale * each);
    });
    drawn.set(seed, { x, dy, weights });
  }
  return drawn.get(seed);
}

/** Places of the groups that share their statistics: a feature of all examples, or an example. */
const shared = {
  batch: { groups: WIDTH, count: EXAMPLES, apart: 1, step: WIDTH },
  layer: { groups: EXAMPLES, count: WIDTH, apart: WIDTH, step: 1 },
};

/** Mean 0 and variance 1 in each group; keeps x_hat and the spreads r for the way back. */
function standardized(x, norm) {
  const { groups, count, apart, step } = shared[norm];
  const xHat = new Float64Array(x.length);
  const spreads = new Float64Array(groups);
  for (let k = 0; k < groups; k++) {
    const [from, to] = [k * apart, k * apart + count * step];
    let mean = 0;
    for (let at = from; at < to; at += step) mean += x[at];
    mean /= count;
    let variance = 0;
    for (let at = from; at < to; at += step) variance += (x[at] - mean) * (x[at] - mean);
    spreads[k] = Math.sqrt(variance / count + EPS);
    for (let at = from; at < to; at += step) xHat[at] = (x[at] - mean) / spreads[k];
  }
  return { xHat, spreads };
}

/** Back through the standardization: without the mean and the share along x_hat, divided by r. */
function standardizedBack(d, { xHat, spreads }, norm) {
  const { groups, count, apart, step } = shared[norm];
  const dx = new Float64Array(d.length);
  for (let k = 0; k < groups; k++) {
    const [from, to] = [k * apart, k * apart + count * step];
    let mean = 0;
    let share = 0;
    for (let at = from; at < to; at += step) {
      mean += d[at];
      share += d[at] * xHat[at];
    }
    mean /= count;
    share /= count;
    for (let at = from; at < to; at += step) dx[at] = (d[at] - mean - share * xHat[at]) / spreads[k];
  }
  return dx;
}

/** One block: y = gain relu(norm(x)) W, plus x where there is a way around. */
function forward(x, W, { norm, skip, gain }) {
  const kept = norm === "none" ? { xHat: x } : standardized(x, norm);
  const y = skip ? Float64Array.from(x) : new Float64Array(x.length);
  for (let n = 0; n < EXAMPLES; n++) {
    for (let i = 0; i < WIDTH; i++) {
      const h = gain * kept.xHat[n * WIDTH + i];
      if (h <= 0) continue; // the ReLU is off
      const [row, column] = [n * WIDTH, i * WIDTH];
      for (let j = 0; j < WIDTH; j++) y[row + j] += h * W[column + j];
    }
  }
  return { y, kept };
}

function backward(dy, W, kept, { norm, skip, gain }) {
  const dz = new Float64Array(dy.length);
  for (let n = 0; n < EXAMPLES; n++) {
    for (let i = 0; i < WIDTH; i++) {
      if (kept.xHat[n * WIDTH + i] <= 0) continue;
      const [row, column] = [n * WIDTH, i * WIDTH];
      let sum = 0;
      for (let j = 0; j < WIDTH; j++) sum += dy[row + j] * W[column + j];
      dz[n * WIDTH + i] = gain * sum;
    }
  }
  const dx = norm === "none" ? dz : standardizedBack(dz, kept, norm);
  return skip ? dx.map((each, k) => each + dy[k]) : dx;
}

function length(d) {
  let sum = 0;
  for (let k = 0; k < d.length; k++) sum += d[k] * d[k];
  return Math.sqrt(sum);
}

/** Mean cosine between two examples. */
function likeness(x) {
  const total = new Float64Array(WIDTH);
  for (let n = 0; n < EXAMPLES; n++) {
    const row = x.subarray(n * WIDTH, (n + 1) * WIDTH);
    const size = length(row);
    for (let i = 0; i < WIDTH; i++) total[i] += row[i] / size;
  }
  return (length(total) ** 2 - EXAMPLES) / (EXAMPLES * (EXAMPLES - 1));
}

/** Length of the gradient in front of each block and behind the last, and how alike examples are there. */
function through(state) {
  const { x, dy, weights } = numbersOf(state.seed);
  const signals = [x];
  const kept = [];
  for (let k = 0; k < state.depth; k++) {
    const step = forward(signals[k], weights[k], state);
    signals.push(step.y);
    kept.push(step.kept);
  }
  const gradients = [dy];
  for (let k = state.depth - 1; k >= 0; k--) gradients.unshift(backward(gradients[0], weights[k], kept[k], state));
  return { lengths: gradients.map((d) => length(d) / length(dy)), alike: signals.map(likeness) };
}

/** Whole powers of ten that hold the curve, in a few sizes, so that the axis seldom jumps. */
function decadesFor(lengths) {
  const enough = (exponent, least) => [least, 6, 10, 16, 24, 36, 50, 70].find((each) => each >= exponent);
  const low = Math.log10(Math.min(...lengths));
  const high = Math.log10(Math.max(...lengths));
  return [10 ** -enough(-low, 2), 10 ** enough(high, 4)];
}

const named = ({ norm, skip }) => `${NAMES[norm]}, ${skip ? "with" : "without"} a way around`;
const dashed = { stroke: colors.muted, "stroke-dasharray": "6 4", "stroke-width": 2 };

function legend(state) {
  return [
    line(LEFT, 12, LEFT + 34, 12, { stroke: colors.blue, "stroke-width": 3.5 }),
    text(LEFT + 40, 17, named(state), { size: 14 }),
    line(LEFT, 32, LEFT + 34, 32, dashed),
    text(LEFT + 40, 37, "the same weights with neither", { size: 14 }),
  ];
}

function panels(state, { lengths, alike, plain }) {
  const at = lengths.map((_, k) => k);
  const x = [0, state.depth];
  const top = plot({ id: "depth-gradients", left: LEFT, top: 50, width: ACROSS, height: 190, x, y: decadesFor(lengths), yLog: true, yLabel: "length of the gradient" });
  const bottom = plot({ id: "depth-alike", left: LEFT, top: 278, width: ACROSS, height: 120, x, y: [-0.1, 1.05], yTicks: [0, 0.5, 1], xLabel: "blocks in front", yLabel: "mean cosine" });
  const both = (panel, mine, others) => [
    panel.axes,
    panel.clip(
      curve(at.map((k) => [panel.X(k), panel.Y(others[k])]), dashed),
      curve(at.map((k) => [panel.X(k), panel.Y(mine[k])]), { "stroke-width": 3.5 }),
    ),
  ];
  return group({}, legend(state), both(top, lengths, plain.lengths), both(bottom, alike, plain.alike));
}

export default {
  name: "depth",
  title: "Gradients through a deep network, as it starts",
  width: 480,
  height: 444,
  controls: [
    { key: "norm", label: "norm in front of each ReLU", kind: "choice", value: "batch", options: Object.entries(NAMES) },
    { key: "skip", label: "a way around each block", kind: "switch", value: false },
    { key: "depth", label: "blocks", kind: "range", min: 2, max: DEEPEST, step: 1, value: 40 },
    { key: "gain", label: "first weights, times He's", kind: "range", min: 0.1, max: 2, step: 0.05, value: 1, format: (x) => x.toFixed(2) },
    { key: "seed", label: "seed", kind: "range", min: 1, max: 9, step: 1, value: 1 },
  ],

  compute(state) {
    const plain = through({ ...state, norm: "none", skip: false });
    return { ...(state.norm === "none" && !state.skip ? plain : through(state)), plain };
  },

  view(state, numbers) {
    const { lengths, alike, plain } = numbers;
    const last = state.depth;
    return {
      svg: panels(state, numbers),
      summary:
        `${last} blocks, ${named(state)}: the gradient in front of the first block is ${words(lengths[0], 2)} times as long as behind the last. ` +
        `There two examples have a cosine of ${words(alike[last], 2)} on average; with neither norm nor way around, ${words(plain.alike[last], 3)}.`,
      table: {
        caption: "Length of the gradient, behind the last block 1, and mean cosine of two examples",
        head: ["blocks in front", "gradient", "cosine", "gradient, with neither", "cosine, with neither"],
        rows: lengths.map((_, k) => [
          String(k), words(lengths[k]), words(alike[k]), words(plain.lengths[k]), words(plain.alike[k]),
        ]),
      },
    };
  },
};
