// Chapter 6: the graph of the reader's own expression, and the walk back through it, one visit at a time.
import { arrow, circle, colors, curve, group, paragraph, rect, text, tight, words } from "../kit/svg.mjs";
import { ExpressionError, parse } from "../kit/expression.mjs";
import { layout, smooth } from "../kit/graph.mjs";

const VARIABLES = ["a", "b", "c"];
const MOST_NODES = 16;
const MOST_COLUMNS = 10;
const WIDE = 90; // between columns, so that names and numbers of arrows have room
const BOX = { left: 44, right: 436, top: 0, bottom: 304 };

/** Each operation: its value z, its slope with respect to each argument, and how it is written. */
const OPERATIONS = {
  "+": { value: (x, y) => x + y, slopes: () => [1, 1], sign: "+" },
  "-": { value: (x, y) => x - y, slopes: () => [1, -1], sign: "\u2212" },
  "*": { value: (x, y) => x * y, slopes: ([x, y]) => [y, x], sign: "\u00d7" },
  "/": { value: (x, y) => x / y, slopes: ([, y], z) => [1 / y, -z / y], sign: "/" },
  "**": { value: (x, n) => x ** n, slopes: ([x, n]) => [n === 0 ? 0 : n * x ** (n - 1)], sign: "**" },
  neg: { value: (x) => -x, slopes: () => [-1], sign: "\u2212" },
  exp: { value: Math.exp, slopes: (_, z) => [z] },
  log: { value: Math.log, slopes: ([x]) => [1 / x] },
  tanh: { value: Math.tanh, slopes: (_, z) => [1 - z * z] },
  relu: { value: (x) => Math.max(0, x), slopes: ([x]) => [x > 0 ? 1 : 0] },
};
const FUNCTIONS = ["exp", "log", "tanh", "relu"];
const fold = (op, numbers) => OPERATIONS[op].value(...numbers);

const parentsOf = ({ args }) => args.filter((arg) => "node" in arg).map(({ node }) => node);

/** The values that the root depends on, parents before children, each once: as in nbcourse.numpy_nn.tape. */
function topologicalOrder(parents, root) {
  const order = [];
  const seen = new Set();
  const stack = [[root, false]];
  while (stack.length) {
    const [k, parentsAreListed] = stack.pop();
    if (parentsAreListed) order.push(k);
    else if (!seen.has(k)) {
      seen.add(k);
      stack.push([k, true], ...parents[k].map((parent) => [parent, false]));
    }
  }
  return order;
}

/** The program as a list of the nodes that count, in the order in which they were written. */
function program(expression) {
  const { nodes, root } = parse(expression, { variables: VARIABLES, functions: FUNCTIONS, fold, mostNodes: MOST_NODES });
  const reached = topologicalOrder(nodes.map(parentsOf), root).sort((p, q) => p - q);
  const place = new Map(reached.map((k, n) => [k, n]));
  const kept = reached.map((k) => ({
    ...nodes[k],
    args: nodes[k].args.map((arg) => ("node" in arg ? { node: place.get(arg.node) } : arg)),
  }));
  return { nodes: named(kept), root: place.get(root) };
}

/** Nodes with a name each: the reader's, with a number where it was given twice, or v and a number. */
function named(nodes) {
  const times = {};
  for (const { label, op } of nodes) if (op !== "leaf" && label) times[label] = (times[label] ?? 0) + 1;
  const used = {};
  let nameless = 0;
  return nodes.map((node) => {
    const { label, op } = node;
    if (op === "leaf") return { ...node, name: label };
    if (!label) return { ...node, name: `v${lowered(++nameless)}` };
    if (times[label] === 1 && !VARIABLES.includes(label)) return { ...node, name: label };
    used[label] = (used[label] ?? 0) + 1;
    return { ...node, name: label + lowered(used[label]) };
  });
}

const lowered = (k) => [...String(k)].map((digit) => String.fromCharCode(0x2080 + Number(digit))).join("");

