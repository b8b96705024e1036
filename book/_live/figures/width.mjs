// Chapter 11: least squares on random features, from too few through the threshold to many.
import { normals, uniforms } from "../kit/random.mjs";
import { circle, colors, group, line, plot, power, text, words } from "../kit/svg.mjs";

const POINTS = 20; // training points: the interpolation threshold
const WAVES = 10; // sines and cosines of x that the features are made of
const MOST = 400; // features
const BIAS = 0.3;
const DRAWS = [1, 2, 3, 4, 5];
const WIDTHS = [
  ...Array.from({ length: 40 }, (_, k) => k + 1),
  ...[45, 50, 55, 60, 70, 80, 90, 100, 120, 140, 160, 180, 200, 240, 280, 320, 360, MOST],
];
const NEW = Array.from({ length: 121 }, (_, k) => -1 + k / 60); // where the fit is judged
const HIGHEST = 10; // of the errors drawn

/** The rule behind the data, as in the chapter. */
const rule = (x) => Math.sin(Math.PI * x);
const TRUTH = NEW.map(rule);

/** The inputs of the features: waves of x. */
const waves = (x) =>
  Array.from({ length: 2 * WAVES }, (_, k) => {
    const angle = (Math.PI / 2) * (Math.floor(k / 2) + 1) * x;
    return k % 2 ? Math.sin(angle) : Math.cos(angle);
  });

/** Random ReLU features: for each, its values at all points. */
function features(points, A, b) {
  const given = points.map(waves);
  const found = [];
  for (let j = 0; j < MOST; j++) {
    const values = new Float64Array(points.length);
    for (let i = 0; i < points.length; i++) {
      let z = b[j];
      for (let k = 0; k < 2 * WAVES; k++) z += given[i][k] * A[k * MOST + j];
      values[i] = Math.max(0, z);
    }
    found.push(values);
  }
  return found;
}

const problems = new Map(); // one for each draw, made once

/**
 * A problem: training points, noise, weights A and b of the features, and for each width the inner
 * products of the features of training points with each other (K) and with those of new points (S).
 */
function problem(draw) {
  if (!problems.has(draw)) {
    const next = uniforms(1000 + draw);
    const x = Array.from({ length: POINTS }, (_, k) => -1 + (2 * (k + 0.1 + 0.8 * next())) / POINTS);
    const numbers = normals(draw, POINTS + MOST + 2 * WAVES * MOST);
    const noise = [...numbers.subarray(0, POINTS)];
    const b = numbers.slice(POINTS, POINTS + MOST).map((each) => BIAS * each);
    const A = numbers.slice(POINTS + MOST).map((each) => each / Math.sqrt(WAVES));
    const [mine, others] = [features(x, A, b), features(NEW, A, b)];
    problems.set(draw, { x, noise, A, b, mine, byWidth: products(mine, others) });
  }
  return problems.get(draw);
}

/** K and S for each width, each from the one before. */
function products(mine, others) {
  let K = new Float64Array(POINTS * POINTS);
  let S = new Float64Array(NEW.length * POINTS);
  let from = 0;
  return WIDTHS.map((width) => {
    [K, S] = [K.slice(), S.slice()];
    for (let j = from; j < width; j++) {
      addProduct(K, mine[j], mine[j]);
      addProduct(S, others[j], mine[j]);
    }
    from = width;
    return { K, S, width };
  });
}

/** Add the product of a column and a row to a matrix. */
function addProduct(M, column, row) {
  for (let i = 0; i < column.length; i++) {
    if (column[i] === 0) continue;
    for (let k = 0; k < POINTS; k++) M[i * POINTS + k] += column[i] * row[k];
  }
}

/** Solve (K + lambda I) c = t by Cholesky's factors. */
function solved(K, lambda, t) {
  const L = K.slice();
  const n = POINTS;
  for (let j = 0; j < n; j++) {
    L[j * n + j] += lambda;
    for (let k = 0; k < j; k++) L[j * n + j] -= L[j * n + k] * L[j * n + k];
    L[j * n + j] = Math.sqrt(L[j * n + j]);
    for (let i = j + 1; i < n; i++) {
      for (let k = 0; k < j; k++) L[i * n + j] -= L[i * n + k] * L[j * n + k];
      L[i * n + j] /= L[j * n + j];
    }
  }
  const c = Float64Array.from(t);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) c[i] -= L[i * n + k] * c[k];
    c[i] /= L[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) c[i] -= L[k * n + i] * c[k];
    c[i] /= L[i * n + i];
  }
  return c;
}

/** M c for the rows of M. */
function times(M, c) {
  const found = new Float64Array(M.length / POINTS);
  for (let i = 0; i < found.length; i++) {
    const row = i * POINTS;
    for (let k = 0; k < POINTS; k++) found[i] += M[row + k] * c[k];
  }
  return found;
}

/** Mean squared difference. */
function squaredError(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return sum / a.length;
}

/** Norm of the weights, which are combinations of the training points' features. */
function normOf(c, features, width) {
  let sum = 0;
  for (let j = 0; j < width; j++) {
    let w = 0;
    for (let k = 0; k < POINTS; k++) w += features[j][k] * c[k];
    sum += w * w;
  }
  return Math.sqrt(sum);
}

/** The ridge solution of one width: predictions, errors and the norm of the weights. */
function fitted({ K, S, width }, features, t, lambda, noise) {
  const c = solved(K, lambda, t);
  const [mine, others] = [times(K, c), times(S, c)];
  return {
    predictions: others,
    training: squaredError(mine, t),
    test: noise ** 2 + squaredError(others, TRUTH),
    norm: normOf(c, features, width),
  };
}

