// Chapter 3: four logits, their probabilities, the loss, its slopes, and a softmax that breaks.
import { colors, group, line, plot, rect, text, words } from "../kit/svg.mjs";

const CLASSES = [0, 1, 2, 3];
const STEPS = 200; // of gradient descent on the logits themselves, at a learning rate of 1
const LEFT = 62;
const BAND = 96; // width for one class
const middle = (k) => LEFT + BAND * (k + 0.5);

const { fround } = Math; // the nearest float32

const total = (values) => values.reduce((sum, each) => sum + each, 0);

/** Logarithms of the probabilities; the shift by the largest logit keeps every exponent at most 0. */
function logSoftmax(z) {
  const largest = Math.max(...z);
  const lse = largest + Math.log(total(z.map((each) => Math.exp(each - largest))));
  return z.map((each) => each - lse);
}

/** The formula as it stands, rounded to float32 at every step. */
function naiveSoftmax(z) {
  const e = z.map((each) => fround(Math.exp(fround(each))));
  const sum = e.reduce((part, each) => fround(part + each), 0);
  return e.map((each) => fround(each / sum));
}

const targets = ({ right, smoothing }) =>
  CLASSES.map((k) => (1 - smoothing) * (String(k) === right ? 1 : 0) + smoothing / CLASSES.length);

const slopes = (logP, t) => logP.map((each, k) => Math.exp(each) - t[k]);

/** Minus the mean logarithm; a class whose target is 0 does not count, however small its probability. */
const crossEntropy = (logP, t) => -total(logP.map((each, k) => (t[k] === 0 ? 0 : t[k] * each)));

/** The logits after some steps against the slopes, with one number added to all of them. */
function logitsOf(state, t) {
  let z = CLASSES.map((k) => state[`z${k}`]);
  for (let step = 0; step < state.steps; step++) {
    const dz = slopes(logSoftmax(z), t);
    z = z.map((each, k) => each - dz[k]);
  }
  return z.map((each) => each + state.shift);
}

/** A number as programs print it. */
function printed(x, digits = 2) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "\u2212inf";
  return x.toFixed(digits).replace(/^-(0\.0+)$/, "$1").replace("-", "\u2212");
}

const STYLES = {
  stable: { fill: colors.blue, "fill-opacity": 0.75, stroke: colors.blue },
  naive: { fill: colors.ground, stroke: colors.vermillion, "stroke-width": 2, "stroke-dasharray": "4 3" },
};

/** One bar with its number; nothing but a word where there is no number. */
function bar(Y, x, width, value, style) {
  const [zero, end] = [Y(0), Y(Number.isFinite(value) ? value : 0)];
  return group(
    {},
    rect(x - width / 2, Math.min(zero, end), width, Math.max(1, Math.abs(end - zero)), style),
    text(x, value < 0 ? end + 16 : end - 5, printed(value), { anchor: "middle", size: 14 }),
  );
}

/** Bars of all classes: the stable ones alone, or with the naive ones to their right. */
const bars = (Y, stable, naive) =>
  CLASSES.map((k) =>
    naive === null
      ? bar(Y, middle(k), 40, stable[k], STYLES.stable)
      : [bar(Y, middle(k) - 23, 32, stable[k], STYLES.stable), bar(Y, middle(k) + 23, 32, naive[k], STYLES.naive)],
  );

const panel = (id, top, y, yLabel, yTicks) =>
  plot({ id, left: LEFT, top, width: 4 * BAND, height: 140, x: [0, 4], y, yLabel, xTicks: [], yTicks });

