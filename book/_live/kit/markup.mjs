// The HTML of a live figure, written once: at the build into the page, so that nothing moves later.
import { colors, escape, rect, tag } from "./svg.mjs";
import { initial } from "./state.mjs";

/** Everything that a figure shows of a state: numbers, picture, sentence, table. */
export function shown(figure, state, data) {
  const numbers = figure.compute(state, data);
  return { numbers, ...figure.view(state, numbers, data) };
}

/** How a control writes its value. */
export const written = (control, value) => (control.format ? control.format(value) : String(value).replace("-", "\u2212"));

/** The picture for paper and for JupyterLab: a file of its own, with the colors of a white page. */
export function picture(figure, data) {
  const state = initial(figure);
  const { svg } = shown(figure, state, data);
  const whole = tag(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${figure.width} ${figure.height}`,
      width: figure.width,
      height: figure.height,
      "font-family": "sans-serif",
    },
    rect(0, 0, figure.width, figure.height, { fill: colors.ground }),
    svg,
    handles(figure, state, false),
  );
  return `${whole.replace(/var\(--[\w-]+, ([^)]+)\)/g, "$1")}\n`;
}

/** The HTML of a figure in its first state. */
export function html(figure, data) {
  const state = initial(figure);
  const { svg, summary, table } = shown(figure, state, data);
  const title = escape(figure.title);
  return `<div class="live" data-figure="${figure.name}">
<svg class="live-picture" viewBox="0 0 ${figure.width} ${figure.height}" role="group" aria-label="${title}">
<g class="live-drawing" role="img" aria-label="${title}. ${escape(summary)}">${svg}</g>
${surface(figure)}<g class="live-handles">${handles(figure, state, true)}</g>
</svg>
<div class="live-controls" role="group" aria-label="Controls: ${title}">
${figure.controls.map((control) => controlHtml(figure, control)).join("\n")}
<span class="live-buttons">${figure.animate ? `<button type="button" class="live-run" aria-pressed="false">${escape(figure.animate.label)}</button>` : ""}<button type="button" class="live-reset">Reset</button></span>
</div>
<p class="live-summary">${escape(summary)}</p>
<p class="live-said" role="status"></p>
<details class="live-data"><summary>The numbers of this figure</summary>
<div class="live-table" tabindex="0" role="region" aria-label="Numbers: ${title}">${tableHtml(table)}</div></details>
</div>`;
}

function surface({ surface: given }) {
  if (!given) return "";
  const { x, y, width, height } = given.box;
  return `${tag("g", { class: "live-surface", tabindex: 0, role: "application", "aria-label": given.label }, rect(x, y, width, height, { fill: "transparent" }))}\n`;
}

/** Points that can be taken hold of. */
export function handles(figure, state, operable) {
  return (figure.handles?.(state) ?? [])
    .map(({ key, label, x, y, mark }) =>
      tag(
        "g",
        {
          transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})`,
          ...(operable
            ? { class: "live-handle", "data-key": key, tabindex: 0, role: "button", "aria-label": `${label}; arrow keys move it` }
            : {}),
        },
        operable ? tag("circle", { r: 16, fill: "transparent" }) : "",
        mark ?? tag("circle", { r: 7, fill: colors.blue, stroke: colors.ground, "stroke-width": 2 }),
      ),
    )
    .join("");
}

/** A control with its label. */
function controlHtml(figure, control) {
  const id = `live-${figure.name}-${control.key}`;
  const label = `<label for="${id}">${escape(control.label ?? "")}</label>`;
  switch (control.kind) {
    case "range":
      return `<span class="live-control">${label}<input type="range" id="${id}" data-key="${control.key}" min="${control.min}" max="${control.most ? control.most(initial(figure)) : control.max}" step="${control.step}" value="${control.value}" aria-valuetext="${escape(written(control, control.value))}"><output for="${id}">${escape(written(control, control.value))}</output></span>`;
    case "choice":
      return `<span class="live-control">${label}<select id="${id}" data-key="${control.key}">${control.options
        .map(([value, words]) => `<option value="${escape(value)}"${value === control.value ? " selected" : ""}>${escape(words)}</option>`)
        .join("")}</select></span>`;
    case "switch":
      return `<span class="live-control live-switch"><input type="checkbox" id="${id}" data-key="${control.key}"${control.value ? " checked" : ""}>${label}</span>`;
    case "text":
      return `<span class="live-control live-text">${label}<input type="text" id="${id}" data-key="${control.key}" value="${escape(control.value)}" maxlength="${control.longest ?? 200}" spellcheck="false" autocomplete="off"></span>`;
    case "button":
      return `<button type="button" data-key="${control.key}">${escape(control.label)}</button>`;
    default:
      return ""; // an array is moved by handles
  }
}

/** A table {caption, head: [...], rows: [[...], ...]}; the first column names the row. */
export function tableHtml({ caption, head, rows }) {
  const first = head.map((name) => `<th scope="col">${escape(name)}</th>`).join("");
  const others = rows
    .map(([name, ...cells]) => `<tr><th scope="row">${escape(name)}</th>${cells.map((cell) => `<td>${escape(cell)}</td>`).join("")}</tr>`)
    .join("");
  return `<table><caption>${escape(caption)}</caption><thead><tr>${first}</tr></thead><tbody>${others}</tbody></table>`;
}
