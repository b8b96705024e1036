// Chapter 9: what depth and gain do to a signal on its way forward and to a gradient on its way back.
import { circle, colors, curve, group, line, plot, power, rect, text, words } from "../kit/svg.mjs";
import { normals, uniform } from "../kit/random.mjs";

const DEEPEST = 50;
const N_NETWORKS = 3;
const GAINS = Array.from({ length: 51 }, (_, k) => k / 20); // of the map; the first is 0
const LEVELS = [-20, -10, -5, -2, 2, 5, 10]; // powers of ten of the map's lines
const SPACING = 0.1; // of the points at which a mean over a normal distribution is taken
const POINTS = Array.from({ length: 80 }, (_, k) => (k + 0.5) * SPACING);
const MASSES = (() => {
  const heights = POINTS.map((u) => Math.exp((-u * u) / 2));
  const total = heights.reduce((sum, each) => sum + each, 0);
  return heights.map((each) => each / total);
})();

/** Activations with their slopes, given the value as well. */
const ACTIVATIONS = {
  relu: { phi: (z) => (z > 0 ? z : 0), slope: (z) => (z > 0 ? 1 : 0), critical: Math.SQRT2, name: "ReLU" },
  tanh: { phi: Math.tanh, slope: (z, h) => 1 - h * h, critical: 1, name: "tanh" },
};

/** What becomes of the variance q of a layer's sums in the next layer, and chi, the gradient's factor. */
function layerMap({ phi, slope }, q, gain) {
  let [square, squaredSlope] = [0, 0];
  for (let k = 0; k < POINTS.length; k++) {
    const z = Math.sqrt(q) * POINTS[k];
    const [above, below] = [phi(z), phi(-z)];
    square += (MASSES[k] * (above ** 2 + below ** 2)) / 2;
    squaredSlope += (MASSES[k] * (slope(z, above) ** 2 + slope(-z, below) ** 2)) / 2;
  }
  return { next: gain ** 2 * square, chi: gain ** 2 * squaredSlope };
}

/** By the theory of wide layers: the variances of the sums of each layer, and chi there. */
function theory(activation, gain, depth) {
  const variances = [];
  const chis = [];
  for (let q = gain ** 2; variances.length < depth; ) {
    const { next, chi } = layerMap(activation, q, gain);
    variances.push(q);
    chis.push(chi);
    q = next;
  }
  return { variances, chis };
}

/** Sizes of the gradient in each layer, when it has the size 1 in the last one. */
function gradientSizes(chis) {
  const sizes = Array(chis.length).fill(1);
  for (let k = chis.length - 2; k >= 0; k--) sizes[k] = sizes[k + 1] * Math.sqrt(chis[k]);
  return sizes;
}

const remembered = new Map();

/** The value of `make`, made once for a key. */
function once(key, make) {
  if (!remembered.has(key)) remembered.set(key, make());
  return remembered.get(key);
}

/** Standard normal weights of a network: layer k has the numbers from k width^2 on, row by row. */
const unitWeights = (seed, width) => once(`weights ${seed} ${width}`, () => normals(seed, DEEPEST * width * width));

const signs = (seed, n) => Float64Array.from({ length: n }, (_, k) => (uniform(seed, k) < 0.5 ? -1 : 1));

const size = (x) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length);

/** One network of random weights: sizes of the sums forward and of their gradients backward. */
function network(seed, { phi, slope }, gain, width, depth) {
  const weights = unitWeights(seed, width);
  const scale = gain / Math.sqrt(width);
  const sums = [];
  let h = signs(1000 + seed, width);
  for (let layer = 0; layer < depth; layer++) {
    const z = new Float64Array(width);
    for (let i = 0, at = layer * width * width; i < width; i++, at += width) {
      if (h[i] !== 0) for (let j = 0; j < width; j++) z[j] += h[i] * scale * weights[at + j];
    }
    sums.push(z);
    h = z.map(phi);
  }
  let dz = signs(2000 + seed, width);
  const back = [size(dz)];
  for (let layer = depth - 1; layer > 0; layer--) {
    const z = sums[layer - 1];
    const next = new Float64Array(width);
    for (let i = 0, at = layer * width * width; i < width; i++, at += width) {
      let total = 0;
      for (let j = 0; j < width; j++) total += dz[j] * weights[at + j];
      next[i] = scale * total * slope(z[i], phi(z[i]));
    }
    dz = next;
    back.unshift(size(dz));
  }
  return { forward: sums.map(size), backward: back };
}

