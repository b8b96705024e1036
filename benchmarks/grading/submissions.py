"""What is handed in: right, wrong and endless notebooks, cheats, and a class of them."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from benchmarks.grading.specs import CHAPTER
from nbcourse.grading.records import Submission

Answers: TypeAlias = Mapping[str, str]  # the code of each function, and of the cell before them

FIRST = "import"
RIGHT: Answers = {
    FIRST: "import numpy as np\n",
    "relu": "def relu(x):\n    return np.maximum(x, 0)\n",
    "softmax": (
        "def softmax(z):\n"
        "    e = np.exp(z - z.max(axis=1, keepdims=True))\n"
        "    return e / e.sum(axis=1, keepdims=True)\n"
    ),
    "mse": "def mse(p, t):\n    return np.mean((p - t) ** 2)\n",
    "mse_grad": "def mse_grad(p, t):\n    return 2 * (p - t) / p.size\n",
    "affine": "def affine(x, W, b):\n    return x @ W + b\n",
}
WRONG: Answers = {
    name: code if name == FIRST else f"def {name}(*args):\n    return 0.0\n"
    for name, code in RIGHT.items()
}
ENDLESS: Answers = {**RIGHT, "relu": "def relu(x):\n    while True:\n        pass\n"}
SLIP: Answers = {**RIGHT, "mse": "def mse(p, t):\n    return np.sum((p - t) ** 2)\n"}

TRAINING: Answers = {
    FIRST: "import numpy as np\nimport torch\n",
    "descend": (
        "def descend(x, t, w):\n"
        "    x, t, w = torch.tensor(x), torch.tensor(t), torch.tensor(w, requires_grad=True)\n"
        "    optimizer = torch.optim.SGD([w], lr=0.1)\n"
        "    for _ in range(5):\n"
        "        optimizer.zero_grad()\n"
        "        torch.nn.functional.mse_loss(x @ w, t).backward()\n"
        "        optimizer.step()\n"
        "    return w.detach().numpy()\n"
    ),
}

# Known attacks on released software, as a cell before wrong answers. What they share: the tests run
# in the process of the answers.
CHEATS: dict[str, str] = {
    "replace NumPy's comparison": (
        "np.allclose = np.array_equal = lambda *args, **kwargs: True\n"
        "np.testing.assert_allclose = lambda *args, **kwargs: None\n"
    ),
    "remove the asserts (a transformer of IPython)": (
        "import ast\n"
        "class Removes(ast.NodeTransformer):\n"
        "    def visit_Assert(self, node):\n"
        "        return ast.copy_location(ast.Pass(), node)\n"
        "get_ipython().ast_transformers.append(Removes())\n"
    ),
    "patch the checker of otter": (
        "from otter.test_files.exception_test import test_case\n"
        "test_case.call_func = lambda self, global_environment: None\n"
    ),
}


def cheating(cheat: str) -> Answers:
    """Wrong answers behind a cheat."""
    return {**WRONG, FIRST: WRONG[FIRST] + CHEATS[cheat]}


def cells(answers: Answers) -> tuple[tuple[int, str], ...]:
    """Answers as numbered cells."""
    return tuple(enumerate(answers.values(), start=1))


def class_of(n: int, *, endless: bool = True) -> Sequence[Submission]:
    """Notebooks of n students: 2 % hold an infinite loop, 10 % a slip, the others are right.

    Each has a line of its own, so that no two are equal.
    """
    return [
        Submission(
            f"s{k:05}",
            CHAPTER,
            cells=(*cells(_of_student(k, endless)), (9, f"# handed in by s{k:05}")),
        )
        for k in range(n)
    ]


def _of_student(k: int, endless: bool) -> Answers:
    if endless and k % 50 == 25:
        return ENDLESS
    return SLIP if k % 10 == 3 else RIGHT
