// Chapter 9: what depth and gain do to a signal on its way forward and to a gradient on its way back.
import { circle, colors, curve, group, line, minus, plot, polygon, text, words } from "../kit/svg.mjs";
import { normals, uniforms } from "../kit/random.mjs";

const DEEPEST = 50;
const MAP_DEPTH = 54; // a little beyond, so that the mark does not cover the axis
const N_NETWORKS = 3;
const LARGEST = 2.5; // gain
const GAINS = Array.from({ length: 55 }, (_, k) => Math.max(0.001, k / 20)); // of the map, and a little beyond
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

/** A vector of -1 and 1: its mean square is exactly 1. */
function signs(seed, n) {
  const random = uniforms(seed);
  return Float64Array.from({ length: n }, () => (random() < 0.5 ? -1 : 1));
}

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

/** Powers of ten of the sizes at the far end, for each depth (row) and each gain of the map. */
const mapOf = (name, way) =>
  once(`map ${name} ${way}`, () => {
    const columns = GAINS.map((gain) => {
      const { variances, chis } = theory(ACTIVATIONS[name], gain, MAP_DEPTH);
      return (way === "forward" ? variances : [1, ...cumulated(chis)]).map((square) => 0.5 * Math.log10(square));
    });
    return Array.from({ length: MAP_DEPTH }, (_, row) => columns.map((column) => column[row]));
  });

function cumulated(factors) {
  let product = 1;
  return factors.map((factor) => (product *= factor));
}

/** The gain at which a row of the map reaches a level, or null; between gains the row is a power. */
function crossing(row, level) {
  const k = row.findIndex((value) => value >= level);
  if (k < 1) return null;
  const share = (level - row[k - 1]) / (row[k] - row[k - 1]);
  return GAINS[k - 1] * (GAINS[k] / GAINS[k - 1]) ** share;
}

/** The powers of ten, low and high, of a frame that holds the curves, and marks between them. */
function reach(curves) {
  const powers = curves.flat().filter((x) => x > 0).map(Math.log10);
  const round = (power) => [1, 2, 5, 10, 20, 50].find((most) => most >= power) ?? 100;
  const [low, high] = [-round(-Math.min(...powers)), round(Math.max(...powers))];
  const step = [1, 2, 5, 10, 20].find((each) => each * 6 >= high - low) ?? 50;
  const first = Math.ceil(low / step);
  const marks = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, k) => (first + k) * step);
  return { low, high, marks };
}

const curvesFrame = ({ low, high, marks }, way) =>
  plot({
    id: "signals-curves", left: 72, width: 390, height: 170,
    x: [1, DEEPEST], xTicks: [1, 10, 20, 30, 40, 50], xLabel: "layer",
    y: [10 ** low, 10 ** high], yLog: true, yTicks: marks,
    yLabel: way === "forward" ? "size of the signal" : "size of the gradient",
  });

const mapFrame = () =>
  plot({
    id: "signals-map", left: 72, top: 250, width: 390, height: 180,
    x: [0, LARGEST], xLabel: "gain of the weights",
    y: [MAP_DEPTH, 2], yTicks: [2, 10, 20, 30, 40, 50], yLabel: "depth (layers)",
  });

const DASH = { forward: null, backward: "8 4" };
const COLOR = { forward: colors.blue, backward: colors.vermillion };

function drawCurves(state, { predicted, networks }) {
  const { way } = state;
  const sizes = predicted[way];
  const layers = sizes.map((_, k) => k + 1);
  const { axes, clip, path, X, Y } = curvesFrame(reach([sizes, ...networks.map((each) => each[way])]), way);
  const last = way === "forward" ? layers.length : 1; // the layer that is reached last
  return group(
    {},
    axes,
    clip(
      networks.map((each) => path(layers, each[way], { stroke: colors.muted, "stroke-width": 1.3 })),
      path(layers, sizes, { stroke: COLOR[way], "stroke-dasharray": DASH[way], "stroke-width": 3.5 }),
    ),
    circle(X(last), Y(sizes[last - 1]), 5, { fill: COLOR[way] }),
  );
}