function picture({ right, naive: isNaiveShown }, { logits, t, p, slope, loss, naive }) {
  const upper = panel("logits-p", 32, [0, 1.2], "probability p", [0, 0.5, 1]);
  const lower = panel("logits-slope", 234, [-1.4, 1.4], "slope p \u2212 t", [-1, 0, 1]);
  const shownNaive = isNaiveShown ? naive : { p: null, slope: null };
  return group(
    {},
    text(LEFT, 20, `loss ${printed(loss, 3)}`, { size: 17 }),
    isNaiveShown ? text(LEFT + 384, 20, `naive softmax in float32: ${printed(naive.loss, 3)}`, { anchor: "end", size: 17 }) : "",
    upper.axes,
    t.map((each, k) => line(middle(k) - 42, upper.Y(each), middle(k) + 42, upper.Y(each), { "stroke-width": 2, "stroke-dasharray": "2 3" })),
    bars(upper.Y, p, shownNaive.p),
    CLASSES.map((k) => [
      text(middle(k), 191, `class ${k}${String(k) === right ? " \u2713" : ""}`, { anchor: "middle", size: 15 }),
      text(middle(k), 211, `z = ${printed(logits[k])}`, { anchor: "middle", size: 14, fill: colors.muted }),
    ]),
    lower.axes,
    line(LEFT, lower.Y(0), LEFT + 384, lower.Y(0)),
    bars(lower.Y, slope, shownNaive.slope),
  );
}

const slider = (key, label, value, [min, max, step], digits = 1) => ({
  key, label, kind: "range", min, max, step, value, format: (x) => printed(x, digits),
});

export default {
  name: "logits",
  title: "Four logits, their loss and its slopes",
  width: 480,
  height: 386,
  controls: [
    ...CLASSES.map((k) => slider(`z${k}`, `logit of class ${k}`, [2, 0.5, 1, -1][k], [-8, 8, 0.1])),
    { key: "right", label: "right class", kind: "choice", value: "1", options: CLASSES.map((k) => [String(k), `class ${k}`]) },
    slider("smoothing", "label smoothing", 0, [0, 0.5, 0.01], 2),
    slider("shift", "added to all logits", 0, [-200, 200, 1], 0),
    slider("steps", "steps of gradient descent", 0, [0, STEPS, 1], 0),
    { key: "naive", label: "naive softmax in float32 beside it", kind: "switch", value: false },
  ],

  compute(state) {
    const t = targets(state);
    const logits = logitsOf(state, t);
    const logP = logSoftmax(logits);
    const p = naiveSoftmax(logits);
    return {
      logits, t, p: logP.map(Math.exp), loss: crossEntropy(logP, t), slope: slopes(logP, t),
      naive: {
        p,
        loss: crossEntropy(p.map((each) => fround(Math.log(each))), t),
        slope: p.map((each, k) => fround(each - t[k])),
      },
    };
  },

  view(state, numbers) {
    const { logits, t, p, loss, slope, naive } = numbers;
    const c = Number(state.right);
    const broken = [...naive.p, naive.loss].some((each) => !Number.isFinite(each));
    return {
      svg: picture(state, numbers),
      summary:
        `Class ${c} is right and gets the probability ${words(p[c], 2)}; the loss is ${printed(loss, 3)}. ` +
        `The slope at its logit is ${words(slope[c], 2)}, and all four slopes add up to 0.` +
        (state.naive ? ` In float32 the naive softmax ${broken ? `breaks: its loss is ${printed(naive.loss)}` : `gives a loss of ${printed(naive.loss, 3)}`}.` : ""),
      table: {
        caption: `Loss ${printed(loss, 3)}, naive in float32: ${printed(naive.loss, 3)}`,
        head: ["class", "logit z", "target t", "probability p", "slope p \u2212 t", "naive p"],
        rows: CLASSES.map((k) => [
          String(k), words(logits[k], 4), words(t[k]), words(p[k]), words(slope[k]), Number.isFinite(naive.p[k]) ? words(naive.p[k]) : printed(naive.p[k]),
        ]),
      },
    };
  },

  animate: {
    label: "Descend",
    fps: 20,
    begin: (state) => (state.steps < STEPS ? state : { ...state, steps: 0 }),
    tick: (state) => (state.steps < STEPS ? { ...state, steps: state.steps + 1 } : null),
  },
};
