// Chapter 7: gradient descent in a bowl, and what the learning rate, momentum and batches do to it.
import { circle, colors, curve, group, line, plot, rect, short, tag, text, words } from "../kit/svg.mjs";
import { normals, uniforms } from "../kit/random.mjs";

const N_STEPS = 60;
const N_EXAMPLES = 64;
const RATE_STEP = 0.005; // of the slider, in powers of ten
const SPREAD = 0.12;
const REACH = [2.5, 1.25]; // what is drawn of the two weights, to both sides of 0
const FAR = 1e4; // pixels; what lies farther out is drawn there, outside the frame

/** Each example is a bowl of the same shape around a point of its own; the mean of these is 0. */
const EXAMPLES = (() => {
  const drawn = normals(7, 2 * N_EXAMPLES);
  const columns = [0, 1].map((d) => Array.from({ length: N_EXAMPLES }, (_, i) => drawn[2 * i + d]));
  const centered = columns.map((x) => x.map((value) => SPREAD * (value - mean(x))));
  return centered[0].map((first, i) => [first, centered[1][i]]);
})();

function mean(x) {
  return x.reduce((total, value) => total + value, 0) / x.length;
}

const variances = [0, 1].map((d) => mean(EXAMPLES.map((example) => example[d] ** 2)));
const curvatures = (state) => [1, state.kappa];
const rate = (state) => 10 ** state.rate;
const isNoisy = (state) => state.batch < N_EXAMPLES;

/** The loss of all examples, up to a constant. */
const loss = (w, a) => 0.5 * (a[0] * w[0] ** 2 + a[1] * w[1] ** 2);

