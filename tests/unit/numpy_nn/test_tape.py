"""The tape: an order with parents first, a walk that visits each value once, and what is freed."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcourse.numpy_nn.tape import is_recording, no_grad, recording, sweep, topological_order
from nbcourse.numpy_nn.tensors import Tensor, record


class Number:
    """The least that the tape can work with: a sum of its parents, which counts its readings."""

    n_readings = 0

    def __init__(self, value=0.0, parents=(), *, requires_grad=True):
        self.value, self._parents, self.requires_grad = value, parents, requires_grad
        self.vjps = tuple(lambda dy, y, *_: dy for _ in parents)
        self.shape = ()

    @property
    def parents(self):
        """The operands; each reading is counted."""
        Number.n_readings += 1
        return self._parents

    @parents.setter
    def parents(self, parents):
        self._parents = parents

    def __add__(self, other):
        return Number(self.value + other.value)

    def sum_to(self, shape):
        """Return the number itself."""
        return self


@st.composite
def _graphs(draw):
    """A list of numbers, each a sum of earlier ones, repeated operands included."""
    nodes = [Number(1.0), Number(1.0, requires_grad=draw(st.booleans()))]
    for _ in range(draw(st.integers(0, 15))):
        indices = draw(st.lists(st.integers(0, len(nodes) - 1), min_size=1, max_size=3))
        parents = tuple(nodes[k] for k in indices)
        nodes.append(Number(0.0, parents, requires_grad=any(p.requires_grad for p in parents)))
    return nodes


def _n_paths(node, leaf):
    """The number of ways from a node to a leaf, one arrow at a time: the slow truth."""
    if node is leaf:
        return 1
    return sum(_n_paths(parent, leaf) for parent in node.parents if parent.requires_grad)


@given(_graphs())
def test_parents_come_before_children_and_each_value_once(nodes):
    """The order holds exactly the values that the root depends on and that need a gradient."""
    order = topological_order(nodes[-1])
    place = {node: k for k, node in enumerate(order)}

    assert order[-1] is nodes[-1]
    assert len(place) == len(order)
    for node in order:
        for parent in node.parents:
            assert (parent in place) == parent.requires_grad
            assert not parent.requires_grad or place[parent] < place[node]


@given(_graphs())
def test_the_gradient_counts_the_paths(nodes):
    """In a graph of sums the gradient at a value is its number of paths to the root."""
    gradients = {node: dy.value for node, dy in sweep(nodes[-1], Number(1.0), retain_graph=True)}

    for node, gradient in gradients.items():
        assert gradient == _n_paths(nodes[-1], node)


@pytest.mark.parametrize("n", [1, 10, 10_000])
def test_a_chain_is_visited_in_linear_time_at_any_depth(n):
    """`h = h + h`, n times: n + 1 visits, in work proportional to n, and no recursion error."""
    h = Number(1.0)
    for _ in range(n):
        h = Number(0.0, (h, h))
    Number.n_readings = 0
    with np.errstate(over="ignore"):
        visits = [dy for _, dy in sweep(h, Number(np.float64(1.0)))]

    assert len(visits) == n + 1
    assert visits[-1].value == (2.0**n if n < 1000 else np.inf)
    assert Number.n_readings <= 6 * (n + 1)


def test_the_walk_frees_the_graph_behind_it():
    """A value that was passed has no parents any more; those ahead still do."""
    a = Number(1.0)
    b = Number(0.0, (a,))
    c = Number(0.0, (b,))
    walk = sweep(c, Number(1.0))
    next(walk)
    next(walk)

    assert c.parents == ()
    assert b.parents == (a,)
    assert [node for node, _ in walk] == [a]
    assert b.parents == ()
    assert a.vjps == ()
    with pytest.raises(ValueError, match="freed by an earlier backward pass"):
        topological_order(c)


@pytest.mark.parametrize("option", ["retain_graph", "create_graph"])
def test_a_kept_graph_can_be_walked_again(option):
    """Two walks give the same."""
    a = Number(1.0)
    root = Number(0.0, (a, a))
    first, second = (
        [dy.value for _, dy in sweep(root, Number(1.0), **{option: True})] for _ in range(2)
    )

    assert first == second == [1.0, 2.0]


def test_a_freed_part_is_noticed_before_anything_happens():
    """A graph that shares a freed part is refused as a whole, and stays as it was."""
    a = Number(1.0)
    shared = Number(0.0, (a,))
    one, two = Number(0.0, (shared,)), Number(0.0, (shared, a))
    list(sweep(one, Number(1.0)))

    with pytest.raises(ValueError, match="freed"):
        next(sweep(two, Number(1.0)))
    assert two.parents == (shared, a)


def test_no_grad_nests_and_ends_with_an_error():
    """Inside nothing is recorded; the state comes back after a block, also when it raises."""
    assert is_recording()
    with no_grad():
        with recording(True):
            assert is_recording()
        with no_grad():
            pass
        assert not is_recording()
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert is_recording()


def test_no_grad_decorates_a_function():
    """A decorated function records nothing, each time it is called."""

    @no_grad()
    def double(x):
        return x + x

    x = Tensor(1.0, requires_grad=True)
    for _ in range(2):
        assert not double(x).requires_grad
    assert (x + x).requires_grad


def test_threads_do_not_switch_each_other_off():
    """no_grad in one thread leaves the recording of another as it is."""
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_recording()))
        thread.start()
        thread.join()

    assert seen == [True]


def test_a_rule_that_fails_leaves_the_state_and_the_gradients_as_they_were():
    """An error in the middle of a backward pass: recording goes on, no grad has changed."""

    def broken(dy, y, x):
        raise ZeroDivisionError

    x = Tensor([1.0, 2.0], requires_grad=True)
    x.sum().backward()
    before = x.grad.copy()
    with no_grad():
        loss = (x * 2).sum()
    assert not loss.requires_grad
    loss = (record(x.data, (x,), (broken,)) + x).sum()
    with pytest.raises(ZeroDivisionError):
        loss.backward()

    assert is_recording()
    assert (x.grad == before).all()


def test_the_code_between_two_visits_records_as_usual():
    """The walk switches recording off for its own rules only."""
    x = Tensor(2.0, requires_grad=True)
    for _, _ in sweep(x * x, Tensor(1.0)):
        assert is_recording()
        assert (x + 1).requires_grad
