"""The source of a right answer, in the form in which a student would have written it."""

import ast
import inspect
import textwrap

from nbcourse.checking import Exercise


class _Bare(ast.NodeTransformer):
    """Takes away type hints, which the notebooks do without."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        arguments = node.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            argument.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], node.value), node)


def source(exercise: Exercise) -> str:
    """The first of the right answers to an exercise, under the name that was asked for."""
    answer = exercise.solutions[0]
    tree = ast.parse(textwrap.dedent(inspect.getsource(answer)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef | ast.ClassDef)
    definition.name = exercise.name
    return ast.unparse(ast.fix_missing_locations(_Bare().visit(tree)))
