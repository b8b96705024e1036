// Pictures as strings of SVG: what the live figures draw with, in a browser and in Node alike.

/** Colors that follow the theme of the page; the second value is used where there is no page. */
export const colors = {
  ink: "var(--live-ink, #1a1a1a)",
  muted: "var(--live-muted, #595959)",
  grid: "var(--live-grid, #d9d9d9)",
  ground: "var(--live-ground, #ffffff)",
  blue: "var(--live-blue, #0072b2)",
  vermillion: "var(--live-vermillion, #b84a00)",
  green: "var(--live-green, #00785a)",
  purple: "var(--live-purple, #a3457f)",
  sky: "var(--live-sky, #3a88b5)",
  yellow: "var(--live-yellow, #8a6d00)",
};

/** The same colors in the order of series; each has its dash, so that no one needs the color. */
export const series = [
  { color: colors.blue, dash: null },
  { color: colors.vermillion, dash: "7 4" },
  { color: colors.green, dash: "2 3" },
  { color: colors.purple, dash: "10 3 2 3" },
  { color: colors.sky, dash: "4 2" },
  { color: colors.yellow, dash: "12 4" },
];

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text as it may stand in HTML and SVG, attributes included. */
export function escape(text) {
  return String(text).replace(/[&<>"']/g, (sign) => ESCAPES[sign]);
}

/** A number as short as a picture needs it; -0, NaN and infinities become 0. */
export function short(x) {
  return Number.isFinite(x) ? Number(x.toFixed(2)) + 0 : 0;
}

/** One element; attributes that are null or undefined are left out, numbers are shortened. */
export function tag(name, attributes = {}, ...children) {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => ` ${key}="${escape(typeof value === "number" ? short(value) : value)}"`);
  const inside = children.flat(Infinity).join("");
  return inside ? `<${name}${written.join("")}>${inside}</${name}>` : `<${name}${written.join("")}/>`;
}

export const group = (attributes, ...children) => tag("g", attributes, ...children);

export const line = (x1, y1, x2, y2, attributes = {}) =>
  tag("line", { x1, y1, x2, y2, stroke: colors.ink, ...attributes });

export const circle = (cx, cy, r, attributes = {}) => tag("circle", { cx, cy, r, ...attributes });

export const rect = (x, y, width, height, attributes = {}) =>
  tag("rect", { x, y, width, height, ...attributes });

/** Words at a place; `anchor` is start, middle or end. */
export const text = (x, y, words, { anchor = "start", size = 15, ...attributes } = {}) =>
  tag(
    "text",
    { x, y, "text-anchor": anchor, "font-size": size, fill: colors.ink, ...attributes },
    escape(words),
  );

/** A sentence on as many lines as it needs, each of at most `longest` signs. */
export function paragraph(x, y, words, { longest = 58, leading = 20, ...attributes } = {}) {
  const lines = [""];
  for (const word of words.split(" ")) {
    const last = lines.at(-1);
    if (last && last.length + word.length >= longest) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines.map((each, k) => text(x, y + k * leading, each, attributes)).join("");
}

/** A line through points [[x, y], ...] in pixels; it is broken where a point is not finite. */
export function curve(points, attributes = {}) {
  let d = "";
  let pen = "M";
  for (const [x, y] of points) {
    if (Number.isFinite(x) && Number.isFinite(y)) {
      d += `${pen}${short(x)} ${short(y)}`;
      pen = "L";
    } else {
      pen = "M";
    }
  }
  return tag("path", { d, fill: "none", stroke: colors.blue, "stroke-width": 2.5, ...attributes });
}

export const polygon = (points, attributes = {}) =>
  tag("polygon", { points: points.map(([x, y]) => `${short(x)},${short(y)}`).join(" "), ...attributes });

/** An arrow from one place to another. */
export function arrow(x1, y1, x2, y2, { color = colors.ink, width = 2, head = 8, ...attributes } = {}) {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [bx, by] = [x2 - head * ux, y2 - head * uy];
  return group(
    attributes,
    line(x1, y1, bx, by, { stroke: color, "stroke-width": width }),
    polygon(
      [
        [x2, y2],
        [bx - (head / 2) * uy, by + (head / 2) * ux],
        [bx + (head / 2) * uy, by - (head / 2) * ux],
      ],
      { fill: color },
    ),
  );
}

/** A map from an interval of numbers to one of pixels, with its inverse; `log` for powers of ten. */
export function scale([low, high], [from, to], { log = false } = {}) {
  const [a, b] = log ? [Math.log10(low), Math.log10(high)] : [low, high];
  const forward = (x) => from + (((log ? Math.log10(x) : x) - a) / (b - a)) * (to - from);
  forward.invert = (pixel) => {
    const x = a + ((pixel - from) / (to - from)) * (b - a);
    return log ? 10 ** x : x;
  };
  forward.domain = [low, high];
  forward.log = log;
  return forward;
}

/** About `count` round numbers in an interval. */
export function ticks([low, high], count = 5) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/** The powers of ten in an interval, thinned out to at most `count`. */
export function decades([low, high], count = 6) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / count));
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, k) => first + k * every);
}