/** A level of the map: its line, its label, and a shade on the side away from 1. */
function levelOf(field, level, { X, Y }) {
  const points = field
    .map((row, k) => [crossing(row, level), k + 1])
    .filter(([gain]) => gain !== null)
    .map(([gain, depth]) => [X(gain), Y(depth)]);
  if (points.length < 2) return "";
  const side = X(level < 0 ? 0 : GAINS.at(-1));
  const low = Y(44);
  const [x, y] = points.find(([, each]) => each >= low) ?? points.at(-1);
  return [
    polygon([[side, points[0][1]], ...points, [side, points.at(-1)[1]]], {
      fill: level < 0 ? colors.blue : colors.vermillion, "fill-opacity": "0.1",
    }),
    curve(points, { stroke: colors.ink, "stroke-width": 1.2 }),
    text(x, y + 5, level > 0 ? `+${level}` : minus(level), {
      anchor: "middle", size: 14, stroke: colors.ground, "stroke-width": 4, "paint-order": "stroke",
    }),
  ];
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
        LEVELS.map((level) => levelOf(field, level, frame)),
        line(critical, frame.Y(2), critical, frame.Y(MAP_DEPTH), { "stroke-dasharray": "2 4", "stroke-width": 2 }),
      ),
    );
  });

function summarize(state, { predicted, networks, chi }) {
  const { name, critical } = ACTIVATIONS[state.activation];
  const forward = state.way === "forward";
  const end = (sizes) => (forward ? sizes.at(-1) : sizes[0]);
  const measured = networks.map((each) => end(each[state.way]));
  const side = Math.abs(state.gain - critical) < 0.006 ? "at" : state.gain < critical ? "below" : "above";
  const theirs = words(end(predicted[state.way]), 2);
  const what = forward
    ? `the signal has the size ${theirs} in layer ${state.depth}`
    : `the gradient has the size ${theirs} when it reaches layer 1`;
  return (
    `${name} with the gain ${words(state.gain)}, ${side} the critical ${words(critical)}: ${what} by the theory, ` +
    `${words(Math.min(...measured), 2)} to ${words(Math.max(...measured), 2)} in ${N_NETWORKS} networks. ` +
    `In the last layer \u03c7 is ${words(chi, 2)}.`
  );
}

/** A button for a named initialization: the gain that it amounts to. */
function start(key, label, gain) {
  return { key, label, kind: "button", press: (state) => ({ ...state, gain: gain(state) }) };
}

const SEEDS = Array.from({ length: N_NETWORKS }, (_, k) => k + 1);

export default {
  name: "signals",
  title: "Signals through random layers",
  width: 480,
  height: 480,
  controls: [
    {
      key: "gain", label: "gain", kind: "range", min: 0.02, max: LARGEST, step: 0.002, value: 1,
      format: (x) => words(x),
    },
    { key: "depth", label: "depth (layers)", kind: "range", min: 2, max: DEEPEST, step: 1, value: DEEPEST },
    {
      key: "activation", label: "activation", kind: "choice", value: "relu",
      options: [["relu", "ReLU"], ["tanh", "tanh"]],
    },
    {
      key: "way", label: "shown", kind: "choice", value: "forward",
      options: [["forward", "the signal, forward"], ["backward", "the gradient, backward"]],
    },
    {
      key: "width", label: "units in a layer", kind: "choice", value: 64,
      options: [[16, "16"], [32, "32"], [64, "64"]],
    },
    start("small", "Normal, 0.01", ({ width }) => 0.01 * Math.sqrt(width)),
    start("xavier", "Xavier", () => 1),
    start("he", "He", () => Math.SQRT2),
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
    const { depth, way } = state;
    const rows = [1, 2, 5, 10, 20, 30, 40, 50].filter((layer) => layer < depth);
    const sizes = [numbers.predicted[way], ...numbers.networks.map((each) => each[way])];
    return {
      svg: group({}, drawCurves(state, numbers), mapDrawing(state.activation, way)),
      summary: summarize(state, numbers),
      table: {
        caption: `Size of the ${way === "forward" ? "signal" : "gradient"} in each layer`,
        head: ["layer", "theory", ...SEEDS.map((seed) => `network ${seed}`)],
        rows: [...rows, depth].map((layer) => [String(layer), ...sizes.map((each) => words(each[layer - 1]))]),
      },
    };
  },

  handles(state) {
    const { X, Y } = mapFrame();
    const ring = circle(0, 0, 9, { fill: colors.ground, stroke: colors.ink, "stroke-width": 3 });
    return [{
      key: "place", label: `gain ${words(state.gain)}, depth ${state.depth}`, x: X(state.gain), y: Y(state.depth),
      mark: group({}, ring, circle(0, 0, 3, { fill: colors.ink })),
    }];
  },

  move(state, key, x, y) {
    const { X, Y } = mapFrame();
    return { ...state, gain: X.invert(x), depth: Y.invert(y) };
  },
};