/** Errors of all widths for one draw. */
function swept(draw, noise, lambda) {
  const { x, noise: e, mine, byWidth } = problem(draw);
  const t = x.map((each, i) => rule(each) + noise * e[i]);
  return { x, t, fits: byWidth.map((products) => fitted(products, mine, t, lambda, noise)) };
}

let latest = {}; // the errors of the last noise and ridge, so that moving along the widths is quick

/** Errors of all widths for all draws. */
function sweptAll(noise, lambda) {
  if (latest.noise !== noise || latest.lambda !== lambda) {
    latest = { noise, lambda, all: DRAWS.map((draw) => swept(draw, noise, lambda)) };
  }
  return latest.all;
}

const fitPanel = () => plot({ id: "width-fit", width: 400, height: 180, x: [-1, 1], y: [-2.2, 2.2], yTicks: [-2, -1, 0, 1, 2], yLabel: "output" });
const errorPanel = () =>
  plot({ id: "width-errors", top: 242, width: 400, height: 190, x: [1, MOST], y: [1e-2, HIGHEST], xLog: true, yLog: true, xTicks: [], xLabel: "features", yLabel: "squared error" });

const COUNTS = [1, 5, POINTS, 100, MOST];

function fitDrawing({ x, t, predictions }) {
  const panel = fitPanel();
  return [
    panel.axes,
    panel.clip(
      panel.path(NEW, TRUTH, { stroke: colors.muted, "stroke-dasharray": "3 4", "stroke-width": 2 }),
      panel.path(NEW, predictions, { "stroke-width": 3 }),
      x.map((each, i) => circle(panel.X(each), panel.Y(t[i]), 4.5, { fill: colors.vermillion, stroke: colors.ground })),
    ),
  ];
}

function errorDrawing(state, { training, test, others }) {
  const panel = errorPanel();
  const { X, Y, left, top, width, height } = panel;
  const at = WIDTHS[state.width];
  return [
    panel.axes,
    COUNTS.map((count) => text(X(count), top + height + 19, count, { anchor: "middle", size: 14, fill: colors.muted })),
    panel.clip(
      line(X(POINTS), top, X(POINTS), top + height, { stroke: colors.muted, "stroke-dasharray": "3 4" }),
      state.noise > 0 ? line(left, Y(state.noise ** 2), left + width, Y(state.noise ** 2), { stroke: colors.muted, "stroke-dasharray": "1 4", "stroke-width": 2 }) : "",
      others.map((each) => panel.path(WIDTHS, each, { stroke: colors.blue, "stroke-width": 1, "stroke-opacity": 0.55 })),
      panel.path(WIDTHS, training.map((each) => Math.max(each, 1e-9)), { stroke: colors.vermillion, "stroke-dasharray": "7 4" }),
      panel.path(WIDTHS, test, { "stroke-width": 3.5 }),
      line(X(at), top, X(at), top + height, { "stroke-width": 1.5 }),
      circle(X(at), Y(Math.min(test[state.width], HIGHEST)), 6, { fill: colors.blue, stroke: colors.ground, "stroke-width": 2 }),
    ),
    text(left + width - 8, top + 20, "new points", { anchor: "end", fill: colors.blue }),
    text(left + 8, top + height - 10, "training points", { fill: colors.vermillion }),
  ];
}

export default {
  name: "width",
  title: "Through the interpolation threshold",
  width: 480,
  height: 480,
  controls: [
    { key: "width", label: "features", kind: "range", min: 0, max: WIDTHS.length - 1, step: 1, value: POINTS - 1, format: (k) => String(WIDTHS[k]) },
    { key: "noise", label: "noise in the targets", kind: "range", min: 0, max: 0.6, step: 0.05, value: 0.3, format: (x) => words(x, 2) },
    { key: "ridge", label: "ridge \u03bb", kind: "range", min: -6, max: 1, step: 0.5, value: -6, format: (k) => (Number.isInteger(k) ? power(k) : words(10 ** k, 2)) },
    { key: "draw", label: "draw of points and features", kind: "range", min: 1, max: DRAWS.length, step: 1, value: 4 },
  ],

  compute(state) {
    const all = sweptAll(state.noise, 10 ** state.ridge);
    const { x, t, fits } = all[state.draw - 1];
    const { A, b } = problem(state.draw);
    return {
      widths: WIDTHS, x, t, A: [...A], b: [...b], inputs: NEW,
      predictions: [...fits[state.width].predictions],
      norms: fits.map((each) => each.norm),
      training: fits.map((each) => each.training),
      test: fits.map((each) => each.test),
      others: all.map((each) => each.fits.map((fit) => fit.test)),
    };
  },

  view(state, numbers) {
    const { training, test, norms } = numbers;
    const k = state.width;
    const best = test.indexOf(Math.min(...test));
    const count = WIDTHS[k];
    return {
      svg: group({}, fitDrawing(numbers), errorDrawing(state, numbers)),
      summary:
        `${count} ${count === 1 ? "feature" : "features"} for ${POINTS} points: squared error ${words(training[k], 2)} on them, ` +
        `${words(test[k], 2)} on new points; norm of the weights ${words(norms[k], 2)}. ` +
        `The lowest error on new points, ${words(test[best], 2)}, is at ${WIDTHS[best]} features, that at ${MOST} is ${words(test.at(-1), 2)}.`,
      table: {
        caption: `Squared errors and norm of the weights for each number of features (draw ${state.draw})`,
        head: ["features", "training points", "new points", "norm of the weights"],
        rows: WIDTHS.map((each, i) => [String(each), words(training[i]), words(test[i]), words(norms[i])]),
      },
    };
  },
};
