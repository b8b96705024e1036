// Chapter 2: three hinges, each bent at a corner of its own, add up to a curve made of pieces.
import { colors, group, line, plot, series, text, words } from "../kit/svg.mjs";

const LOW = -3;
const HIGH = 3;
const UNITS = [0, 1, 2];
const X = Array.from({ length: 121 }, (_, k) => LOW + ((HIGH - LOW) * k) / 120);

const slider = (key, label, value, most) => ({
  key, label, kind: "range", min: -most, max: most, step: 0.1, value, format: (x) => words(x, 2),
});

const relu = (z) => Math.max(0, z);

/** The values of one unit, v relu(w x + b), at all points. */
const unit = (state, j) => X.map((x) => state[`v${j}`] * relu(state[`w${j}`] * x + state[`b${j}`]));

/** Where a unit bends, or null where it never does. */
const corner = (state, j) => (state[`w${j}`] === 0 ? null : -state[`b${j}`] / state[`w${j}`]);

/** Whether a unit is off, or its slope 0, for every input that is drawn. */
const isDead = (state, j) => X.every((x) => state[`w${j}`] * x + state[`b${j}`] <= 0);

const frame = () =>
  plot({ id: "hinges", width: 400, height: 270, x: [LOW, HIGH], y: [-3, 3], xLabel: "input x", yLabel: "output" });

export default {
  name: "hinges",
  title: "Three hinges add up to a curve",
  width: 480,
  height: 330,
  controls: UNITS.flatMap((j) => [
    slider(`w${j}`, `unit ${j + 1}: weight w`, [1, 1, -1][j], 2),
    slider(`b${j}`, `unit ${j + 1}: bias b`, [0, -1.6, -0.7][j], 4),
    slider(`v${j}`, `unit ${j + 1}: output weight v`, [0.7, -1.4, -0.6][j], 2),
  ]),

  compute(state) {
    const parts = UNITS.map((j) => unit(state, j));
    const sum = X.map((_, k) => parts.reduce((total, part) => total + part[k], 0));
    const error = X.reduce((total, x, k) => total + (sum[k] - Math.sin(x)) ** 2, 0) / X.length;
    const corners = UNITS.map((j) => corner(state, j));
    const dead = UNITS.map((j) => isDead(state, j));
    const inside = corners.filter((c, j) => c !== null && c > LOW && c < HIGH && state[`v${j}`] !== 0);
    return { x: X, parts, sum, error, corners, dead, pieces: new Set(inside).size + 1 };
  },

  view(state, { parts, sum, error, corners, dead, pieces }) {
    const { axes, clip, path, X: toX, Y: toY } = frame();
    const svg = group(
      {},
      axes,
      clip(
        path(X, X.map(Math.sin), { stroke: colors.muted, "stroke-dasharray": "3 4", "stroke-width": 2 }),
        parts.map((part, j) =>
          path(X, part, { stroke: series[j + 1].color, "stroke-dasharray": series[j + 1].dash, "stroke-width": 1.8 }),
        ),
        path(X, sum, { "stroke-width": 3.5 }),
        corners.map((c) => (c === null ? "" : line(toX(c), toY(-0.12), toX(c), toY(0.12)))),
      ),
    );
    const nDead = dead.filter(Boolean).length;
    return {
      svg,
      summary:
        `The sum has ${pieces} straight ${pieces === 1 ? "piece" : "pieces"}. ` +
        `${nDead === 0 ? "No unit is" : nDead === 1 ? "1 unit is" : `${nDead} units are`} off for every input drawn. ` +
        `Mean squared distance from the sine (dotted): ${words(error, 2)}.`,
      table: {
        caption: "The three units",
        head: ["unit", "w", "b", "v", "corner at", "off everywhere"],
        rows: UNITS.map((j) => [
          String(j + 1), words(state[`w${j}`]), words(state[`b${j}`]), words(state[`v${j}`]),
          corners[j] === null ? "none" : words(corners[j]), dead[j] ? "yes" : "no",
        ]),
      },
    };
  },

  handles(state) {
    const { X: toX, Y: toY } = frame();
    return UNITS.filter((j) => corner(state, j) !== null).map((j) => ({
      key: String(j),
      label: `corner of unit ${j + 1}, at ${words(corner(state, j), 2)}`,
      x: toX(Math.min(HIGH, Math.max(LOW, corner(state, j)))),
      y: toY(0),
      mark: group({}, `<circle r="11" fill="${colors.ground}" stroke="${series[j + 1].color}" stroke-width="2.5"/>`, text(0, 5, j + 1, { anchor: "middle", size: 14 })),
    }));
  },

  /** Moving a corner changes the bias: the unit bends where w x + b = 0. */
  move(state, key, x) {
    const w = state[`w${key}`];
    return { ...state, [`b${key}`]: -w * frame().X.invert(x) };
  },
};
