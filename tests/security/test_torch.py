"""Answers that use torch: loaded before the fork, in the same walls, within the same limits."""

import time

import pytest

from nbcourse.checking import Exercise, agrees, given, mutant
from nbcourse.checking.seeds import Key
from nbcourse.grading.judging import grade
from tests.security.conftest import build

pytest.importorskip("torch")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def jail():
    """A jail with torch; its canaries were tried before this returns."""
    built = build("auto", ("numpy", "torch"))
    yield built
    built.close()


def descend(x, t, w):
    """The weights of a line after five steps of gradient descent."""
    for _ in range(5):
        w = w - 0.1 * 2 * x.T @ (x @ w - t) / len(t)
    return w


@mutant("Planted.")
def _same(x, t, w):
    return w


EXERCISE = Exercise(
    name="descend", number=1, signature="descend(x, t, w)", statement="Five steps.", stars=1,
    minutes=5, points={"properties": 2}, reference=descend, solutions=(descend, descend),
    mutants=(_same,), hints=("One.", "Two.", "Three."), packages=("numpy", "torch"),
    checks=(agrees("it descends", lambda rng: given(
        rng.normal(size=(8, 3)), rng.normal(size=8), rng.normal(size=3))),),
    keeps_dtype=False,
)  # fmt: skip
ANSWER = """
import torch
def descend(x, t, w):
    x, t, w = torch.tensor(x), torch.tensor(t), torch.tensor(w, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, t), batch_size=8)
    for _ in range(5):
        for x_batch, t_batch in loader:
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(x_batch @ w, t_batch).backward()
            optimizer.step()
    return w.detach().numpy()
"""


def _grade(source, jail):
    return grade([(1, source)], [EXERCISE], jail, Key(secret="s", student="ada"))


def test_an_answer_with_torch_earns_everything(jail):
    """Autograd, an optimizer and a loader of batches work in the jail."""
    graded = _grade(ANSWER, jail)

    assert graded.cell_problems == {}
    assert graded.points == EXERCISE.points_total


def test_it_does_not_load_torch_anew(jail):
    """Ten submissions together take less time than one import of torch does."""
    start = time.perf_counter()
    for _ in range(10):
        assert _grade(ANSWER, jail).guests == 1

    assert time.perf_counter() - start < 10


@pytest.mark.parametrize(("mib", "works"), [(512, True), (3072, False)])
def test_memory_is_counted_from_what_torch_has_mapped(jail, mib, works):
    """The allowance of a guest is its own, and it is bounded."""
    greedy = ANSWER.replace("    return", f"    torch.empty({mib} * 2**18)\n    return")

    assert (_grade(greedy, jail).points == EXERCISE.points_total) is works


def test_a_guest_has_one_thread_and_no_word_of_the_start(jail):
    """What torch was told while it was loaded is gone from the environment."""
    asks = (
        "import os, torch\n"
        "def descend(x, t, w):\n"
        "    return [torch.get_num_threads(), sorted(k for k in os.environ if 'TORCH' in k)]\n"
    )
    first = _grade(asks, jail).judgements["descend"].visible.outcomes[0]

    assert first.got == "[1, []]"


def test_what_a_guest_draws_is_its_own(jail):
    """Guests share a parent, and none sees what another drew."""
    draws = "import torch\ndef descend(x, t, w):\n    return torch.rand(1).double().numpy()\n"
    got = {_grade(draws, jail).judgements["descend"].visible.outcomes[0].got for _ in range(2)}

    assert len(got) == 1