/** Values from left to right; then the walk, which lists each visit with what it hands on. */
function run({ nodes, root }, inputs) {
  const values = [];
  const slopes = [];
  nodes.forEach(({ op, args, label }, k) => {
    const numbers = args.map((arg) => ("node" in arg ? values[arg.node] : arg.number));
    values[k] = op === "leaf" ? inputs[label] : OPERATIONS[op].value(...numbers);
    slopes[k] = op === "leaf" ? [] : OPERATIONS[op].slopes(numbers, values[k]);
  });
  const parents = nodes.map(parentsOf);
  const gradients = nodes.map(() => 0);
  gradients[root] = 1;
  const visits = topologicalOrder(parents, root).reverse().map((k) => {
    const handed = nodes[k].args.flatMap((arg, j) => ("node" in arg ? [{ to: arg.node, slope: slopes[k][j], part: gradients[k] * slopes[k][j] }] : []));
    for (const { to, part } of handed) gradients[to] += part;
    return { node: k, gradient: gradients[k], handed };
  });
  return { values, parents, gradients, visits };
}

/** The visits of a walk that hands on at once: one, and those that start at each parent. */
function visitsAtOnce(parents, root) {
  const count = parents.map(() => 0);
  parents.forEach((each, k) => (count[k] = each.reduce((total, parent) => total + count[parent], 1)));
  return count[root];
}

/** The program of a text, or the sentence that says why there is none. */
function read(expression) {
  try {
    const found = program(expression);
    const shape = layout(found.nodes.map(parentsOf), BOX);
    if (shape.nColumns > MOST_COLUMNS) return { error: `More than ${MOST_COLUMNS - 1} steps one after another do not fit in this picture.` };
    if (!shape.fits) return { error: "Too many values stand side by side for this picture; try a shorter expression." };
    return { ...found, shape };
  } catch (error) {
    if (error instanceof ExpressionError) return { error: error.message };
    throw error;
  }
}

const nVisits = (state) => read(state.expression).nodes?.length ?? 1;

/** How a node was computed, in the names of the reader. */
function formula({ op, args }, nodes) {
  if (op === "leaf") return "given";
  const parts = args.map((arg) => ("node" in arg ? nodes[arg.node].name : words(arg.number)));
  if (FUNCTIONS.includes(op)) return `${op}(${parts[0]})`;
  return args.length === 1 ? `\u2212${parts[0]}` : parts.join(` ${OPERATIONS[op].sign} `);
}

/** What stands inside a node: a variable, or the operation with its constant. */
function inside({ op, args, label }) {
  if (op === "leaf") return label;
  const { sign = op } = OPERATIONS[op];
  const constant = args.findIndex((arg) => "number" in arg);
  if (constant === -1) return sign;
  const number = words(args[constant].number, 2);
  return constant === 0 ? `${number} ${sign}` : `${sign} ${number}`;
}

const halo = { stroke: colors.ground, "stroke-width": 4, "paint-order": "stroke" };
const gradientStyle = { anchor: "middle", size: 14, fill: colors.vermillion, "font-style": "italic", ...halo };

/** The arrows that one node receives and, once it was visited, those that lead back, with their numbers. */
function edges(k, { nodes, shape }, visit, isNow) {
  const targets = parentsOf(nodes[k]);
  const isTwin = targets.length === 2 && targets[0] === targets[1];
  return targets.map((parent, j) => {
    const side = isTwin && j === 0 ? -1 : 1;
    const points = smooth(shape.route(parent, k), isTwin ? 15 * side : 0);
    const [from, to] = [points[0][0] + halfWidth(nodes[parent]) + 2, points.at(-1)[0] - halfWidth(nodes[k]) - 2];
    const seen = points.filter(([x]) => x >= from && x <= to);
    const head = Math.min(8, (to - from) / 2);
    const lines = [path(seen, { head, width: isNow ? 2.4 : 1.3 })];
    if (!visit) return { lines, number: "" };
    const aside = seen.map(([x, y]) => [x, y + 7 * side]).reverse();
    lines.push(path(aside, { head, width: isNow ? 2.6 : 1.6, color: colors.vermillion, "stroke-dasharray": "5 3" }));
    if (shape.spacing < WIDE) return { lines, number: "" };
    const [x, y] = aside[Math.floor(aside.length * (targets.length > 1 ? 0.4 : 0.5))];
    return { lines, number: text(x, y + (side < 0 ? -6 : 16), tight(visit.handed[j].part), gradientStyle) };
  });
}

