// Two keys of an editor for Python. Tab is left alone: it leaves the editor, as everywhere.
const STEP = 4; // spaces of one indentation

/** Replace the text between two places, so that the browser can undo it. */
function replace(editor, start, end, text) {
  editor.setSelectionRange(start, end);
  const command = text ? "insertText" : "delete";
  if (document.execCommand(command, false, text)) return;
  editor.setRangeText(text, start, end, "end");
  editor.dispatchEvent(new Event("input"));
}

/** What a new line begins with after `line`: its indentation, and one step more after a colon. */
export function indentation(line) {
  const spaces = line.match(/^ */)[0].length;
  return " ".repeat(spaces + (/:\s*(#.*)?$/.test(line) ? STEP : 0));
}

/** How many spaces Backspace takes at the end of `before`: back to the last step of indentation. */
export function excess(before) {
  if (!/^ +$/.test(before)) return 1;
  return before.length % STEP || STEP;
}

const lineBefore = ({ value, selectionStart }) =>
  value.slice(value.lastIndexOf("\n", selectionStart - 1) + 1, selectionStart);

export function onEnter(editor) {
  replace(editor, editor.selectionStart, editor.selectionEnd, `\n${indentation(lineBefore(editor))}`);
  return true;
}

export function onBackspace(editor) {
  const { selectionStart: end, selectionEnd } = editor;
  const n = excess(lineBefore(editor));
  if (end !== selectionEnd || n === 1) return false;
  replace(editor, end - n, end, "");
  return true;
}
