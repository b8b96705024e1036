// Chapter 1: ten points, the line of one unit, and the perceptron that learns from its mistakes.
import { arrow, circle, colors, group, line, plot, polygon, rect, text, words } from "../kit/svg.mjs";

// Points and weights are multiples of GRID: sums are exact, so nobody can differ about a point on the line.
const GRID = 1 / 32;
const FAR = [1.4375, 1.1875]; // how far a point may be moved
const MOST = 6; // of a weight
const PASSES = 30; // until the perceptron gives up

/** Points in the order in which the perceptron looks at them: [x1, x2, target]. */
const SETS = {
  separable: [
    [0.75, 0.5, 1], [-0.75, 0.375, -1], [1, -0.25, 1], [-0.25, -0.5, -1], [0.375, 0.875, 1],
    [0.25, -0.875, -1], [0.5625, 0.0625, 1], [-1, -0.3125, -1], [1.125, 0.8125, 1], [-0.125, 0.1875, -1],
  ],
  nearly: [
    [0.75, 0.5, 1], [-0.75, 0.375, -1], [1, -0.25, 1], [-0.25, -0.5, -1], [0.375, 0.875, 1],
    [0.25, -0.875, -1], [-0.5625, -0.125, 1], [-1, -0.3125, -1], [1.125, 0.8125, 1], [-0.125, 0.1875, -1],
  ],
  xor: [
    [-0.75, 0.6875, 1], [0.75, 0.75, -1], [0.6875, -0.75, 1], [-0.6875, -0.6875, -1], [-0.9375, 0.9375, 1],
    [0.9375, 0.5625, -1], [0.9375, -0.5625, 1], [-0.9375, -0.875, -1], [-0.5, 0.9375, 1], [0.5, 0.9375, -1],
  ],
};
const NAMES = Object.keys(SETS);
const targetsOf = (name) => SETS[name].map(([, , target]) => target);

const frame = () =>
  plot({
    id: "neuron", width: 384, height: 320, x: [-1.5, 1.5], y: [-1.25, 1.25],
    xLabel: "input x\u2081", yLabel: "input x\u2082", xTicks: [-1, 0, 1], yTicks: [-1, 0, 1],
  });

const sum = ({ w1, w2, b }, [x1, x2]) => w1 * x1 + w2 * x2 + b;

/** On the line counts as a mistake, too. */
const isMistake = (unit, point, target) => target * sum(unit, point) <= 0;

/** What the perceptron has done on this set: examples seen, mistakes met, examples seen at the last one. */
function record({ run: [seen, mistakes, last, set], data }) {
  return set === NAMES.indexOf(data) ? { seen, mistakes, last } : { seen: 0, mistakes: 0, last: 0 };
}

/** The weights after the perceptron has looked at one example. */
function next(state) {
  const points = state[state.data];
  const n = points.length;
  const index = record(state).seen % n;
  const [[x1, x2], t] = [points[index], targetsOf(state.data)[index]];
  const mistake = isMistake(state, points[index], t);
  const { w1, w2, b } = state;
  const after = mistake ? [w1 + t * x1, w2 + t * x2, b + t] : [w1, w2, b];
  return { index, mistake, after, fits: after.every((each) => Math.abs(each) <= MOST) };
}

function look(state) {
  const { mistake, after: [w1, w2, b], fits } = next(state);
  if (!fits) return state;
  const { seen, mistakes, last } = record(state);
  const run = [seen + 1, mistakes + (mistake ? 1 : 0), mistake ? seen + 1 : last, NAMES.indexOf(state.data)];
  return { ...state, w1, w2, b, run };
}

const anyMistake = (state) =>
  state[state.data].some((point, k) => isMistake(state, point, targetsOf(state.data)[k]));

/** A whole pass without a mistake, and no point was moved to a wrong place since. */
function hasLearned(state) {
  const { seen, last } = record(state);
  const n = state[state.data].length;
  return seen > 0 && seen % n === 0 && seen - last >= n && !anyMistake(state);
}

