"""The graph explorer of chapter 6 is the engine of nbcourse, for expressions that no one chose."""

import math
import random

import numpy as np
import pytest

from nbcourse.gradients import numerical_gradient
from nbcourse.numpy_nn.autodiff import Tensor
from nbcourse.numpy_nn.tape import sweep, topological_order
from tests.live.conftest import FIGURES, run


def function(name):
    """A function of the language, for tensors and for plain numbers."""
    plain = {"relu": lambda x: max(0, x)}.get(name) or getattr(math, name)
    return lambda x: getattr(x, name)() if isinstance(x, Tensor) else plain(x)


FUNCTIONS = {name: function(name) for name in ("exp", "log", "tanh", "relu")}
FIXED = [
    "u = a*b; u*(u + a)",
    "(a*b + c) * a",
    "h = a; h = h + h; h = h + h; h = h + h",
    "z = a*b + c; log(1 + exp(z)) - z",
    "-a**2 / 3 - -b",
    "a - b - c; a - (b - c)",
    "a / b / c * 2",
    "2 * 3 ** 2 * a",
    "(a*a + 1) ** -0.5",
    "a = a*b; a = a + a; tanh(a/9)",
    "relu(a) - relu(-a) + relu(a - a)",
    "exp(2 - 3*1.5) * c",
    "a + a**0",
    "a",
    "t = b*c; t; t = t/4; a*t;",
]


def random_expression(rng, depth=3):
    """An expression of the language, as text; log gets only what is positive."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(["a", "b", "c", "u", "2", "0.5"])
    one = random_expression(rng, depth - 1)
    kind = rng.randrange(9)
    if kind < 5:
        return f"({one} {rng.choice('+-*')} {random_expression(rng, depth - 1)})"
    return [f"tanh({one})", f"relu({one})", f"-{one}", f"log(3 + tanh({one}))"][kind - 5]


def random_texts(n, seed):
    """Expressions with a named part that is used."""
    rng = random.Random(seed)
    return [
        f"u = a*b - c; {random_expression(rng)} + u/({random_expression(rng, 1)}**2 + 1)"
        for _ in range(n)
    ]


def recorded(text, inputs):
    """The package's own record of a text, which Python reads, and its leaves."""
    leaves = {name: Tensor(inputs[name], requires_grad=True) for name in "abc"}
    names = {**FUNCTIONS, **leaves}
    *before, last = [part.strip() for part in text.split(";") if part.strip()]
    for part in before:
        exec(part, names)
    if "=" in last:
        exec(last, names)
        last = last.split("=")[0].strip()
    return eval(last, names), leaves


def n_visits_at_once(y):
    """The visits of a walk that goes into each operand at once."""
    return 1 + sum(n_visits_at_once(parent) for parent in y.parents if parent.requires_grad)


def faults(found, text, inputs):
    """Where a figure's numbers are not those of the package."""
    y, leaves = recorded(text, inputs)
    n_nodes, at_once = len(topological_order(y)), n_visits_at_once(y)
    walk = [(node, dv.item()) for node, dv in sweep(y, Tensor(1.0), retain_graph=True)]
    gradients = {id(node): slope for node, slope in walk}
    visits = found["visits"]
    by_name = {
        node["label"]: found["gradients"][k]
        for k, node in enumerate(found["nodes"])
        if node["op"] == "leaf"
    }
    said = []
    if not math.isclose(found["value"], y.item(), rel_tol=1e-9, abs_tol=1e-12):
        said.append("value")
    if (len(visits), found["atOnce"]) != (n_nodes, at_once):
        said.append("visits")
    slopes = [visit["gradient"] for visit in visits]
    if not np.allclose(slopes, [slope for _, slope in walk], rtol=1e-9, atol=1e-12):
        said.append("gradients in the order of the walk")
    for name, leaf in leaves.items():
        if not math.isclose(by_name.get(name, 0), gradients.get(id(leaf), 0), abs_tol=1e-9):
            said.append(f"d{name}")
    return said


def cases(n, seed):
    """Random and chosen expressions with inputs that the sliders allow."""
    rng = np.random.default_rng(seed)
    texts = FIXED + random_texts(n, seed)
    return [
        {"expression": text, **dict(zip("abc", map(float, rng.uniform(0.3, 2, 3)), strict=True))}
        for text in texts
    ]


def test_expressions_run_as_in_the_package(compute):
    """Values, gradients in the order of the walk, and both numbers of visits."""
    changes = cases(40, seed=0)
    small = 0
    for state, found in zip(changes, compute("autograd", changes), strict=True):
        if "error" in found:  # too long to be drawn
            assert "steps" in found["error"] or "side by side" in found["error"], state
            assert state["expression"] not in FIXED
            continue
        small += 1
        assert faults(found, state["expression"], state) == [], state["expression"]
    assert small > len(FIXED) + 15


