// Chapter 5: one neuron and its loss as a graph; values go forward, gradients come back, step by step.
import { arrow, circle, colors, group, text, tight, words } from "../kit/svg.mjs";

const RADIUS = 20;
const PLACES = { w: [44, 64], x: [44, 190], b: [142, 258], t: [250, 286], u: [142, 127], z: [250, 152], s: [350, 66], q: [350, 238], L: [440, 152] };
const EDGES = [["w", "u"], ["x", "u"], ["u", "z"], ["b", "z"], ["z", "s"], ["z", "q"], ["t", "q"], ["s", "L"], ["q", "L"]];
const MADE = { u: "w x", z: "u + b", s: "log(1 + e^z)", q: "t z", L: "s \u2212 q" };
const FORWARD = ["u", "z", "s", "q", "L"];
const BACKWARD = ["L", "s", "q", "z", "u"]; // the order in which they hand back
const FIRST_BACK = FORWARD.length + 1; // the step that sets dL = 1
const LAST = FIRST_BACK + BACKWARD.length;
/** The step at which a gradient is complete. */
const COMPLETE = { L: FIRST_BACK, s: FIRST_BACK + 1, q: FIRST_BACK + 1, z: FIRST_BACK + 3, u: FIRST_BACK + 4, b: FIRST_BACK + 4, w: LAST, x: LAST };

const sigmoid = (z) => 1 / (1 + Math.exp(-z));
const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));

const slider = (key, label, value) => ({ key, label, kind: "range", min: -3, max: 3, step: 0.1, value, format: (v) => words(v, 2) });

/** The values, from left to right. */
function forward({ w, x, b, t }) {
  const u = w * x;
  const z = u + b;
  const s = softplus(z);
  const q = t * z;
  return { w, x, b, t, u, z, s, q, L: s - q };
}

/** The slope of each step with respect to what it was given: slopes[of][by]. */
const slopes = (v) => ({
  u: { w: v.x, x: v.w },
  z: { u: 1, b: 1 },
  s: { z: sigmoid(v.z) },
  q: { z: v.t },
  L: { s: 1, q: -1 },
});

/** The gradients, from right to left; what was used twice adds up. */
function backward(v) {
  const local = slopes(v);
  const gradients = { L: 1 };
  const handed = {};
  for (const of of BACKWARD) {
    for (const [by, slope] of Object.entries(local[of])) {
      handed[by + of] = gradients[of] * slope;
      gradients[by] = (gradients[by] ?? 0) + handed[by + of];
    }
  }
  return { gradients, handed };
}

/** The slopes by name, where they are not plain numbers. */
const NAMED = { u: { w: "x", x: "w" }, s: { z: "\u03c3(z)" }, q: { z: "t" } };

/** What happens at this step, in one or two sentences. */
function story(step, v, gradients, handed) {
  if (step === 0) return "The inputs are given. Nothing is computed yet.";
  if (step < FIRST_BACK) {
    const name = FORWARD[step - 1];
    return `Forward: ${name} = ${MADE[name]} = ${words(v[name])}.`;
  }
  if (step === FIRST_BACK) return "Now back. If L were a little larger, L would be as much larger: dL = 1.";
  const of = BACKWARD[step - FIRST_BACK - 1];
  const parts = Object.entries(slopes(v)[of]).map(([by, slope]) => {
    const named = NAMED[of]?.[by];
    const gets = by === "z" ? "z gets" : `d${by} =`;
    return `its slope in ${by} is ${named ? `${named} = ` : ""}${words(slope)}, so ${gets} ${words(gradients[of])} \u00b7 ${signed(slope)} = ${words(handed[by + of])}`;
  });
  const more = { s: " It is one of two answers for z.", q: ` Both answers for z add up: dz = ${words(handed.zs)} + ${signed(handed.zq)} = ${words(gradients.z)}.` }[of] ?? "";
  return `Back through ${of}: ${parts.join("; ")}.${more}`.replace(/ ([=\u00b7+]) /g, "\u00a0$1\u00a0"); // no break in a formula
}

const signed = (x) => (x < 0 ? `(${words(x)})` : words(x));

const halo = { stroke: colors.ground, "stroke-width": 4, "paint-order": "stroke" };
const gradientStyle = { anchor: "middle", fill: colors.vermillion, "font-style": "italic", ...halo };

/** Straight from one node to another, between their rims, moved aside. */
function between(from, to, aside = 0) {
  const [[x0, y0], [x1, y1]] = [PLACES[from], PLACES[to]];
  const length = Math.hypot(x1 - x0, y1 - y0);
  const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
  const [nx, ny] = [-uy * aside, ux * aside];
  const rim = RADIUS + 3;
  return [x0 + rim * ux + nx, y0 + rim * uy + ny, x1 - rim * ux + nx, y1 - rim * uy + ny];
}