/** Powers of ten of the sizes at the far end, for each depth and each gain of the map. */
const mapOf = (name, way) =>
  once(`map ${name} ${way}`, () => {
    const columns = GAINS.slice(1).map((gain) => {
      const { variances, chis } = theory(ACTIVATIONS[name], gain, DEEPEST);
      const squares = way === "forward" ? variances : [1, ...cumulated(chis)];
      return squares.slice(0, DEEPEST).map((square) => 0.5 * Math.log10(square));
    });
    return Array.from({ length: DEEPEST }, (_, row) => [-Infinity, ...columns.map((column) => column[row])]);
  });

function cumulated(factors) {
  let product = 1;
  return factors.map((factor) => (product *= factor));
}

/** The gain at which a row of the map crosses a level upward, or null. */
function crossing(row, level) {
  const k = row.findIndex((value) => value >= level);
  if (k < 1) return null;
  if (row[k - 1] === -Infinity) return GAINS[k];
  return GAINS[k - 1] + ((level - row[k - 1]) / (row[k] - row[k - 1])) * (GAINS[k] - GAINS[k - 1]);
}

/** The smallest of a few frames, in powers of ten, that holds the curves. */
function reach(curves) {
  const farthest = Math.max(...curves.flat().filter((x) => x > 0).map((x) => Math.abs(Math.log10(x))));
  return [2, 5, 10, 20, 40].find((k) => k >= farthest) ?? 70;
}

const curvesFrame = (most, way) =>
  plot({
    id: "signals-curves", width: 400, height: 170, x: [1, DEEPEST], y: [10 ** -most, 10 ** most], yLog: true,
    xTicks: [1, 10, 20, 30, 40, 50], xLabel: "layer", yLabel: way === "forward" ? "size of the signal" : "size of the gradient",
  });

const mapFrame = () =>
  plot({
    id: "signals-map", top: 250, width: 400, height: 180, x: [0, GAINS.at(-1)], y: [DEEPEST, 2],
    yTicks: [2, 10, 20, 30, 40, 50], xLabel: "gain of the weights", yLabel: "depth",
  });

const DASH = { forward: null, backward: "8 4" };
const COLOR = { forward: colors.blue, backward: colors.vermillion };

function drawCurves(state, { predicted, networks }) {
  const { way } = state;
  const layers = predicted[way].map((_, k) => k + 1);
  const { axes, clip, path, X, Y } = curvesFrame(reach([predicted[way], ...networks.map((each) => each[way])]), way);
  const middle = Math.max(0, Math.floor(layers.length / 2));
  return group(
    {},
    axes,
    clip(
      networks.map((each) => path(layers, each[way], { stroke: colors.muted, "stroke-width": 1.3 })),
      path(layers, predicted[way], { stroke: COLOR[way], "stroke-dasharray": DASH[way], "stroke-width": 3.5 }),
    ),
    Number.isFinite(Y(predicted[way][middle])) ? circle(X(layers.at(way === "forward" ? -1 : 0)), Y(predicted[way].at(way === "forward" ? -1 : 0)), 5, { fill: COLOR[way] }) : "",
  );
}

/** The map's shading: darker the farther from 1; equal neighbors of a column are drawn as one. */
function shades(field, { X, Y }) {
  const shade = (value) => Math.sign(value) * [2, 5, 10, 20].filter((most) => Math.abs(value) >= most).length;
  return GAINS.slice(0, -1).map((gain, column) => {
    const values = field.slice(1).map((row) => shade((Math.max(row[column], -99) + row[column + 1]) / 2));
    const found = [];
    for (let from = 0, to = 1; to <= values.length; to++) {
      if (to < values.length && values[to] === values[from]) continue;
      if (values[from] !== 0) {
        const [top, bottom] = [Y(Math.min(DEEPEST, to + 1.5)), Y(Math.max(2, from + 1.5))].sort((a, b) => a - b);
        found.push(rect(X(gain), top, X(GAINS[column + 1]) - X(gain), bottom - top, {
          fill: values[from] < 0 ? colors.blue : colors.vermillion, "fill-opacity": String(0.09 * Math.abs(values[from])),
        }));
      }
      from = to;
    }
    return found;
  });
}

function levelLines(field, { X, Y }) {
  return LEVELS.map((level) => {
    const points = field.map((row, k) => [crossing(row, level), k + 1]).filter(([gain, depth]) => gain !== null && depth >= 2);
    if (points.length < 2) return "";
    const [gain, depth] = points[Math.max(0, points.findIndex(([, each]) => each >= 44))];
    return [
      curve(points.map(([x, y]) => [X(x), Y(y)]), { stroke: colors.ink, "stroke-width": 1.2 }),
      text(X(gain), Y(depth) + 5, level > 0 ? `+${level}` : `\u2212${-level}`, {
        anchor: "middle", size: 14, stroke: colors.ground, "stroke-width": 3, "paint-order": "stroke",
      }),
    ];
  });
}

