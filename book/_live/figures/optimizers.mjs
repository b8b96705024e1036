// Chapter 8: six optimizers race down a valley that lies along an axis, is turned, or bends.
import { circle, colors, curve, group, line, plot, polygon, rect, series, text, words } from "../kit/svg.mjs";

const N_STEPS = 100;
const KAPPA = 100;
const REACH = [1.6, 0.96]; // what is drawn of the two weights, to both sides of 0
const LEAST = 1e-15; // losses below are drawn there
const LEVELS = [0.005, 0.02, 0.08, 0.2, 0.5, 1.25, 3, 8, 20, 50];
const TRIED = Array.from({ length: 11 }, (_, k) => -3 + k / 4); // powers of ten

/** Rules for one weight: each keeps a memory of its own and turns a weight and its gradient into the next weight. */
const RULES = {
  sgd: (rate) => (w, g) => w - rate * g,
  momentum: (rate, mu = 0.9) => {
    let v = 0;
    return (w, g) => {
      v = mu * v + g;
      return w - rate * v;
    };
  },
  adagrad: (rate, eps = 1e-10) => {
    let s = 0;
    return (w, g) => {
      s += g * g;
      return w - (rate * g) / (Math.sqrt(s) + eps);
    };
  },
  rmsprop: (rate, decay = 0.99, eps = 1e-8) => {
    let v = 0;
    return (w, g) => {
      v = decay * v + (1 - decay) * g * g;
      return w - (rate * g) / (Math.sqrt(v) + eps);
    };
  },
  adam: (rate, beta1 = 0.9, beta2 = 0.999, eps = 1e-8) => {
    let [m, v, t] = [0, 0, 0];
    return (w, g) => {
      t += 1;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      return w - (rate * (m / (1 - beta1 ** t))) / (Math.sqrt(v / (1 - beta2 ** t)) + eps);
    };
  },
  adamw: (rate, weightDecay = 0.1) => {
    const step = RULES.adam(rate);
    return (w, g) => step((1 - rate * weightDecay) * w, g);
  },
};

const diamond = (r) => [[0, -r], [r, 0], [0, r], [-r, 0]];
const triangle = (r, up) => [[0, -up * r], [r, up * r * 0.8], [-r, up * r * 0.8]];
const shape = (points) => (fill) => polygon(points, { fill, stroke: colors.ground, "stroke-width": 1 });

/** The racers, with the learning rates (powers of ten) that are best for the first state. */
const RACERS = [
  { key: "sgd", name: "SGD", rate: -1.75, on: true, mark: (fill) => circle(0, 0, 6, { fill }) },
  { key: "momentum", name: "momentum", rate: -1.5, on: true, mark: (fill) => rect(-5.5, -5.5, 11, 11, { fill }) },
  { key: "adagrad", name: "Adagrad", rate: -0.5, on: true, mark: shape(triangle(7, 1)) },
  { key: "rmsprop", name: "RMSprop", rate: -1, on: true, mark: shape(diamond(8)) },
  { key: "adam", name: "Adam", rate: -1.25, on: true, mark: shape(triangle(7, -1)) },
  { key: "adamw", name: "AdamW", rate: -0.5, on: false, mark: (fill) => group({ stroke: fill, "stroke-width": 3 }, line(-5, -5, 5, 5, { stroke: fill }), line(-5, 5, 5, -5, { stroke: fill })) },
].map((racer, k) => ({ ...racer, ...series[k] }));

/** The floor of the valley, and its slope, in the surface's own coordinates u. */
const FLOORS = {
  straight: { minimum: 0, height: () => 0, slope: () => 0 },
  bent: { minimum: 1, height: (x) => 0.5 * (x * x - 1), slope: (x) => x },
};

/** The loss 1/2 (u1 - minimum)^2 + KAPPA/2 (u2 - height(u1))^2. */
function loss({ minimum, height }, [x, y]) {
  return 0.5 * (x - minimum) ** 2 + 0.5 * KAPPA * (y - height(x)) ** 2;
}

function slopes({ minimum, height, slope }, [x, y]) {
  const across = KAPPA * (y - height(x));
  return [x - minimum - across * slope(x), across];
}

/** From the surface's own coordinates to the weights, turned by an angle in degrees; and back. */
function turn([x, y], degrees) {
  const angle = (degrees * Math.PI) / 180;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [c * x - s * y, s * x + c * y];
}

