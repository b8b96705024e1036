// Sets formulas with KaTeX.
//
//   node katex.cjs KATEX < {"macros": {...}, "formulas": [[tex, display], ...]} > [{"html"} or {"error"}, ...]
//
// With "plain": true, nothing is taken out of what KaTeX makes (see below).
//
// The result holds HTML for the eye, hidden from screen readers, and MathML for them; without the TeX
// itself, which KaTeX adds and nobody reads. A chapter has hundreds of formulas, and KaTeX builds a
// simple one of a dozen boxes: those that move nothing are taken out (`simplify`); a test compares
// both ways in a browser.
const [folder] = process.argv.slice(2);
const katex = require(require("node:path").resolve(folder, "katex.min.js"));
const { macros, formulas, plain = false } = JSON.parse(require("node:fs").readFileSync(0, "utf-8"));

const UNREAD = /<annotation.*?<\/annotation>|<\/?semantics>/gs;
// Factors of the classes size1 to size11 of KaTeX.
const SIZES = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.44, 1.728, 2.074, 2.488];
// What a line of KaTeX's main font takes above and below its base at the line height of 1.2 em:
// ascent 0.903, descent 0.272, and half of what is left.
const LINE = { above: 0.9155, below: 0.2845 };

const has = (node, name) => node?.classes?.includes(name);
const em = (value) => Number.parseFloat(value ?? "0");
const inEm = (number) => `${Number(number.toFixed(4))}em`;

/** Take out the boxes of a formula that move nothing, and give their effect to their neighbours. */
function simplify(node, inline) {
  if (!node.children || has(node, "katex-mathml")) return;
  for (const child of node.children) simplify(child, inline);
  if (has(node, "msupsub")) liftScript(node);
  mergeSpaces(node);
  if (inline && has(node, "katex-html")) dropStruts(node);
}

/** A single index or exponent need not stand in a table: it is moved up or down. */
function liftScript(node) {
  const items = node.children[0].children[0].children[0].children;
  if (node.children.length !== 1 || !has(node.children[0], "vlist-t") || items.length !== 1) return;
  const { top, marginLeft, marginRight, ...more } = items[0].style;
  const [strut, script] = items[0].children;
  if (Object.keys(more).length || Object.keys(script.style ?? { none: 0 }).length) return;
  const scale = has(script, "katex-sizing") ? sizeOf(script, /^size(\d+)$/) / sizeOf(script, /^reset-size(\d+)$/) : 1;
  const move = { position: "relative", top: em(top) + em(strut.style.height), marginLeft: em(marginLeft), marginRight: em(marginRight) };
  for (const [name, value] of Object.entries(move)) {
    if (value) script.style[name] = name === "position" ? value : inEm(value / scale);
  }
  node.children = [script];
}

function sizeOf(node, pattern) {
  const found = node.classes.map((name) => pattern.exec(name)).find(Boolean);
  return SIZES[found[1] - 1];
}

/** An empty box that is only a space becomes a margin of its neighbour. */
function mergeSpaces(node) {
  const kept = [];
  let space = 0;
  for (const child of node.children) {
    const { marginRight, ...more } = child.style ?? {};
    const isSpace = child.classes?.length === 1 && has(child, "mspace") && !Object.keys(more).length && !child.children?.length;
    if (isSpace && marginRight) {
      space += em(marginRight);
      continue;
    }
    if (space && !give(child, "marginLeft", space)) kept.push(spacer(node, space));
    space = 0;
    kept.push(child);
  }
  if (space && !(kept.length && give(kept.at(-1), "marginRight", space))) kept.push(spacer(node, space));
  node.children = kept;
}

function spacer(node, space) {
  const box = new node.constructor(["mspace"], []);
  box.style.marginRight = inEm(space);
  return box;
}

/** Give a margin to a box, unless its text has another size or it has such a margin already. */
function give(node, side, space) {
  const isSized = ["katex-sizing", "katex-strut", "fontsize-ensurer"].some((name) => has(node, name));
  if (!node.style || isSized || node.style[side] || (side === "marginRight" && node.italic > 0)) return false;
  if (!node.classes?.length) return false; // a text without a box of its own
  node.style[side] = inEm(space);
  return true;
}

/** In a line of text, no strut is needed for what is not higher than the line. */
function dropStruts(node) {
  for (const base of node.children) {
    const [strut, ...rest] = base.children ?? [];
    if (!has(base, "katex-base") || !has(strut, "katex-strut")) return;
    const below = -em(strut.style.verticalAlign);
    if (em(strut.style.height) - below <= LINE.above && below <= LINE.below) base.children = rest;
  }
  const [base, ...others] = node.children;
  if (others.length === 0 && !has(base.children[0], "katex-strut") && !Object.keys(base.style).length) {
    node.children = base.children;
    node.classes.push("katex-line");
  }
}

function set([tex, displayMode]) {
  try {
    const options = { displayMode, macros: { ...macros }, output: "htmlAndMathml", strict: "error", throwOnError: true };
    const tree = katex.__renderToDomTree(tex, options);
    if (!plain) simplify(tree, !displayMode);
    return { html: tree.toMarkup().replace(UNREAD, "") };
  } catch (error) {
    if (!(error instanceof katex.ParseError)) throw error;
    return { error: error.message };
  }
}

process.stdout.write(JSON.stringify(formulas.map(set)));