const mapDrawing = (name, way) =>
  once(`drawing ${name} ${way}`, () => {
    const frame = mapFrame();
    const field = mapOf(name, way);
    const critical = frame.X(ACTIVATIONS[name].critical);
    return group(
      {},
      frame.axes,
      frame.clip(
        shades(field, frame),
        levelLines(field, frame),
        line(critical, frame.Y(2), critical, frame.Y(DEEPEST), { "stroke-dasharray": "2 4", "stroke-width": 2 }),
      ),
    );
  });

function summarize(state, { predicted, networks, chi }) {
  const { name, critical } = ACTIVATIONS[state.activation];
  const forward = state.way === "forward";
  const end = (sizes) => (forward ? sizes.at(-1) : sizes[0]);
  const measured = networks.map((each) => end(each[state.way]));
  const side = Math.abs(state.gain - critical) < 0.006 ? "at" : state.gain < critical ? "below" : "above";
  const what = forward ? `the signal has the size ${words(end(predicted.forward), 2)} in layer ${state.depth}` : `the gradient has the size ${words(end(predicted.backward), 2)} when it reaches layer 1`;
  return (
    `${name} with the gain ${words(state.gain)}, ${side} the critical ${words(critical)}: ${what} by the theory, ` +
    `${words(Math.min(...measured), 2)} to ${words(Math.max(...measured), 2)} in ${N_NETWORKS} networks. ` +
    `In the last layer \u03c7 is ${words(chi, 2)}.`
  );
}

const SEEDS = Array.from({ length: N_NETWORKS }, (_, k) => k + 1);

export default {
  name: "signals",
  title: "Signals through random layers",
  width: 480,
  height: 480,
  controls: [
    { key: "gain", label: "gain", kind: "range", min: 0.02, max: 2.5, step: 0.002, value: 1, format: (x) => words(x) },
    { key: "depth", label: "depth (layers)", kind: "range", min: 2, max: DEEPEST, step: 1, value: DEEPEST },
    { key: "activation", label: "activation", kind: "choice", value: "relu", options: [["relu", "ReLU"], ["tanh", "tanh"]] },
    { key: "way", label: "shown", kind: "choice", value: "forward", options: [["forward", "the signal, forward"], ["backward", "the gradient, backward"]] },
    { key: "width", label: "units in a layer", kind: "choice", value: 64, options: [[16, "16"], [32, "32"], [64, "64"]] },
    { key: "small", label: "Normal, 0.01", kind: "button", press: (state) => ({ ...state, gain: 0.01 * Math.sqrt(state.width) }) },
    { key: "xavier", label: "Xavier", kind: "button", press: (state) => ({ ...state, gain: 1 }) },
    { key: "he", label: "He", kind: "button", press: (state) => ({ ...state, gain: Math.SQRT2 }) },
  ],

  compute({ activation, gain, depth, width }) {
    const { variances, chis } = theory(ACTIVATIONS[activation], gain, depth);
    return {
      variances, chis,
      chi: chis.at(-1),
      predicted: { forward: variances.map(Math.sqrt), backward: gradientSizes(chis) },
      networks: SEEDS.map((seed) => network(seed, ACTIVATIONS[activation], gain, width, depth)),
    };
  },

  view(state, numbers) {
    const rows = [...new Set([1, 2, 5, 10, 20, 30, 40, 50, state.depth])].filter((k) => k <= state.depth).sort((a, b) => a - b);
    return {
      svg: group({}, drawCurves(state, numbers), mapDrawing(state.activation, state.way)),
      summary: summarize(state, numbers),
      table: {
        caption: state.way === "forward" ? "Size of the signal in each layer" : "Size of the gradient in each layer",
        head: ["layer", "theory", ...SEEDS.map((seed) => `network ${seed}`)],
        rows: rows.map((k) => [String(k), words(numbers.predicted[state.way][k - 1]), ...numbers.networks.map((each) => words(each[state.way][k - 1]))]),
      },
    };
  },

  handles(state) {
    const { X, Y } = mapFrame();
    return [{
      key: "place", label: `gain ${words(state.gain)}, depth ${state.depth}`, x: X(state.gain), y: Y(state.depth),
      mark: group({}, circle(0, 0, 9, { fill: colors.ground, stroke: colors.ink, "stroke-width": 3 }), circle(0, 0, 3, { fill: colors.ink })),
    }];
  },

  move(state, key, x, y) {
    const { X, Y } = mapFrame();
    return { ...state, gain: X.invert(x), depth: Y.invert(y) };
  },
};