/** The path of one optimizer, in weights, and its losses; the rules see the weights alone. */
function race(state, key, rate) {
  const floor = FLOORS[state.surface];
  const rules = [RULES[key](rate), RULES[key](rate)];
  let w = turn(state.start, state.angle);
  const path = [w];
  for (let t = 0; t < N_STEPS; t++) {
    const g = turn(slopes(floor, turn(w, -state.angle)), state.angle);
    w = w.map((value, d) => rules[d](value, g[d]));
    path.push(w);
  }
  return { path, losses: path.map((each) => loss(floor, turn(each, -state.angle))) };
}

/** For each optimizer the best of 11 learning rates for the loss after all steps. */
function tuned(state) {
  const next = { ...state };
  for (const { key } of RACERS) {
    const ends = TRIED.map((power) => race(state, key, 10 ** power).losses.at(-1));
    const finite = ends.map((end) => (Number.isFinite(end) ? end : Infinity));
    next[`${key}Rate`] = TRIED[finite.indexOf(Math.min(...finite))];
  }
  return next;
}

const surfaceFrame = () =>
  plot({
    id: "optimizers-surface", width: 400, height: 240, x: [-REACH[0], REACH[0]], y: [-REACH[1], REACH[1]],
    xLabel: "weight w\u2081", yLabel: "weight w\u2082",
  });

const lossFrame = () =>
  plot({
    id: "optimizers-loss", top: 372, width: 400, height: 150, x: [0, N_STEPS], y: [LEAST, 1e3], yLog: true,
    xLabel: "step", yLabel: "loss",
  });

const near = (pixel) => Math.min(1e4, Math.max(-1e4, pixel));
const pixels = ({ X, Y }, points) => points.map(([x, y]) => [near(X(x)), near(Y(y))]);

/** A level of equal loss: the image of a circle. */
function level(state, frame, height) {
  const { minimum, height: floor } = FLOORS[state.surface];
  const r = Math.sqrt(2 * height);
  const points = Array.from({ length: 97 }, (_, k) => {
    const x = minimum + r * Math.cos((2 * Math.PI * k) / 96);
    return turn([x, floor(x) + (r / Math.sqrt(KAPPA)) * Math.sin((2 * Math.PI * k) / 96)], state.angle);
  });
  return curve(pixels(frame, points), { stroke: colors.muted, "stroke-width": 1, "stroke-opacity": "0.6" });
}