/** Whether a step has handed its gradient back to what it was given. */
const hasHanded = (of, step) => step > FIRST_BACK + BACKWARD.indexOf(of);

function edge([by, of], step, now, handed) {
  const there = arrow(...between(by, of), { color: step === 0 ? colors.muted : colors.ink, width: now === of ? 2.6 : 1.4 });
  if (by === "t" || !hasHanded(of, step)) return there;
  const [x0, y0, x1, y1] = between(by, of, 8);
  const [lx0, ly0, lx1, ly1] = between(by, of, 28);
  return group(
    {},
    there,
    arrow(x1, y1, x0, y0, { color: colors.vermillion, width: now === of ? 2.6 : 1.6, "stroke-dasharray": "5 3" }),
    by === "z" ? text((lx0 + lx1) / 2, (ly0 + ly1) / 2 + 5, tight(handed[by + of]), gradientStyle) : "", // elsewhere it is the gradient
  );
}

function node(name, step, now, v, gradients, handed) {
  const [x, y] = PLACES[name];
  const known = !FORWARD.includes(name) || step > FORWARD.indexOf(name);
  const arrived = name in COMPLETE && step >= COMPLETE[name];
  return group(
    {},
    circle(x, y, RADIUS, { fill: colors.ground, stroke: known ? colors.ink : colors.muted, "stroke-width": now === name ? 4 : 1.5, "stroke-dasharray": known ? null : "3 3" }),
    text(x, y + 5, name, { anchor: "middle", size: 16, "font-style": "italic", fill: known ? colors.ink : colors.muted }),
    known ? text(x, y - 26, tight(v[name]), { anchor: "middle", ...halo }) : "",
    name === "z" && step === COMPLETE.z - 1 ? text(x, y + 37, `${tight(handed.zs)} + \u2026`, gradientStyle) : "",
    arrived ? text(x, y + 37, tight(gradients[name]), { ...gradientStyle, "font-weight": "bold" }) : "",
  );
}

/** The node whose turn it is. */
const turn = (step) => (step === 0 ? null : step < FIRST_BACK ? FORWARD[step - 1] : step === FIRST_BACK ? "L" : BACKWARD[step - FIRST_BACK - 1]);

export default {
  name: "backprop",
  title: "One neuron, forward and back",
  width: 480,
  height: 320,
  controls: [
    slider("w", "weight w", 1.5),
    slider("x", "input x", 2),
    slider("b", "bias b", -1),
    { key: "t", label: "target t", kind: "choice", value: "1", options: [["1", "1, yes"], ["0", "0, no"]] },
    { key: "step", label: `step, 1 to ${FIRST_BACK - 1} forward, then back`, kind: "range", min: 0, max: LAST, step: 1, value: FIRST_BACK + 3 },
  ],

  animate: {
    label: "Run",
    fps: 0.8,
    begin: (state) => ({ ...state, step: state.step === LAST ? 0 : state.step }),
    tick: (state) => (state.step < LAST ? { ...state, step: state.step + 1 } : null),
  },

  compute(state) {
    const values = forward({ ...state, t: Number(state.t) });
    return { values, ...backward(values), p: sigmoid(values.z) };
  },

  view({ step }, { values, gradients, handed, p }) {
    const now = turn(step);
    const said = story(step, values, gradients, handed);
    const svg = group(
      {},
      EDGES.map((each) => edge(each, step, now, handed)),
      Object.keys(PLACES).map((name) => node(name, step, now, values, gradients, handed)),
      text(8, 310, "above: value", { size: 14, fill: colors.muted }),
      text(472, 310, "below: gradient", { anchor: "end", size: 14, fill: colors.muted }),
    );
    const back = step === LAST ? ` In the end dz = p \u2212 t = ${words(p)} \u2212 ${values.t}.` : "";
    return {
      svg,
      summary: `Step ${step} of ${LAST}. ${said}${back}`,
      table: {
        caption: "Values and gradients that are known at this step",
        head: ["node", "computed as", "value", "gradient"],
        rows: Object.keys(PLACES).map((name) => [
          name,
          MADE[name] ?? "given",
          !FORWARD.includes(name) || step > FORWARD.indexOf(name) ? words(values[name], 4) : "not yet",
          name === "t" ? "not asked for" : step >= COMPLETE[name] ? words(gradients[name], 4) : "not yet",
        ]),
      },
    };
  },
};