const hasGivenUp = (state) => record(state).seen >= PASSES * state[state.data].length;

const slider = (key, label, value) => ({
  key, label, kind: "range", min: -MOST, max: MOST, step: GRID, value, format: (x) => words(x, 3),
});

const places = (key) => ({
  key, kind: "array", min: -FAR[0], max: FAR[0], step: GRID, fixed: true, value: SETS[key].map(([x1, x2]) => [x1, x2]),
});

/** A multiple of GRID; half a step away from where it was is a step, in both directions. */
function snapped(to, from, most) {
  const steps = Math.sign(to - from) * Math.floor(Math.abs(to - from) / GRID + 0.5);
  return Math.min(most, Math.max(-most, from + steps * GRID));
}

const MARKS = {
  1: group({}, circle(0, 0, 10, { fill: colors.ground, stroke: colors.blue, "stroke-width": 2.5 }), text(0, 5.5, "+", { anchor: "middle", size: 17 })),
  "-1": group({}, rect(-9, -9, 18, 18, { fill: colors.ground, stroke: colors.vermillion, "stroke-width": 2.5 }), text(0, 5.5, "\u2212", { anchor: "middle", size: 17 })),
};

/** The boundary, the side of yes, the weights as an arrow, and the way to the nearest point. */
function drawLine({ w1, w2, b }, points, { norm, distances, nearest }) {
  const { X, Y } = frame();
  const at = (x, y) => [X(x), Y(y)];
  const [u1, u2] = [w1 / norm, w2 / norm];
  const [f1, f2] = [(-b / norm) * u1, (-b / norm) * u2]; // the point of the line nearest to the origin
  const ends = [-9, 9].map((s) => [f1 - s * u2, f2 + s * u1]);
  const beyond = [...ends].reverse().map(([x, y]) => [x + 9 * u1, y + 9 * u2]);
  const tip = [at(f1, f2)[0] + 44 * u1, at(f1, f2)[1] - 44 * u2];
  const [x1, x2] = points[nearest];
  const d = distances[nearest];
  return group(
    {},
    polygon([...ends, ...beyond].map((place) => at(...place)), { fill: colors.blue, "fill-opacity": 0.1 }),
    line(...at(...ends[0]), ...at(...ends[1]), { "stroke-width": 3 }),
    arrow(...at(f1, f2), ...tip),
    text(tip[0] + 9 * u1, tip[1] - 9 * u2 + 5, "w", { anchor: "middle" }),
    line(...at(x1, x2), ...at(x1 - d * u1, x2 - d * u2), { stroke: colors.purple, "stroke-width": 3, "stroke-dasharray": "2 3" }),
  );
}

/** A ring around each mistake, and a pointer above the example that comes next. */
function drawNotes(points, { mistaken, next: { index } }) {
  const { X, Y } = frame();
  const [x, y] = [X(points[index][0]), Y(points[index][1]) - 19];
  return group(
    {},
    points.map(([x1, x2], k) => (mistaken[k] ? circle(X(x1), Y(x2), 16, { fill: "none", stroke: colors.ink, "stroke-width": 2.5 }) : "")),
    polygon([[x - 6, y - 9], [x + 6, y - 9], [x, y]], { fill: colors.ink, stroke: colors.ground, "stroke-width": 1.5 }),
  );
}

const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

function sentence({ nMistakes, distances, nearest, seen, met, learned, givenUp, next: { fits } }) {
  const wrong = nMistakes === 0 ? "makes no mistakes" : `makes ${count(nMistakes, "mistake")} (ringed)`;
  const unit = distances === null
    ? `Both weights are 0: there is no line, and the unit ${wrong}.`
    : `The line ${wrong}. The nearest point is ${words(Math.abs(distances[nearest]), 2)} away (dotted).`;
  const end = learned ? " The last pass met no mistake: it stops."
    : !fits ? " The next weights would leave their sliders: it stops."
    : givenUp ? ` After ${PASSES} passes it gives up.` : "";
  const story = seen === 0 ? "" : ` The perceptron has looked at ${count(seen, "example")} and met ${count(met, "mistake")}.`;
  return unit + story + end;
}

