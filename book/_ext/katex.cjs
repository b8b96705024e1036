// Sets formulas with KaTeX.
//
//   node katex.cjs KATEX < {"macros": {...}, "formulas": [[tex, display], ...]} > [{"html"} or {"error"}, ...]
//
// The result holds HTML for the eye, hidden from screen readers, and MathML for them.
const [folder] = process.argv.slice(2);
const katex = require(require("node:path").resolve(folder, "katex.min.js"));
const { macros, formulas } = JSON.parse(require("node:fs").readFileSync(0, "utf-8"));

function set([tex, displayMode]) {
  try {
    const options = { displayMode, macros: { ...macros }, output: "htmlAndMathml", strict: "error", throwOnError: true };
    return { html: katex.renderToString(tex, options) };
  } catch (error) {
    return { error: error.message };
  }
}

process.stdout.write(JSON.stringify(formulas.map(set)));
