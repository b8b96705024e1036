// The state of a live figure: its first values, and its way into the address of the page and back.

const LONGEST_TEXT = 200;

/** The state a figure begins with: the value of each control. */
export function initial(figure) {
  return Object.fromEntries(figure.controls.filter(hasValue).map(({ key, value }) => [key, copy(value)]));
}

/** The controls that hold a value; buttons do not. */
export const hasValue = (control) => control.kind !== "button";

/** The controls that the address keeps: all that hold a value, but those that are too long for it. */
const isKept = (control) => hasValue(control) && !control.silent;

const copy = (value) => (Array.isArray(value) ? value.map(copy) : value);

/** A value as its control allows it, or undefined where it makes no sense. */
export function sane(control, value) {
  switch (control.kind) {
    case "range":
      return number(value, control);
    case "choice":
      return control.options.find(([name]) => String(name) === String(value))?.[0];
    case "switch":
      return { true: true, false: false }[String(value)];
    case "text":
      return typeof value === "string" ? value.slice(0, control.longest ?? LONGEST_TEXT) : undefined;
    case "array":
      return array(value, control);
    default:
      return undefined;
  }
}

function number(value, { min, max, step }) {
  const x = typeof value === "string" && value.trim() === "" ? NaN : Number(value);
  if (!Number.isFinite(x)) return undefined;
  const inside = Math.min(max, Math.max(min, x));
  // The nearest step, as the slider itself would choose.
  return step ? Number((min + Math.round((inside - min) / step) * step).toPrecision(12)) : inside;
}

/** The state with each slider within `most(state)`, where its upper end depends on other controls. */
export function bounded(figure, state) {
  const limits = figure.controls.filter(({ most }) => most);
  return Object.assign({ ...state }, ...limits.map(({ key, most }) => ({ [key]: Math.min(state[key], most(state)) })));
}

/** Numbers, or lists of numbers, no more of them than the control allows. */
function array(value, control) {
  if (!Array.isArray(value) || value.length > (control.longest ?? control.value.length)) return undefined;
  const clean = value.map((each) => (Array.isArray(each) ? array(each, { ...control, longest: 1000, fixed: false }) : number(each, control)));
  if (clean.includes(undefined)) return undefined;
  return control.fixed && !sameShape(clean, control.value) ? undefined : clean;
}

const sameShape = (a, b) =>
  Array.isArray(a) === Array.isArray(b) &&
  (!Array.isArray(a) || (a.length === b.length && a.every((each, k) => sameShape(each, b[k]))));

/** The state that an address asks for; what it does not name, or names wrongly, stays as it begins. */
export function fromSearch(figure, search) {
  const state = initial(figure);
  const parameters = new URLSearchParams(search);
  for (const control of figure.controls.filter(isKept)) {
    const text = parameters.get(`${figure.name}.${control.key}`);
    if (text === null) continue;
    const value = sane(control, control.kind === "array" ? parse(text) : text);
    if (value !== undefined) state[control.key] = value;
  }
  return state;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The address of a page with what differs from the beginning; other figures keep their part. */
export function toSearch(figure, state, search) {
  const parameters = new URLSearchParams(search);
  const first = initial(figure);
  for (const control of figure.controls.filter(isKept)) {
    const name = `${figure.name}.${control.key}`;
    const value = JSON.stringify(state[control.key]);
    if (value === JSON.stringify(first[control.key])) parameters.delete(name);
    else parameters.set(name, typeof state[control.key] === "string" ? state[control.key] : value);
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}