def test_gradients_are_as_measured(compute):
    """The slopes are those of the figure's own value."""
    text = "z = a*b + c; log(1 + exp(z)) - z/b"

    def value(v):
        change = {"expression": text, **dict(zip("abc", map(float, v), strict=True))}
        return compute("autograd", [change])[0]["value"]

    at = np.array([0.7, -1.2, 0.4])
    (found,) = compute(
        "autograd", [{"expression": text, **dict(zip("abc", at.tolist(), strict=True))}]
    )
    leaves = {
        node["label"]: found["gradients"][k]
        for k, node in enumerate(found["nodes"])
        if node["op"] == "leaf"
    }
    np.testing.assert_allclose([leaves[n] for n in "abc"], numerical_gradient(value, at), atol=1e-7)


def test_first_state_is_the_graph_of_the_chapter(compute):
    """For u (u + a) at 2 and 3: gradients 1, 6, 14, 28, 48, five visits, nine at once."""
    (found,) = compute("autograd", [{}])
    assert [visit["gradient"] for visit in found["visits"]] == [1, 6, 14, 28, 48]
    assert found["atOnce"] == 9


def test_doublings_have_the_visits_of_the_chapter(compute):
    """After n times h = h + h: n + 1 visits in order, 2^(n+1) - 1 at once."""
    texts = ["h = a" + n * "; h = h + h" for n in range(10)]
    found = compute("autograd", [{"expression": text} for text in texts])
    assert [len(each["visits"]) for each in found] == [n + 1 for n in range(10)]
    assert [each["atOnce"] for each in found] == [2 ** (n + 1) - 1 for n in range(10)]


def test_walk_shows_its_gradients_one_by_one():
    """After k visits k gradients are complete, and u waits although something has arrived."""
    tables = [
        each["table"]["rows"]
        for each in run(FIGURES / "autograd.mjs", [{"step": k} for k in range(6)])["found"]
    ]
    for k, rows in enumerate(tables):
        assert sum(row[-1].isdigit() for row in rows) == k
    assert ["u", "a × b", "6", "8 so far", "waits"] in tables[1]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write an expression"),
        ("a b", "After a whole expression there is “b”"),
        ("2a", "After a whole expression there is “a”"),
        ("a +", "missing at the end"),
        ("a + * b", "Before “*” a variable or a number is missing"),
        ("(a + b", "A parenthesis is open, and the text ends"),
        ("tanh(a", "The parenthesis of tanh is open"),
        ("a)", "After a whole expression there is “)”"),
        ("tanh a", "tanh wants its argument in parentheses"),
        ("sin(a)", "There is no function “sin”"),
        ("a(b)", "There is no function “a”"),
        ("x + 1", "There is no “x”"),
        ("u = v; v = a; u", "There is no “v”"),
        ("a ** b", "An exponent must be a number"),
        ("a ^ 2", "not as a^2"),
        ("exp = a", "exp is a function"),
        ("2 + 3", "nothing to differentiate"),
        ("a $ b", "I cannot read “$”"),
        ("a = = b", "missing"),
        ("+".join("a" * 12), "More than 9 steps"),
        (
            "+".join(f"tanh({name}*{k})" for k in range(2, 8) for name in "abc"),
            "more than 16 steps",
        ),
        ("log(a - 9)", "log(−7) is not a number"),
        ("a / (b - b)", "2 / 0 is ∞"),
        ("exp(exp(exp(a)))", "is ∞"),
        ("log(0) + a", "is −∞"),
    ],
)
def test_what_is_no_expression_gets_a_sentence(compute, text, sentence):
    """One sentence says what is wrong; nothing is computed."""
    (found,) = compute("autograd", [{"expression": text}])
    assert sentence in found.get("error", found)


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("gradients[to] += part", "gradients[to] = part", "da"),
        ("slopes: ([x, y]) => [y, x]", "slopes: ([x, y]) => [x, y]", "da"),
        ("slopes: (_, z) => [1 - z * z]", "slopes: (_, z) => [1 - z]", "da"),
        ("[1 / y, -z / y]", "[1 / y, z / y]", "db"),
        ("topologicalOrder(parents, root).reverse()", "topologicalOrder(parents, root)", "da"),
        ("total + count[parent], 1", "total + count[parent], 0", "visits"),
    ],
)
def test_a_wrong_engine_is_noticed(planted, right, wrong, fault):
    """The planted cases: no adding up, three wrong rules, the wrong end first, no own visit."""
    state = {"expression": "u = a*b; tanh(u*(u + a)/b/9)", "a": 0.9, "b": 1.3, "c": 1.0}
    figure = planted("autograd", right, wrong)
    numbers = run(figure, [state])["found"][0]["numbers"]
    assert fault in faults(numbers, state["expression"], state)
