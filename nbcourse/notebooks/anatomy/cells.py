"""Code cells: they ran, they are plain Python, and what they printed can be compared anywhere."""

import ast
import re
from collections.abc import Iterator

from nbcourse.notebooks.anatomy.page import Finding, Page, figure_options
from nbcourse.notebooks.files import Cell

TAGS = {
    "check",
    "exercise",
    "gpu",
    "hide-input",
    "nbval-ignore-output",
    "raises-exception",
    "remove-cell",
    "slow",
    "solution",
}
_LONGEST_LINE = 88  # the column of the book
_LONGEST_OUTPUT = 4096  # bytes
_NOT_PORTABLE = {
    "an address in memory": r"\b0x[0-9a-f]{6,}\b",
    "a path of one machine": r"(?<!\w)/(home|root|tmp|Users|work)/|[A-Z]:\\",
    "a number with ten or more digits": r"\d\.\d{9,}",
}


def cells_ran(page: Page) -> Iterator[Finding]:
    """Every code cell has a count: the tests compare no outputs of a cell without one."""
    for k, cell in page.code:
        if cell.execution_count is None:
            yield k, "has not run (no execution count), so its outputs are not compared"


def errors_expected(page: Page) -> Iterator[Finding]:
    """A cell raises exactly when it is tagged raises-exception."""
    for k, cell in page.code:
        errors = [output.ename for output in cell.outputs if output.output_type == "error"]
        expected = "raises-exception" in _tags(cell)
        if errors and not expected:
            yield k, f"stores the error {errors[0]} without the tag raises-exception"
        if expected and not errors and "nbval-ignore-output" not in _tags(cell):
            yield k, "is tagged raises-exception and raises nothing"


def tags_known(page: Page) -> Iterator[Finding]:
    """Tags come from one short list."""
    for k, cell in enumerate(page.nb.cells):
        for tag in sorted(set(_tags(cell)) - TAGS):
            yield k, f"has the unknown tag {tag!r}"


def lines_fit(page: Page) -> Iterator[Finding]:
    """Code fits the column of the book."""
    for k, cell in page.code:
        longest = max(map(len, cell.source.splitlines()), default=0)
        if longest > _LONGEST_LINE:
            yield k, f"has a line of {longest} characters, more than {_LONGEST_LINE}"


def plain_python(page: Page) -> Iterator[Finding]:
    """No magics, no shell, no semicolon that would hide an output in some tools only."""
    for k, cell in page.code:
        if _tree(cell) is None:
            yield k, "is not plain Python (a magic, a shell command or a syntax error)"
        elif cell.source.rstrip().endswith(";"):
            yield k, "ends with a semicolon, which does not hide outputs from the tests"


def own_generator(page: Page) -> Iterator[Finding]:
    """Randomness comes from a generator that the notebook makes, never from a global one."""
    for k, cell in page.code:
        for name in _names(cell):
            is_global = re.fullmatch(r"(np|numpy)\.random\.[a-z]\w*", name) or name in (
                "torch.manual_seed",
                "torch.seed",
                "random.seed",
            )
            if is_global and not name.endswith(".default_rng"):
                yield k, f"uses the global generator: {name}"


def imports_allowed(page: Page) -> Iterator[Finding]:
    """Figures come from nbcourse.plots, glued numbers from nbcourse.notebooks."""
    instead = {
        "matplotlib.pyplot": "nbcourse.plots",
        "myst_nb": "nbcourse.notebooks",
        "random": "np.random.default_rng",
    }
    for k, cell in page.code:
        for module in _imports(cell):
            if module in instead:
                yield k, f"imports {module}; use {instead[module]}"


def figures_described(page: Page) -> Iterator[Finding]:
    """A figure is shown by the last line of its cell, has a description, a caption and a name."""
    for k, cell in page.code:
        tree = _tree(cell)
        for call in _shows(tree) if tree else ():
            last = tree.body[-1] if tree else None
            if not (isinstance(last, ast.Expr) and last.value is call):
                yield k, "calls plots.show before its last line, which displays nothing"
            if not any(keyword.arg == "alt" for keyword in call.keywords):
                yield k, "shows a figure without alt="
            options = figure_options(cell)
            if not options.get("caption") or not options.get("name", "").startswith("fig-"):
                yield k, "shows a figure without mystnb.figure caption and name fig-..."


def outputs_portable(page: Page) -> Iterator[Finding]:
    """Stored text is short and the same on every machine: no warnings, addresses, paths, noise."""
    for k, cell in page.code:
        for output in cell.outputs:
            text = _text(output)
            if output.get("name") == "stderr":
                yield k, "wrote to stderr (a warning or a progress bar)"
            if len(text.encode()) > _LONGEST_OUTPUT:
                yield k, f"stores {len(text.encode())} bytes of text, more than {_LONGEST_OUTPUT}"
            for what, pattern in _NOT_PORTABLE.items():
                if match := re.search(pattern, text):
                    yield k, f"stores {what}: {match[0]}"


def _tags(cell: Cell) -> list[str]:
    tags: list[str] = cell.metadata.get("tags", [])
    return tags


def _text(output: Cell) -> str:
    if output.output_type == "error":
        return str(output.evalue)
    return str(output.get("text", "")) + "\n".join(map(str, output.get("data", {}).values()))


def _tree(cell: Cell) -> ast.Module | None:
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return None


def _names(cell: Cell) -> list[str]:
    """All dotted names, as they are written."""
    tree = _tree(cell)
    nodes = ast.walk(tree) if tree else ()
    return [ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)]


def _imports(cell: Cell) -> Iterator[str]:
    """The imported modules; of `from a import b`, both a and a.b."""
    tree = _tree(cell)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def _shows(tree: ast.Module) -> list[ast.Call]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call for call in calls if ast.unparse(call.func) in ("plots.show", "show")]
