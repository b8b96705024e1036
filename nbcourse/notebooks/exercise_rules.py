"""The rules of a notebook in `solutions`: a breach would give a student a solution, or no exercise.

A rule is a function whose docstring is its explanation. It yields what it finds, cell by cell.
"""

import ast
from collections.abc import Callable, Iterator
from typing import TypeAlias

from nbcourse.notebooks.files import Cell, Notebook
from nbcourse.notebooks.regions import blank, has_region, is_near_miss, marker_faults
from nbcourse.notebooks.roles import GRADED, ROLES, exercise_of, grade_id, is_solution, role_of

Finding: TypeAlias = tuple[int, str]  # index of the cell, and a clause that says what is wrong
Rule: TypeAlias = Callable[[Notebook], Iterator[Finding]]

NOTICE = "<!-- Generated from"  # begins the last line of a released notebook's first text
_TEXTS = ("statement", "explanation")  # roles of markdown cells; the others are code


def check_solutions(nb: Notebook, name: str) -> list[str]:
    """What is wrong with a notebook of solutions: sentences that name file, cell and exercise."""
    generated = list(written_by_hand(nb))
    rules = () if generated else RULES
    found = generated + [finding for rule in rules for finding in rule(nb)]
    return [f"{name}, {_place(nb, k)} {clause}." for k, clause in found]


def written_by_hand(nb: Notebook) -> Iterator[Finding]:
    """A released notebook is not released again."""
    for k, cell in enumerate(nb.cells):
        if cell.cell_type == "markdown" and NOTICE in cell.source:
            yield k, "says that the notebook is generated; only its source can be released"


def opens_with_text(nb: Notebook) -> Iterator[Finding]:
    """The first cell is markdown: the release writes there where it comes from."""
    if not nb.cells or nb.cells[0].cell_type != "markdown":
        yield 0, "is not markdown, but the first cell must be"


def cells_parse(nb: Notebook) -> Iterator[Finding]:
    """Every code cell is plain Python."""
    for k, cell in _code(nb):
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            yield k, f"does not parse: {error.msg}, line {error.lineno}"


def roles_known(nb: Notebook) -> Iterator[Finding]:
    """A cell with metadata of the course has a role, an exercise, and the type of its role."""
    for k, cell in enumerate(nb.cells):
        if "nbcourse" not in cell.metadata:
            continue
        role, exercise = role_of(cell), exercise_of(cell)
        wanted = "markdown" if role in _TEXTS else "code"
        if role not in ROLES:
            yield k, f"has the role {role!r}, wanted one of {', '.join(ROLES)}"
        elif not exercise.isidentifier():
            yield k, f"belongs to {exercise!r}, which is not the name of a function or class"
        elif cell.cell_type != wanted:
            yield k, f"is a {cell.cell_type} cell, but its role {role} wants {wanted}"


def markers_in_answers(nb: Notebook) -> Iterator[Finding]:
    """Solution markers are exact, balanced, and in answer cells only."""
    for k, cell in enumerate(nb.cells):
        if role_of(cell) == "answer":
            yield from ((k, clause) for clause in marker_faults(cell.source))
        elif has_region(cell.source) or any(map(is_near_miss, cell.source.splitlines())):
            yield k, "has a solution marker, which only an answer cell may have"


def answers_whole(nb: Notebook) -> Iterator[Finding]:
    """An answer names its exercise, defines it, and hides a part of the body."""
    for k, cell in _of_role(nb, "answer"):
        name = exercise_of(cell)
        if cell.source.split("\n")[0].rstrip() != f"# exercise: {name}":
            yield k, f"does not start with '# exercise: {name}'"
        if not has_region(cell.source):
            yield k, "has no solution region"
        elif not any(marker_faults(cell.source)) and (tree := _tree(cell.source)):
            if name not in _defined(tree):
                yield k, f"does not define {name} at the top level"
            else:
                yield from ((k, clause) for clause in _stub_faults(cell.source, name))