const racing = (state) => RACERS.filter(({ key }) => state[key]);
const place = (x, y, drawn) => group({ transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` }, drawn);
const marked = (racer, [x, y]) => (Number.isFinite(x) && Number.isFinite(y) ? place(x, y, racer.mark(racer.color)) : "");
const style = ({ color, dash }) => ({ stroke: color, "stroke-dasharray": dash, "stroke-width": 2 });

function drawSurface(state, frame, runs) {
  const [x, y] = turn([FLOORS[state.surface].minimum, 0], state.angle);
  return [
    LEVELS.map((height) => level(state, frame, height)),
    line(frame.X(x) - 8, frame.Y(y), frame.X(x) + 8, frame.Y(y), { "stroke-width": 2 }),
    line(frame.X(x), frame.Y(y) - 8, frame.X(x), frame.Y(y) + 8, { "stroke-width": 2 }),
    racing(state).map((racer) => {
      const points = pixels(frame, runs[racer.key].path.slice(0, state.step + 1));
      return [curve(points, style(racer)), marked(racer, points.at(-1))];
    }),
  ];
}

function drawLosses(state, runs) {
  const { X, Y, axes, clip } = lossFrame();
  return group({}, axes, clip(racing(state).map((racer) => {
    const shown = runs[racer.key].losses.slice(0, state.step + 1);
    const points = shown.map((value, t) => [X(t), near(Y(Math.max(LEAST, value)))]);
    return [curve(points, style(racer)), marked(racer, points.at(-1))];
  })));
}

const legend = (state) =>
  racing(state).map((racer, k) => {
    const [x, y] = [66 + 138 * (k % 3), 320 + 24 * Math.floor(k / 3)];
    return [line(x, y, x + 30, y, style(racer)), place(x + 30, y, racer.mark(racer.color)), text(x + 44, y + 5, racer.name)];
  });

/** Whether a loss says that the optimizer did not stay in the valley. */
const isLost = (value, first) => !Number.isFinite(value) || value > 100 * Math.max(first, 1);

const listed = (names) => (names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`);

function summarize(state, runs) {
  const shown = racing(state).map(({ key, name }) => ({ name, loss: runs[key].losses[state.step], first: runs[key].losses[0] }));
  if (shown.length === 0) return "No optimizer is shown; switch one on.";
  const lost = shown.filter(({ loss: value, first }) => isLost(value, first));
  const there = shown.filter((each) => !lost.includes(each)).sort((one, other) => one.loss - other.loss);
  const where = `${state.surface === "bent" ? "the bent valley" : "the straight valley"}${state.angle === 0 ? ", along an axis," : `, turned by ${state.angle}\u00b0,`}`;
  const best = there.length ? `${there[0].name} has the lowest loss, ${words(there[0].loss, 2)}` : "no optimizer is left";
  const worst = there.length > 1 ? `, and ${there.at(-1).name} the highest, ${words(there.at(-1).loss, 2)}` : "";
  const gone = lost.length ? ` ${listed(lost.map(({ name }) => name))} diverged: the rate is too large here.` : "";
  return `After ${state.step} steps in ${where} ${best}${worst}.${gone}`;
}

const rateSlider = ({ key, name, rate }) => ({
  key: `${key}Rate`, label: `${name}: learning rate`, kind: "range", min: -3, max: 0, step: 0.05, value: rate, format: (x) => words(10 ** x, 2),
});

export default {
  name: "optimizers",
  title: "Six optimizers in one valley",
  width: 480,
  height: 572,
  controls: [
    { key: "surface", label: "valley", kind: "choice", value: "straight", options: [["straight", "straight"], ["bent", "bent"]] },
    { key: "angle", label: "turned by", kind: "range", min: 0, max: 90, step: 5, value: 0, format: (x) => `${x}\u00b0` },
    { key: "step", label: "step", kind: "range", min: 0, max: N_STEPS, step: 1, value: N_STEPS },
    { key: "tune", label: "Best rates for this valley", kind: "button", press: tuned },
    ...RACERS.flatMap((racer) => [
      { key: racer.key, label: racer.key === "adamw" ? "AdamW (decay 0.1)" : racer.name, kind: "switch", value: racer.on },
      rateSlider(racer),
    ]),
    { key: "start", kind: "array", min: -2, max: 2, fixed: true, value: [-1, 0.3] },
  ],

  compute(state) {
    return { runs: Object.fromEntries(RACERS.map(({ key }) => [key, race(state, key, 10 ** state[`${key}Rate`])])) };
  },

  view(state, { runs }) {
    const frame = surfaceFrame();
    return {
      svg: group({}, frame.axes, frame.clip(drawSurface(state, frame, runs)), legend(state), drawLosses(state, runs)),
      summary: summarize(state, runs),
      table: {
        caption: `The optimizers that are shown, after ${state.step} steps`,
        head: ["optimizer", "learning rate", "w\u2081", "w\u2082", "loss"],
        rows: racing(state).map(({ key, name }) => [
          name, words(10 ** state[`${key}Rate`], 2), ...runs[key].path[state.step].map((value) => words(value)), words(runs[key].losses[state.step]),
        ]),
      },
    };
  },

  handles(state) {
    const { X, Y } = surfaceFrame();
    const [x, y] = turn(state.start, state.angle);
    return [{
      key: "start", label: `start, at ${words(x, 2)} and ${words(y, 2)}`, x: X(x), y: Y(y),
      mark: circle(0, 0, 9, { fill: colors.ground, stroke: colors.ink, "stroke-width": 3 }),
    }];
  },

  /** The start belongs to the valley: it turns with it. */
  move(state, key, x, y) {
    const { X, Y } = surfaceFrame();
    const within = (value, most) => Math.min(most, Math.max(-most, value));
    const start = turn([within(X.invert(x), REACH[0]), within(Y.invert(y), REACH[1])], -state.angle);
    return { ...state, start: start.map((value) => Number(value.toFixed(3))) };
  },

  animate: {
    label: "Run",
    fps: 20,
    begin: (state) => (state.step < N_STEPS ? state : { ...state, step: 0 }),
    tick: (state) => (state.step < N_STEPS ? { ...state, step: state.step + 1 } : null),
  },
};