/** A line through points that ends in an arrow. */
function path(points, { head, width, color = colors.ink, ...attributes }) {
  const [x, y] = points.at(-1);
  const [x0, y0] = points.find(([px, py]) => Math.hypot(px - x, py - y) <= head + 2) ?? points[0];
  return group({}, curve(points.slice(0, -1), { stroke: color, "stroke-width": width, ...attributes }), arrow(x0, y0, x, y, { color, width, head }));
}

const halfWidth = (node) => (node.op === "leaf" ? 14 : Math.max(13, 4.5 * inside(node).length + 5));

export default {
  name: "autograd",
  title: "The graph of your expression, and the walk back through it",
  width: 480,
  height: 360,
  controls: [
    { key: "expression", label: "expression of a, b, c; parts may have names", kind: "text", value: "u = a*b; u*(u + a)", longest: 160 },
    ...[["a", 2], ["b", 3], ["c", 1]].map(([key, value]) => ({ key, label: key, kind: "range", min: -4, max: 4, step: 0.1, value, format: (x) => words(x, 2) })),
    { key: "step", label: "visits made", kind: "range", min: 0, max: MOST_NODES, step: 1, value: 2, most: nVisits },
    {
      key: "double", label: "One more h = h + h", kind: "button",
      press(state) {
        const isChain = /^h = a(; h = h \+ h)*$/.test(state.expression);
        const longer = isChain ? `${state.expression}; h = h + h` : "h = a; h = h + h";
        return read(longer).error ? state : { ...state, expression: longer, step: MOST_NODES };
      },
    },
    {
      key: "neuron", label: "Example: a neuron", kind: "button",
      press: (state) => ({ ...state, expression: "z = a*b + c; log(1 + exp(z)) - z", step: 0 }),
    },
  ],

  animate: {
    label: "Run",
    fps: 1,
    begin: (state) => ({ ...state, step: state.step >= nVisits(state) ? 0 : state.step }),
    tick: (state) => (state.step < nVisits(state) ? { ...state, step: state.step + 1 } : null),
  },

  compute(state) {
    const recorded = read(state.expression);
    if (recorded.error) return { error: recorded.error };
    const { nodes, root } = recorded;
    const found = run(recorded, state);
    if (!Number.isFinite(found.values[root])) {
      const first = nodes.findIndex((_, k) => !Number.isFinite(found.values[k]));
      const withNumbers = nodes.map((_, k) => ({ name: words(found.values[k]) }));
      return { error: `${formula(nodes[first], withNumbers)} is ${words(found.values[first])}; move the sliders.` };
    }
    return { ...recorded, ...found, value: found.values[root], atOnce: visitsAtOnce(found.parents, root) };
  },

  view(state, numbers) {
    if (numbers.error) {
      return {
        svg: paragraph(240, 150, numbers.error, { anchor: "middle" }),
        summary: numbers.error,
        table: { caption: "No graph to show", head: ["value", "gradient"], rows: [] },
      };
    }
    const { nodes, root, shape, values, visits, atOnce } = numbers;
    const step = Math.min(state.step, visits.length);
    const made = new Map(visits.slice(0, step).map((visit, k) => [visit.node, { ...visit, turn: k + 1 }]));
    const now = step ? visits[step - 1] : null;
    const room = shape.spacing < 60 ? 5 : 7;
    const arrived = new Map(); // what has come so far to a node that waits
    for (const { handed } of made.values()) for (const { to, part } of handed) arrived.set(to, (arrived.get(to) ?? 0) + part);

    const drawnNodes = nodes.map((node, k) => {
      const [x, y] = shape.places[k];
      const visit = made.get(k);
      const stroke = { fill: colors.ground, stroke: colors.ink, "stroke-width": now?.node === k ? 4 : 1.5 };
      const half = halfWidth(node);
      const below = visit ? tight(visit.gradient, room) : arrived.has(k) ? `${tight(arrived.get(k), room)} + \u2026` : "";
      const value = (shape.spacing >= WIDE && node.op !== "leaf" ? `${node.name} = ` : "") + tight(values[k], room);
      return [
        node.op === "leaf" ? circle(x, y, 14, stroke) : rect(x - half, y - 13, 2 * half, 26, { rx: 6, ...stroke }),
        text(x, y + 5, inside(node), { anchor: "middle", "font-style": node.op === "leaf" ? "italic" : null }),
        text(x, y - 18, value, { anchor: "middle", size: 14, ...halo }),
        below && text(x, y + 28, below, { ...gradientStyle, "font-weight": visit ? "bold" : null }),
      ];
    });
    const arrows = nodes.flatMap((_, k) => edges(k, numbers, made.get(k), now?.node === k));
    const said = story(numbers, step, now);
    const svg = group(
      {},
      arrows.map(({ lines }) => lines),
      drawnNodes,
      arrows.map(({ number }) => number),
      counter(step, visits.length, atOnce),
    );
    return {
      svg,
      summary: `${said} In order the walk makes ${visits.length} ${visits.length === 1 ? "visit" : "visits"}; handing on at once would take ${atOnce}.`,
      table: {
        caption: `The values of ${state.expression} and their gradients after ${step} of ${visits.length} visits`,
        head: ["value", "computed as", "number", "gradient", "visit"],
        rows: nodes.map((node, k) => [
          k === root && !node.label ? `${node.name}, the result` : node.name,
          formula(node, nodes),
          words(values[k], 4),
          made.has(k) ? words(made.get(k).gradient, 4) : arrived.has(k) ? `${words(arrived.get(k), 4)} so far` : "not yet",
          made.has(k) ? String(made.get(k).turn) : "waits",
        ]),
      },
    };
  },
};