def checks_plain(nb: Notebook) -> Iterator[Finding]:
    """A check cell calls `check` and nothing else; a hint waits for its comment sign to go."""
    for role, wanted in (("check", "check({})"), ("hint", "# hint({})")):
        for k, cell in _of_role(nb, role):
            line = wanted.format(exercise_of(cell))
            if cell.source.strip() != line:
                yield k, f"is not exactly '{line}'"


def references_commented(nb: Notebook) -> Iterator[Finding]:
    """Nothing is taken from the course before the student asks for it."""
    for k, cell in _of_role(nb, "reference"):
        if any(line and not line.startswith("#") for line in cell.source.splitlines()):
            yield k, "has a line that is not a comment, so it would replace the student's function"


def exercises_whole(nb: Notebook) -> Iterator[Finding]:
    """An exercise has one statement, one answer and one check, in the order of the roles."""
    for name, cells in _exercises(nb).items():
        first = cells[0][0]
        roles = [role for _, role in cells]
        for role in GRADED:
            if role not in roles:
                yield first, f"begins an exercise that has no {role} cell"
        for k, role in cells[1:]:
            if role in GRADED and (k, role) != cells[roles.index(role)]:
                yield k, f"is a second {role} cell of {name}"
        if roles != sorted(roles, key=ROLES.index):
            yield first, f"begins an exercise whose cells are out of order: {', '.join(roles)}"


def grade_ids_differ(nb: Notebook) -> Iterator[Finding]:
    """No two cells have the same name in nbgrader's database."""
    cells = [(k, role_of(cell), exercise_of(cell)) for k, cell in enumerate(nb.cells)]
    named = [(k, grade_id(name, role), (role, name)) for k, role, name in cells if role in GRADED]
    owners = {entry: whose for _, entry, whose in reversed(named)}
    for k, entry, whose in named:
        if owners[entry] != whose:  # the same role twice is reported as such
            yield k, f"has the grade id {entry!r}, which another cell has"


def solutions_tagged(nb: Notebook) -> Iterator[Finding]:
    """Explanations are kept from students, and cells that they need are not."""
    for k, cell in enumerate(nb.cells):
        role = role_of(cell)
        if role == "explanation" and not is_solution(cell):
            yield k, "explains the answer, but lacks the tag solution"
        if role not in ("", "explanation") and is_solution(cell):
            yield k, f"is a {role} cell tagged solution, so the release would lack it"


RULES: tuple[Rule, ...] = (
    opens_with_text,
    cells_parse,
    roles_known,
    markers_in_answers,
    answers_whole,
    checks_plain,
    references_commented,
    exercises_whole,
    grade_ids_differ,
    solutions_tagged,
)


def _place(nb: Notebook, k: int) -> str:
    name = exercise_of(nb.cells[k]) if nb.cells else ""
    return f"cell {k + 1} ({name})" if name else f"cell {k + 1}"


def _code(nb: Notebook) -> Iterator[tuple[int, Cell]]:
    return ((k, cell) for k, cell in enumerate(nb.cells) if cell.cell_type == "code")


def _of_role(nb: Notebook, role: str) -> Iterator[tuple[int, Cell]]:
    return ((k, cell) for k, cell in enumerate(nb.cells) if role_of(cell) == role)


def _exercises(nb: Notebook) -> dict[str, list[tuple[int, str]]]:
    """Of each exercise the cells, by index and role."""
    found: dict[str, list[tuple[int, str]]] = {}
    for k, cell in enumerate(nb.cells):
        if role_of(cell) in ROLES:
            found.setdefault(exercise_of(cell), []).append((k, role_of(cell)))
    return found


def _tree(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


def _defined(tree: ast.Module) -> set[str]:
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {node.name for node in tree.body if isinstance(node, kinds)}


def _stub_faults(source: str, name: str) -> Iterator[str]:
    """What is wrong with the cell that a student gets."""
    tree = _tree(blank(source, name))
    if tree is None:
        yield "does not parse once its regions are replaced"
    elif name not in _defined(tree):
        yield f"defines {name} inside a region, so that a student gets no beginning of it"
    elif any(isinstance(node, ast.Raise) for node in _outside_functions(tree)):
        yield "has a region outside any function, which would raise as soon as the cell runs"


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run with the cell: everything but the bodies of functions."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from _outside_functions(node)