export default {
  name: "neuron",
  title: "One unit, its line, and the perceptron",
  width: 480,
  height: 380,
  controls: [
    { key: "data", label: "points", kind: "choice", value: "separable", options: [["separable", "separable"], ["nearly", "separable but for one point"], ["xor", "XOR"]] },
    slider("w1", "weight w\u2081", 0.5),
    slider("w2", "weight w\u2082", 1),
    slider("b", "bias b", 0.25),
    ...NAMES.map(places),
    { key: "run", kind: "array", min: 0, max: 10 * PASSES, step: 1, fixed: true, value: [0, 0, 0, 0] },
    { key: "look", kind: "button", label: "Look at one example", press: look },
    { key: "zero", kind: "button", label: "Weights to zero", press: (state) => ({ ...state, w1: 0, w2: 0, b: 0, run: [0, 0, 0, 0] }) },
  ],

  compute(state) {
    const points = state[state.data];
    const targets = targetsOf(state.data);
    const sums = points.map((point) => sum(state, point));
    const norm = Math.hypot(state.w1, state.w2);
    const distances = norm === 0 ? null : sums.map((z) => z / norm);
    const mistaken = points.map((point, k) => isMistake(state, point, targets[k]));
    const sizes = distances?.map(Math.abs);
    const { seen, mistakes: met } = record(state);
    return {
      points, targets, sums, norm, distances, mistaken, seen, met,
      nMistakes: mistaken.filter(Boolean).length,
      nearest: sizes ? sizes.indexOf(Math.min(...sizes)) : null,
      next: next(state), learned: hasLearned(state), givenUp: hasGivenUp(state),
    };
  },

  view(state, numbers) {
    const { points, targets, sums, distances, mistaken } = numbers;
    const { axes, clip } = frame();
    return {
      svg: group({}, axes, clip(distances ? drawLine(state, points, numbers) : "", drawNotes(points, numbers))),
      summary: sentence(numbers),
      table: {
        caption: `Weights ${words(state.w1)} and ${words(state.w2)}, bias ${words(state.b)}`,
        head: ["point", "x\u2081", "x\u2082", "target", "sum z", "signed distance", "mistake"],
        rows: points.map(([x1, x2], k) => [
          String(k + 1), words(x1), words(x2), targets[k] > 0 ? "+1" : "\u22121", words(sums[k]),
          distances ? words(distances[k]) : "none", mistaken[k] ? "yes" : "no",
        ]),
      },
    };
  },

  handles(state) {
    const { X, Y } = frame();
    const targets = targetsOf(state.data);
    return state[state.data].map(([x1, x2], k) => ({
      key: `${state.data}-${k}`,
      label: `point ${k + 1}, target ${targets[k] > 0 ? "+1" : "\u22121"}, at ${words(x1, 2)}, ${words(x2, 2)}`,
      x: X(x1),
      y: Y(x2),
      mark: MARKS[targets[k]],
    }));
  },

  move(state, key, x, y) {
    const [name, k] = key.split("-");
    const { X, Y } = frame();
    const [x1, x2] = state[name][k];
    const there = [snapped(X.invert(x), x1, FAR[0]), snapped(Y.invert(y), x2, FAR[1])];
    return { ...state, [name]: state[name].map((place, j) => (j === Number(k) ? there : place)) };
  },

  animate: {
    label: "Run the perceptron",
    fps: 5,
    begin: (state) => (hasLearned(state) || hasGivenUp(state) ? { ...state, run: [0, 0, 0, 0] } : state),
    tick: (state) => (hasLearned(state) || hasGivenUp(state) || !next(state).fits ? null : look(state)),
  },
};
