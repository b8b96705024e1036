// Chapter 8: six optimizers race down a valley that lies along an axis, is turned, or bends.
import { circle, colors, curve, group, line, plot, polygon, rect, series, text, words } from "../kit/svg.mjs";

const N_STEPS = 100;
const KAPPA = 100;
const REACH = [1.6, 0.96]; // what is drawn of the two weights, to both sides of 0
const SEEN = Math.hypot(...REACH) + 0.05; // farther from 0 nothing is seen, however the valley is turned
const LEAST = 1e-15; // losses below are drawn there
const LEVELS = [0.005, 0.02, 0.08, 0.2, 0.5, 1.25, 3, 8, 20, 50];
const DECAY = 0.1; // of AdamW
const TRIED = Array.from({ length: 11 }, (_, k) => -3 + k / 4); // powers of ten

/** Rules for one weight, each with a memory of its own: from the weight and its gradient to the next weight. */
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
  adamw: (rate, weightDecay = DECAY) => {
    const step = RULES.adam(rate);
    return (w, g) => step((1 - rate * weightDecay) * w, g);
  },
};

const filled = (points) => (fill) => polygon(points, { fill, stroke: colors.ground, "stroke-width": 1 });

/** Marks for the ends of the paths, each a shape of its own. */
const MARKS = {
  circle: (fill) => circle(0, 0, 6, { fill }),
  square: (fill) => rect(-5.5, -5.5, 11, 11, { fill }),
  up: filled([[0, -7], [7, 5.6], [-7, 5.6]]),
  down: filled([[0, 7], [7, -5.6], [-7, -5.6]]),
  diamond: filled([[0, -8], [8, 0], [0, 8], [-8, 0]]),
  cross: (stroke) => [[-5, 5], [5, -5]].map(([y1, y2]) => line(-5, y1, 5, y2, { stroke, "stroke-width": 3 })),
};

