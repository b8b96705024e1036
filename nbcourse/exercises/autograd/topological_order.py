"""Exercise: an order in which parents come before their children, for the walk back."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.autograd import drivers

Parents = Mapping[Any, list[Any]]  # for each value those it was computed from
Names = list[Any]


def _with_stack(parents: Parents, root: Any) -> Names:
    order: Names = []
    seen = set()
    stack = [(root, False)]
    while stack:
        value, parents_are_listed = stack.pop()
        if parents_are_listed:
            order.append(value)
        elif value not in seen:
            seen.add(value)
            stack.append((value, True))
            for parent in parents[value]:
                stack.append((parent, False))
    return order


def _with_open_lists(parents: Parents, root: Any) -> Names:
    """On the stack: the way from the root, with what is left to do at each value."""
    order, seen = [], {root}
    way = [(root, iter(parents[root]))]
    while way:
        new = next((parent for parent in way[-1][1] if parent not in seen), None)
        if new is None:
            order.append(way.pop()[0])
        else:
            seen.add(new)
            way.append((new, iter(parents[new])))
    return order


def _by_counting(parents: Parents, root: Any) -> Names:
    """From the root, each value once all that used it have had their turn."""
    needed = _breadth_first_from(parents, root)
    waiting_for = Counter(parent for value in needed for parent in parents[value])
    order, ready = [], [root]
    while ready:
        value = ready.pop()
        order.append(value)
        waiting_for.subtract(parents[value])
        ready += [parent for parent in dict.fromkeys(parents[value]) if not waiting_for[parent]]
    return order[::-1]


def _breadth_first_from(parents: Parents, root: Any) -> Names:
    found, seen = [root], {root}
    for value in found:
        new = [parent for parent in dict.fromkeys(parents[value]) if parent not in seen]
        seen.update(new)
        found += new
    return found


@mutant(
    "Your function calls itself for each parent. Python allows about a thousand calls inside each "
    "other, and graphs are deeper: keep a stack of your own, a list."
)
def _recursion(parents: Parents, root: Any) -> Names:
    order: Names = []
    seen = set()

    def visit(value: Any) -> None:
        if value not in seen:
            seen.add(value)
            for parent in parents[value]:
                visit(parent)
            order.append(value)

    visit(root)
    return order


@mutant("Your order is reversed: it begins with the root. Parents come before their children.")
def _reversed(parents: Parents, root: Any) -> Names:
    return _with_stack(parents, root)[::-1]


@mutant(
    "A value that was used twice is listed twice. Keep a set of the values you have met, and pass "
    "over what is in it."
)
def _repeats(parents: Parents, root: Any) -> Names:
    order, stack = [], [root]
    while stack:
        value = stack.pop()
        order.append(value)
        stack += parents[value]
    return order[::-1]


@mutant(
    "You go level by level from the root, and reverse. A value that is used both near the root and "
    "far from it comes too late then: its distance is not what counts."
)
def _breadth_first(parents: Parents, root: Any) -> Names:
    return _breadth_first_from(parents, root)[::-1]


@mutant(
    "You go level by level, and look for values in the list itself. The distance from the root is "
    "not what counts, and a set finds a value without comparing it with all others."
)
def _breadth_first_in_list(parents: Parents, root: Any) -> Names:
    order = [root]
    for value in order:
        for parent in parents[value]:
            if parent not in order:
                order.append(parent)
    return order[::-1]


@mutant(
    "You list a value when you first meet it, on the way down, and reverse at the end. It may be "
    "needed by something that you meet later: list it when all its parents have been listed."
)
def _when_first_met(parents: Parents, root: Any) -> Names:
    order: dict[Any, None] = {}
    stack = [root]
    while stack:
        value = stack.pop()
        if value not in order:
            order[value] = None
            stack += parents[value][::-1]
    return list(order)[::-1]


@mutant("You list the whole dictionary. Only what the root was computed from is wanted.")
def _everything(parents: Parents, root: Any) -> Names:
    order = _with_stack(parents, root)
    listed = set(order)
    return order + [value for value in parents if value not in listed]


@mutant(
    "You take the order of the dictionary, which holds the values as somebody wrote them down. The "
    "arrows alone say what comes first."
)
def _order_of_dictionary(parents: Parents, root: Any) -> Names:
    needed = set(_with_stack(parents, root))
    return [value for value in parents if value in needed]


@mutant("Values without parents are missing. The inputs belong to the list; they come first.")
def _without_inputs(parents: Parents, root: Any) -> Names:
    return [value for value in _with_stack(parents, root) if parents[value]]


@mutant("The root itself is missing: it is the last one of the list.")
def _without_root(parents: Parents, root: Any) -> Names:
    return _with_stack(parents, root)[:-1]


@mutant(
    "You go to each parent again although you have been there, and sort out doubles too late. In "
    "n steps h = h + h that makes 2^n visits: ask whether a value was seen before going on from it."
)
def _walks_every_way(parents: Parents, root: Any) -> Names:
    order: dict[Any, None] = {}
    stack = [(root, False)]
    while stack:
        value, parents_are_listed = stack.pop()
        if parents_are_listed:
            order[value] = None
        else:
            stack.append((value, True))
            stack += [(parent, False) for parent in parents[value]]
    return list(order)


@mutant(
    "You look for values in a list, which compares with every entry: for n values these are about "
    "n²/2 comparisons. Keep a set beside the list."
)
def _searches_a_list(parents: Parents, root: Any) -> Names:
    order: Names = []
    seen: Names = []
    stack = [(root, False)]
    while stack:
        value, parents_are_listed = stack.pop()
        if parents_are_listed:
            order.append(value)
        elif value not in seen:
            seen.append(value)
            stack.append((value, True))
            stack += [(parent, False) for parent in parents[value]]
    return order


@mutant(
    "You take parents out of the lists that were given to you, so the graph is gone afterwards. Go "
    "through them with a loop, or work on a copy."
)
def _uses_up(parents: Parents, root: Any) -> Names:
    order, seen, way = [], {root}, [root]
    while way:
        left = parents[way[-1]]
        new = left.pop() if left else None
        if new is None:
            order.append(way.pop())
        elif new not in seen:
            seen.add(new)
            way.append(new)
    return order


def _graph(rng: np.random.Generator) -> Given:
    """Up to ten values with up to three parents each, in a dictionary without order."""
    n = int(rng.integers(7, 11))
    names = [f"v{k}" for k in rng.permutation(n)]
    parents: dict[str, list[str]] = {}
    for k, name in enumerate(names):
        n_parents = int(rng.integers(0 if k < 3 else 1, 4)) if k else 0
        parents[name] = [names[int(i)] for i in rng.integers(max(0, k - 5), k, size=n_parents)]
    shuffled = {names[int(k)]: parents[names[int(k)]] for k in rng.permutation(n)}
    return given(shuffled, names[int(rng.integers(n // 2, n))])


def _input(rng: np.random.Generator) -> Given:
    graph, _ = _graph(rng).args
    return given(graph, next(name for name, parents in graph.items() if not parents))


def _in_order(value: list[str], parents: Parents, root: str) -> str | None:
    place = {name: k for k, name in enumerate(value)}
    if len(place) < len(value):
        twice = next(name for name, n in Counter(value).items() if n > 1)
        return f"{twice} is listed more than once"
    if missing := [name for name in _with_stack(parents, root) if name not in place]:
        return f"{missing[0]} is missing, from which {root} was computed"
    for name in value:
        late = [parent for parent in parents[name] if place.get(parent, -1) > place[name]]
        if late:
            return f"{name} comes before {late[0]}, which is a parent of it"
    return None


_DIAMOND = {"L": ["s", "p"], "p": ["x", "s"], "s": ["x"], "x": [], "M": ["L", "p"]}

EXERCISE = Exercise(
    name="topological_order",
    number=1,
    signature="topological_order(parents, root)",
    statement=(
        "All values from which root was computed, and root itself, in a list: each once, parents "
        "before their children; parents is a dictionary from each value to a list of its parents."
    ),
    stars=1,
    minutes=20,
    points={"contract": 1, "known answers": 2, "properties": 4, "complexity": 3},
    reference=_with_open_lists,
    solutions=(_with_stack, _with_open_lists, _by_counting),
    mutants=(
        _recursion,
        _reversed,
        _repeats,
        _breadth_first,
        _breadth_first_in_list,
        _when_first_met,
        _everything,
        _order_of_dictionary,
        _without_inputs,
        _without_root,
        _walks_every_way,
        _searches_a_list,
        _uses_up,
    ),
    hints=(
        "A value can be listed when all its parents have been. So begin at the root, go to its "
        "parents first, and come back to it.",
        "Put two kinds of notes on a stack (a list with append and pop): 'look at this value', and "
        "'its parents are done, list it'. A set remembers which values you have looked at.",
        "Take a pair (value, done) from the stack. If done, append value to the order. Otherwise, "
        "if value is not in the set, add it there, push (value, True), and then (parent, False) "
        "for each parent. Begin with (root, False), and end when the stack is empty.",
    ),
    checks=(
        known(
            "s from x, p from x and s, L from s and p: one order is right",
            given(_DIAMOND, "L"),
            ["x", "s", "p", "L"],
        ),
        known("from the middle of a graph", given(_DIAMOND, "s"), ["x", "s"]),
        holds("parents come before children in random graphs", _graph, _in_order, cases=6),
        agrees(
            "exactly what the root needs, each once",
            _graph,
            driver=drivers.listed_names,
            cases=4,
        ),
        agrees("an input needs itself alone", _input, cases=1),
        known(
            "a chain of 5,000 values, without a RecursionError",
            given(5_000),
            {"values listed": 5_000, "parents before children": True},
            group="complexity",
            driver=drivers.long_chain,
            seconds=3.0,
        ),
        known(
            "40 steps h = h + h: few looks, not one for every way",
            given(40),
            {"parents are looked up more than ten times a value": False},
            group="complexity",
            driver=drivers.many_lookups,
        ),
        known(
            "300 values: no search through a list",
            given(300),
            {"values are compared more than ten times each": False},
            group="complexity",
            driver=drivers.many_comparisons,
        ),
    ),
    forbidden=("graphlib", "sys.setrecursionlimit"),
    keeps_dtype=False,  # names have no dtype
)
