// Reads what a reader types, u = a*b; u*(u + a), as a list of steps; no eval, and one sentence where it fails.

/** A text that is no expression; its message is for the reader. */
export class ExpressionError extends Error {}

const SIGNS = /\s*(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|\*\*|[-+*/()=;^])/y;

/** The words and signs of a text, with an empty one at the end. */
function split(text) {
  const tokens = [];
  SIGNS.lastIndex = 0;
  while (text.slice(SIGNS.lastIndex).trim()) {
    const from = SIGNS.lastIndex;
    const found = SIGNS.exec(text);
    if (!found) throw new ExpressionError(`I cannot read \u201c${text.slice(from).trim()[0]}\u201d.`);
    if (found[1] === "^") throw new ExpressionError("Write a power as a**2, not as a^2.");
    tokens.push(found[1]);
  }
  return [...tokens, ""];
}

/**
 * The steps of a text: `nodes`, each {op, args, label} after those it uses, and `root`, the number of the last.
 *
 * An argument is {node: its number} or {number: a constant}; operations on constants alone are done at once
 * by `fold(op, numbers)`. A variable is a node {op: "leaf"}. Every use of a name is the same node; two equal
 * pieces of text without a name are two.
 */
export function parse(text, { variables, functions, fold, mostNodes }) {
  const tokens = split(text);
  const nodes = [];
  const named = new Map(); // name -> what it stands for at this place
  let at = 0;

  const take = (...wanted) => (wanted.includes(tokens[at]) ? tokens[at++] : null);
  const need = (sign, why) => {
    if (!take(sign)) throw new ExpressionError(tokens[at] ? `${why}, and there is \u201c${tokens[at]}\u201d.` : `${why}, and the text ends.`);
  };
  const isName = (token) => /^[A-Za-z_]/.test(token);

  function add(op, ...args) {
    if (args.every((arg) => "number" in arg)) return { number: fold(op, args.map(({ number }) => number)) };
    if (nodes.length >= mostNodes) throw new ExpressionError(`This has more than ${mostNodes} steps; a shorter one can be drawn.`);
    nodes.push({ op, args });
    return { node: nodes.length - 1 };
  }

  function variable(name) {
    if (named.has(name)) return named.get(name);
    if (!variables.includes(name)) {
      const hint = functions.includes(name) ? `${name} wants its argument in parentheses, ${name}(a).` : `There is no \u201c${name}\u201d: the variables are ${variables.join(", ")}.`;
      throw new ExpressionError(hint);
    }
    nodes.push({ op: "leaf", args: [], label: name });
    named.set(name, { node: nodes.length - 1 });
    return named.get(name);
  }

  function sum() {
    let left = term();
    for (let sign; (sign = take("+", "-")); ) left = add(sign, left, term());
    return left;
  }

  function term() {
    let left = signed();
    for (let sign; (sign = take("*", "/")); ) left = add(sign, left, signed());
    return left;
  }

  function signed() {
    if (take("+")) return signed();
    return take("-") ? add("neg", signed()) : power();
  }

  function power() {
    const base = atom();
    if (!take("**")) return base;
    const exponent = signed(); // from the right, as in Python: a**-b**c is a**(-(b**c))
    if (!("number" in exponent)) throw new ExpressionError("An exponent must be a number; a to the b is exp(b*log(a)).");
    return add("**", base, exponent);
  }

  function atom() {
    const token = tokens[at];
    if (/^[\d.]/.test(token)) return { number: Number(tokens[at++]) };
    if (take("(")) {
      const inside = sum();
      need(")", "A parenthesis is open");
      return inside;
    }
    if (!isName(token)) {
      const end = token === "" || token === ";";
      throw new ExpressionError(end ? "Something is missing at the end: a variable or a number." : `Before \u201c${token}\u201d a variable or a number is missing.`);
    }
    at++;
    if (!functions.includes(token) || tokens[at] !== "(") {
      if (tokens[at] === "(") throw new ExpressionError(`There is no function \u201c${token}\u201d: there are ${functions.join(", ")}; a product needs a *.`);
      return variable(token);
    }
    at++;
    const argument = sum();
    need(")", `The parenthesis of ${token} is open`);
    return add(token, argument);
  }

  /** One part of the text, with or without a name for its result. */
  function statement() {
    if (!(isName(tokens[at]) && tokens[at + 1] === "=")) return sum();
    const name = tokens[at];
    if (functions.includes(name)) throw new ExpressionError(`${name} is a function and cannot be the name of a value.`);
    at += 2;
    const result = sum();
    named.set(name, result);
    if ("node" in result) nodes[result.node].label ??= name;
    return result;
  }

  if (tokens[0] === "") throw new ExpressionError("Write an expression, such as (a*b + c) * a.");
  let result = statement();
  while (take(";") && tokens[at] !== "") result = statement();
  if (tokens[at] !== "") throw new ExpressionError(`After a whole expression there is \u201c${tokens[at]}\u201d; is a sign missing before it?`);
  if (!("node" in result)) throw new ExpressionError(`There is no variable in it, so nothing to differentiate: use ${variables.join(", ")}.`);
  return { nodes, root: result.node };
}