/**
 * A frame with axes: `X` and `Y` map numbers to pixels, `axes` is the SVG of frame, ticks and names,
 * `clip(children)` draws inside the frame only, `path(xs, ys)` is a line in numbers.
 */
export function plot({
  id, left = 62, top = 14, width = 400, height = 260, x, y, xLabel = "", yLabel = "",
  xLog = false, yLog = false, xTicks = null, yTicks = null,
}) {
  const X = scale(x, [left, left + width], { log: xLog });
  const Y = scale(y, [top + height, top], { log: yLog });
  const marks = (S, given) =>
    (given ?? (S.log ? decades(S.domain) : ticks(S.domain))).map((value) =>
      S.log ? { at: S(10 ** value), words: power(value) } : { at: S(value), words: minus(value) },
    );
  const axes = group(
    {},
    marks(X, xTicks).map(({ at, words }) => [
      line(at, top, at, top + height, { stroke: colors.grid }),
      text(at, top + height + 19, words, { anchor: "middle", size: 14, fill: colors.muted }),
    ]),
    marks(Y, yTicks).map(({ at, words }) => [
      line(left, at, left + width, at, { stroke: colors.grid }),
      text(left - 7, at + 5, words, { anchor: "end", size: 14, fill: colors.muted }),
    ]),
    rect(left, top, width, height, { fill: "none", stroke: colors.muted }),
    text(left + width / 2, top + height + 40, xLabel, { anchor: "middle" }),
    text(0, 0, yLabel, { anchor: "middle", transform: `translate(16 ${short(top + height / 2)}) rotate(-90)` }),
  );
  const clip = (...children) =>
    group(
      {},
      tag("clipPath", { id: `clip-${id}` }, rect(left, top, width, height)),
      group({ "clip-path": `url(#clip-${id})` }, ...children),
    );
  const path = (xs, ys, attributes) => curve(xs.map((value, k) => [X(value), Y(ys[k])]), attributes);
  return { X, Y, axes, clip, path, left, top, width, height };
}

/** A number with a real minus sign. */
export const minus = (value) => String(value).replace("-", "\u2212");

const RAISED = { "-": "\u207b", 0: "\u2070", 1: "\u00b9", 2: "\u00b2", 3: "\u00b3", 4: "\u2074", 5: "\u2075", 6: "\u2076", 7: "\u2077", 8: "\u2078", 9: "\u2079" };

/** A power of ten, for an axis: 10 with a raised exponent. */
export const power = (exponent) => `10${[...String(exponent)].map((sign) => RAISED[sign]).join("")}`;

/** A number for a sentence or a table: `digits` significant ones, powers of ten where it is long. */
export function words(value, digits = 3) {
  if (typeof value !== "number") return String(value);
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : "\u2212\u221e";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-4) {
    const [digitsOf, exponent] = value.toExponential(digits - 1).split("e");
    return minus(`${Number(digitsOf)} \u00b7 ${power(Number(exponent))}`);
  }
  return minus(Number(value.toPrecision(digits)));
}

/** A number for a crowded picture: as many digits, up to three, as `room` signs hold; 9.1e−4 where they don't. */
export function tight(x, room = 7) {
  if (Number.isNaN(x)) return "?";
  if (Number.isInteger(x) && String(x).length <= room) return minus(x);
  const fitting = [3, 2].map((digits) => words(x, digits)).find((plain) => plain.length <= room);
  return fitting ?? (Number.isFinite(x) ? x.toExponential(1).replace(".0", "").replace("e+", "e").replace(/-/g, "\u2212") : words(x));
}
