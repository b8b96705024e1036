"""Numbers of quizzes: what the notebook glued, what follows from it, and how it is written."""

import ast
import math
import operator
from collections.abc import Callable

_OPERATIONS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
}
_TOLERANCE = 0.01  # relative, where a file says nothing
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class NumberError(ValueError):
    """A formula without a value; the text is a clause."""


def evaluate(formula: str, answer: float) -> float:
    """The value of a formula of numbers, `answer`, + - * / **, exp, log and sqrt.

    >>> evaluate("answer / 2 - 1", 12)
    5.0

    Raises:
        NumberError: it is something else, or has no value.
    """
    try:
        value = _value(ast.parse(formula, mode="eval").body, float(answer))
    except (SyntaxError, KeyError, AttributeError, TypeError):
        raise NumberError(f"is not arithmetic: {formula}") from None
    except (ArithmeticError, ValueError):
        raise NumberError(f"has no value: {formula}") from None
    if not (isinstance(value, float) and math.isfinite(value)):
        raise NumberError(f"has no value: {formula}")
    return value


def _value(node: ast.expr, answer: float) -> float:
    """Of one node; what is not listed here raises."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)
    if isinstance(node, ast.Name):
        return {"answer": answer, "pi": math.pi}[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, answer)
    if isinstance(node, ast.BinOp):
        operation = _OPERATIONS[type(node.op)]
        return operation(_value(node.left, answer), _value(node.right, answer))
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        return _FUNCTIONS[node.func.id](_value(node.args[0], answer))
    raise TypeError(type(node).__name__)


def parse(glued: str) -> float:
    """The number that a cell glued, as a number or as a word for one.

    >>> parse("0.25"), parse("'5,764,801'")
    (0.25, 5764801.0)

    Raises:
        ValueError: it is no number.
    """
    value = ast.literal_eval(glued)
    return float(value.replace(",", "") if isinstance(value, str) else value)


def shown(value: float) -> str:
    """A number as readers write it.

    >>> shown(1024.0), shown(0.227), shown(-2.06), shown(3.2e-48)
    ('1,024', '0.227', '−2.06', '3.2 · 10⁻⁴⁸')
    """
    text = f"{value:,.0f}" if value == round(value) and abs(value) < 1e12 else f"{value:.4g}"
    mantissa, _, exponent = text.replace("-", "−", int(value < 0)).partition("e")
    return mantissa + (f" · 10{str(int(exponent)).translate(_RAISED)}" if exponent else "")


def slack(answer: float, tolerance: float | None, within: float | None) -> float:
    """How far from the answer a number may be and still count as right.

    >>> round(slack(200, None, None), 6), slack(200, None, 0.5) >= 0.5
    (2.0, True)
    """
    allowed = within
    if allowed is None:
        allowed = abs(answer) * (_TOLERANCE if tolerance is None else tolerance)
    return allowed + 1e-9 * abs(answer)  # so that rounding does not decide