/** The racers, with the learning rates (powers of ten) that are best for the first state. */
const RACERS = [
  { key: "sgd", name: "SGD", rate: -1.75, on: true, mark: MARKS.circle },
  { key: "momentum", name: "momentum", rate: -1.5, on: true, mark: MARKS.square },
  { key: "adagrad", name: "Adagrad", rate: -0.5, on: true, mark: MARKS.up },
  { key: "rmsprop", name: "RMSprop", rate: -1, on: true, mark: MARKS.diamond },
  { key: "adam", name: "Adam", rate: -1.25, on: true, mark: MARKS.down },
  { key: "adamw", name: "AdamW", label: `AdamW (decay ${DECAY})`, rate: -0.5, on: false, mark: MARKS.cross },
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

/** A level of equal loss: above and below the floor, as far as the picture goes. */
function level(state, frame, height) {
  const { minimum, height: floor } = FLOORS[state.surface];
  const r = Math.sqrt(2 * height);
  const [low, high] = [Math.max(minimum - r, -SEEN), Math.min(minimum + r, SEEN)];
  const xs = Array.from({ length: 49 }, (_, k) => (low + high - (high - low) * Math.cos((Math.PI * k) / 48)) / 2);
  const away = (x) => Math.sqrt(Math.max(0, r * r - (x - minimum) ** 2) / KAPPA);
  const points = [
    ...xs.map((x) => [x, floor(x) + away(x)]),
    ...xs.toReversed().map((x) => [x, floor(x) - away(x)]),
  ].map((point) => turn(point, state.angle));
  return polygon(pixels(frame, points), { fill: "none", stroke: colors.muted, "stroke-opacity": "0.6" });
}

const racing = (state) => RACERS.filter(({ key }) => state[key]);
const style = ({ color, dash }) => ({ stroke: color, "stroke-dasharray": dash, "stroke-width": 1.8 });

/** The mark of a racer at a place, unless it is beyond all numbers or outside the frame. */
function marked({ mark, color }, [x, y], { left, top, width, height }) {
  const isInside = x >= left && x <= left + width && y >= top && y <= top + height;
  return isInside ? group({ transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` }, mark(color)) : "";
}

function drawSurface(state, frame, runs) {
  const { X, Y, clip } = frame;
  const [x, y] = turn([FLOORS[state.surface].minimum, 0], state.angle);
  const paths = racing(state).map((racer) => [racer, pixels(frame, runs[racer.key].path.slice(0, state.step + 1))]);
  return [
    clip(
      LEVELS.map((height) => level(state, frame, height)),
      line(X(x) - 8, Y(y), X(x) + 8, Y(y), { "stroke-width": 2 }),
      line(X(x), Y(y) - 8, X(x), Y(y) + 8, { "stroke-width": 2 }),
      paths.map(([racer, points]) => curve(points, style(racer))),
    ),
    paths.map(([racer, points]) => marked(racer, points.at(-1), frame)),
  ];
}

function drawLosses(state, runs) {
  const frame = lossFrame();
  const { X, Y, axes, clip } = frame;
  const paths = racing(state).map((racer) => [
    racer,
    runs[racer.key].losses.slice(0, state.step + 1).map((value, t) => [X(t), near(Y(Math.max(LEAST, value)))]),
  ]);
  return group(
    {},
    axes,
    clip(paths.map(([racer, points]) => curve(points, style(racer)))),
    paths.map(([racer, points]) => marked(racer, points.at(-1), frame)),
  );
}

function legend(state) {
  const frame = { left: 0, top: 0, width: 480, height: 572 };
  return racing(state).map((racer, k) => {
    const [x, y] = [66 + 138 * (k % 3), 320 + 24 * Math.floor(k / 3)];
    return [line(x, y, x + 30, y, style(racer)), marked(racer, [x + 30, y], frame), text(x + 44, y + 5, racer.name)];
  });
}

/** Whether a loss says that the optimizer did not stay in the valley. */
const isLost = (value, first) => !Number.isFinite(value) || value > 100 * Math.max(first, 1);

const listed = (names) => [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" and ");

function summarize(state, runs) {
  const shown = racing(state).map(({ key, name }) => {
    const { losses } = runs[key];
    return { name, first: losses[0], last: losses[state.step] };
  });
  if (shown.length === 0) return "No optimizer is shown; switch one on.";
  const lost = shown.filter(({ first, last }) => isLost(last, first)).map(({ name }) => name);
  const there = shown.filter(({ name }) => !lost.includes(name)).sort((one, other) => one.last - other.last);
  const direction = state.angle === 0 ? "along an axis" : `turned by ${state.angle}\u00b0`;
  const said = ({ name, last }, which) => `${name} has the ${which} loss, ${words(last, 2)}`;
  const best = there.length ? said(there[0], "lowest") : "no optimizer is left";
  const worst = there.length > 1 ? `, and ${said(there.at(-1), "highest")}` : "";
  const gone = lost.length ? ` ${listed(lost)} diverged: the learning rate is too large here.` : "";
  return `After ${state.step} steps in the ${state.surface} valley, ${direction}, ${best}${worst}.${gone}`;
}

const rateSlider = ({ key, name, rate }) => ({
  key: `${key}Rate`, label: `${name}: learning rate`, kind: "range", min: -3, max: 0, step: 0.05, value: rate,
  format: (x) => words(10 ** x, 2),
});

export default {
  name: "optimizers",
  title: "Six optimizers in one valley",
  width: 480,
  height: 572,
  controls: [
    {
      key: "surface", label: "valley", kind: "choice", value: "straight",
      options: [["straight", "straight"], ["bent", "bent"]],
    },
    {
      key: "angle", label: "turned by", kind: "range", min: 0, max: 90, step: 5, value: 0,
      format: (x) => `${x}\u00b0`,
    },
    { key: "step", label: "step", kind: "range", min: 0, max: N_STEPS, step: 1, value: N_STEPS },
    { key: "tune", label: "Best rates for this valley", kind: "button", press: tuned },
    ...RACERS.flatMap((racer) => [
      { key: racer.key, label: racer.label ?? racer.name, kind: "switch", value: racer.on },
      rateSlider(racer),
    ]),
    { key: "start", kind: "array", min: -2, max: 2, fixed: true, value: [-1, 0.3] },
  ],

  compute(state) {
    const run = ({ key }) => [key, race(state, key, 10 ** state[`${key}Rate`])];
    return { runs: Object.fromEntries(RACERS.map(run)) };
  },

  view(state, { runs }) {
    const frame = surfaceFrame();
    const row = ({ key, name }) => [
      name,
      words(10 ** state[`${key}Rate`], 2),
      ...runs[key].path[state.step].map((value) => words(value)),
      words(runs[key].losses[state.step]),
    ];
    return {
      svg: group({}, frame.axes, drawSurface(state, frame, runs), legend(state), drawLosses(state, runs)),
      summary: summarize(state, runs),
      table: {
        caption: `The optimizers that are shown, after ${state.step} steps`,
        head: ["optimizer", "learning rate", "w\u2081", "w\u2082", "loss"],
        rows: racing(state).map(row),
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