/** What the last visit did, in a sentence. */
function story({ nodes, root, values, visits }, step, now) {
  if (!now) return `Forward is done: the result is ${words(values[root])}. The walk back starts there.`;
  const { node, gradient, handed } = now;
  const made = nodes[node].op === "leaf" ? "" : ` = ${formula(nodes[node], nodes)}`;
  const what = `Visit ${step} of ${visits.length}: ${nodes[node].name}${made}${node === root ? ", the result," : ""} has the gradient ${words(gradient)}`;
  if (!handed.length) {
    return `${what}. It is an input${step === visits.length ? ", and the last one" : ""}.`;
  }
  const gives = handed.map(({ to, slope, part }) => `${words(part)} to ${nodes[to].name} (slope ${words(slope)})`);
  return `${what} and hands ${gives.join(" and ")} back.`;
}

/** Two bars: the visits of the walk in order, made and to come, and those of a walk that hands on at once. */
function counter(step, inOrder, atOnce) {
  const [left, longest] = [200, 190];
  const unit = longest / Math.max(inOrder, atOnce);
  const bar = (y, label, total, filled) => [
    text(left - 10, y + 11, label, { anchor: "end", size: 14 }),
    rect(left, y, Math.max(2, unit * total), 13, { fill: "none", stroke: colors.ink }),
    filled > 0 ? rect(left, y, Math.max(2, unit * filled), 13, { fill: colors.blue }) : "",
    text(left + Math.max(2, unit * total) + 8, y + 11, filled < total && filled >= 0 ? `${filled} of ${total}` : total, { size: 14 }),
  ];
  return group({}, bar(316, "visits in order", inOrder, step), bar(336, "visits if handed on at once", atOnce, -1));
}