/** `count` of all examples, none twice. */
function pick(random, count) {
  const order = EXAMPLES.map((_, k) => k);
  for (let k = 0; k < count; k++) {
    const other = k + Math.floor(random() * (order.length - k));
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order.slice(0, count);
}

/** The batch of each step, drawn afresh; null for all examples. */
function batchesOf(state) {
  const random = uniforms(state.draw);
  return Array.from({ length: N_STEPS }, () => (isNoisy(state) ? pick(random, state.batch) : null));
}

/** The points that SGD visits: v = momentum v + g, then w = w - rate v. */
function walk(state, batches) {
  const a = curvatures(state);
  const eta = rate(state);
  let w = state.start;
  let v = [0, 0];
  const path = [w];
  for (const batch of batches) {
    const center = [0, 1].map((d) => (batch ? mean(batch.map((i) => EXAMPLES[i][d])) : 0));
    const g = w.map((value, d) => a[d] * (value - center[d]));
    v = v.map((value, d) => state.momentum * value + g[d]);
    w = w.map((value, d) => value - eta * v[d]);
    path.push(w);
  }
  return path;
}

/** What a step keeps of the distance in the long run: the larger eigenvalue of one step, in size. */
function kept(state, a) {
  const trace = 1 - rate(state) * a + state.momentum;
  const root = trace ** 2 - 4 * state.momentum;
  return root < 0 ? Math.sqrt(state.momentum) : (Math.abs(trace) + Math.sqrt(root)) / 2;
}

/** The mean loss around which noisy steps settle. */
function noiseFloor(state) {
  const eta = rate(state);
  const mu = state.momentum;
  const share = (N_EXAMPLES - state.batch) / (N_EXAMPLES - 1) / state.batch;
  const heights = curvatures(state).map((a, d) => {
    const noise = a ** 2 * variances[d] * share; // variance of this entry of the gradient
    return (0.5 * eta * noise * (1 + mu)) / ((1 - mu) * (2 * (1 + mu) - eta * a));
  });
  return heights[0] + heights[1];
}

const surfaceFrame = () =>
  plot({
    id: "descent-bowl", width: 400, height: 200, x: [-REACH[0], REACH[0]], y: [-REACH[1], REACH[1]],
    xLabel: "weight w\u2081", yLabel: "weight w\u2082",
  });

const lossFrame = () =>
  plot({
    id: "descent-loss", top: 282, width: 400, height: 150, x: [0, N_STEPS], y: [1e-8, 1e2], yLog: true,
    xLabel: "step", yLabel: "loss",
  });

const round = (value, step) => Math.round(value / step) * step;
const near = (pixel) => Math.min(FAR, Math.max(-FAR, pixel));

function bowl({ X, Y }, a) {
  const size = X(1) - X(0);
  return [0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 10, 12].map((r) =>
    tag("ellipse", {
      cx: X(0), cy: Y(0), rx: size * r, ry: (size * r) / Math.sqrt(a[1]),
      fill: "none", stroke: colors.muted, "stroke-opacity": "0.6", "stroke-width": 1,
    }),
  );
}

function drawPath({ X, Y }, path) {
  const points = path.map(([x, y]) => [near(X(x)), near(Y(y))]);
  const [endX, endY] = points.at(-1);
  const dots = points.map(([x, y]) => `M${short(x)} ${short(y)}h0`).join("");
  return [
    curve(points, { "stroke-width": 1.6 }),
    tag("path", { d: dots, stroke: colors.blue, "stroke-width": 5, "stroke-linecap": "round" }),
    rect(endX - 6, endY - 6, 12, 12, { fill: colors.vermillion, stroke: colors.ground, "stroke-width": 1.5 }),
  ];
}

function drawExamples({ X, Y }) {
  const dots = EXAMPLES.map(([x, y]) => `M${short(X(x) - 2)} ${short(Y(y))}h4m-2-2v4`).join("");
  return tag("path", { d: dots, stroke: colors.muted, "stroke-width": 1 });
}

function drawFloor({ X, Y }, floor) {
  const style = { stroke: colors.green, "stroke-dasharray": "2 4", "stroke-width": 2.5 };
  return [
    line(X(0), Y(floor), X(N_STEPS), Y(floor), style),
    text(X(0) + 6, Y(floor) + 18, "noise floor", { size: 14, fill: colors.green }),
  ];
}

function drawLosses(frame, { losses, floor }, step) {
  const { X, Y, axes, clip, path, top, height } = frame;
  const y = Y(losses[step]);
  const isInside = y >= top && y <= top + height;
  return group(
    {},
    axes,
    clip(
      floor === null ? "" : drawFloor(frame, floor),
      path(losses.slice(0, step + 1).map((_, t) => t), losses),
    ),
    isInside ? rect(X(step) - 6, y - 6, 12, 12, { fill: colors.vermillion }) : "",
  );
}

const bestPlain = (state) => ({ ...state, momentum: 0, rate: Math.log10(2 / (1 + state.kappa)) });

/**
 * The best learning rate with momentum, as the slider rounds it, and the least momentum with which no
 * direction is slower than the square root of it: (1 - root)^2 <= rate a <= (1 + root)^2 for both curvatures.
 */
function bestMomentum(state) {
  const power = round(2 * Math.log10(2 / (1 + Math.sqrt(state.kappa))), RATE_STEP);
  const root = Math.sqrt(10 ** power);
  const least = Math.max(1 - root, root * Math.sqrt(state.kappa) - 1);
  return { ...state, rate: power, momentum: Math.ceil(100 * least ** 2) / 100 };
}

function summarize(state, { losses, limit, kept: share, floor }) {
  const bound = state.momentum > 0 ? `2(1 + \u03bc)/\u03ba = ${words(limit)}` : `2/\u03ba = ${words(limit)}`;
  const eta = words(rate(state));
  const now = Number.isFinite(losses[state.step]) ? words(losses[state.step], 2) : "beyond all numbers";
  const end = `After ${state.step} steps the loss is ${now}; it began at ${words(losses[0], 2)}.`;
  if (rate(state) >= limit) {
    return `The learning rate ${eta} is not below the limit ${bound}: the path diverges. ${end}`;
  }
  const pace =
    `The learning rate ${eta} is below the limit ${bound}. ` +
    `In the long run a step keeps ${words(100 * share)} % of the distance. `;
  if (floor === null) return pace + end;
  const size = state.batch === 1 ? "single examples" : `batches of ${state.batch}`;
  return `${pace}${end} With ${size} it settles around ${words(floor, 2)}, the noise floor.`;
}

export default {
  name: "descent",
  title: "Gradient descent in a bowl",
  width: 480,
  height: 482,
  controls: [
    {
      key: "rate", label: "learning rate \u03b7", kind: "range", min: -3, max: 0.3, step: RATE_STEP, value: -1.11,
      format: (x) => words(10 ** x),
    },
    { key: "momentum", label: "momentum \u03bc", kind: "range", min: 0, max: 0.99, step: 0.01, value: 0 },
    { key: "kappa", label: "condition number \u03ba", kind: "range", min: 1, max: 100, step: 1, value: 25 },
    {
      key: "batch", label: "examples in a batch", kind: "choice", value: N_EXAMPLES,
      options: [[N_EXAMPLES, `all ${N_EXAMPLES}: no noise`], [16, "16"], [4, "4"], [1, "1"]],
    },
    { key: "step", label: "step", kind: "range", min: 0, max: N_STEPS, step: 1, value: N_STEPS },
    { key: "draw", label: "draw of the batches", kind: "range", min: 1, max: 9, step: 1, value: 1 },
    { key: "plain", label: "Best rate, no momentum", kind: "button", press: bestPlain },
    { key: "heavy", label: "Best rate and momentum", kind: "button", press: bestMomentum },
    { key: "start", kind: "array", min: -2.5, max: 2.5, fixed: true, value: [-2, 0.35] },
  ],

  compute(state) {
    const a = curvatures(state);
    const batches = batchesOf(state);
    const path = walk(state, batches);
    const limit = (2 * (1 + state.momentum)) / Math.max(...a);
    return {
      path, batches, examples: EXAMPLES, limit,
      losses: path.map((w) => loss(w, a)),
      kept: Math.max(...a.map((each) => kept(state, each))),
      floor: isNoisy(state) && rate(state) < limit ? noiseFloor(state) : null,
    };
  },

  view(state, numbers) {
    const frame = surfaceFrame();
    const { X, Y } = frame;
    const svg = group(
      {},
      frame.axes,
      frame.clip(
        bowl(frame, curvatures(state)),
        isNoisy(state) ? drawExamples(frame) : "",
        drawPath(frame, numbers.path.slice(0, state.step + 1)),
        line(X(0) - 9, Y(0), X(0) + 9, Y(0), { "stroke-width": 2 }),
        line(X(0), Y(0) - 9, X(0), Y(0) + 9, { "stroke-width": 2 }),
      ),
      drawLosses(lossFrame(), numbers, state.step),
    );
    const { losses, path } = numbers;
    const steps = [0, 1, 2, 3, 5, 10, 20, 30, 40, 50].filter((t) => t < state.step);
    return {
      svg,
      summary: summarize(state, numbers),
      table: {
        caption: "The walk, up to the chosen step",
        head: ["step", "w\u2081", "w\u2082", "loss"],
        rows: [...steps, state.step].map((t) => [String(t), ...path[t].map((w) => words(w)), words(losses[t])]),
      },
    };
  },

  handles(state) {
    const { X, Y } = surfaceFrame();
    const [x, y] = state.start;
    return [{
      key: "start", label: `start, at ${words(x, 2)} and ${words(y, 2)}`, x: X(x), y: Y(y),
      mark: circle(0, 0, 9, { fill: colors.ground, stroke: colors.blue, "stroke-width": 3 }),
    }];
  },

  move(state, key, x, y) {
    const { X, Y } = surfaceFrame();
    const within = (value, most) => Number(Math.min(most, Math.max(-most, value)).toFixed(3));
    return { ...state, start: [within(X.invert(x), REACH[0]), within(Y.invert(y), REACH[1])] };
  },

  animate: {
    label: "Run",
    fps: 12,
    begin: (state) => (state.step < N_STEPS ? state : { ...state, step: 0 }),
    tick: (state) => (state.step < N_STEPS ? { ...state, step: state.step + 1 } : null),
  },
};
