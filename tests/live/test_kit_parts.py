"""What figures share: sliders with a moving end, short numbers, sentences, graphs."""

import json

import numpy as np
import pytest

from book._ext.node import node
from tests.live.conftest import FIGURES

KIT = FIGURES.parent / "kit"


def evaluate(module, code):
    """The value of an expression in which `kit` is a module of the kit."""
    program = (
        f'import * as kit from "{(KIT / module).as_uri()}"; console.log(JSON.stringify({code}))'
    )
    return json.loads(node("--input-type=module", "-e", program))


def test_a_slider_stays_below_its_moving_end():
    """`most` bounds the value by the rest of the state, and only where it is given."""
    figure = '{ controls: [{ key: "step", most: (state) => state.n }, { key: "n" }] }'
    states = [{"n": 3, "step": 9}, {"n": 3, "step": 2}]
    found = evaluate("state.mjs", f"{json.dumps(states)}.map((s) => kit.bounded({figure}, s))")
    assert found == [{"n": 3, "step": 3}, {"n": 3, "step": 2}]


@pytest.mark.parametrize(
    ("number", "room", "words"),
    [
        ("1024", 5, "1024"),
        ("-0.2254", 7, "−0.225"),
        ("-0.2254", 5, "−0.23"),
        ("0.0000403", 7, "4e−5"),
        ("-123456.7", 7, "−1.2e5"),
        ("NaN", 7, "?"),
        ("1/0", 7, "∞"),
    ],
)
def test_crowded_numbers_are_short(number, room, words):
    """As many digits as there is room for, whole numbers in full."""
    assert evaluate("svg.mjs", f"kit.tight({number}, {room})") == words


def test_a_sentence_is_broken_between_words():
    """No line is longer than was asked for, and no word is lost."""
    sentence = "one two three four five six seven eight nine ten"
    svg = evaluate("svg.mjs", f'kit.paragraph(0, 0, "{sentence}", {{ longest: 15 }})')
    lines = [part.split("<")[0] for part in svg.split(">")[1:] if part.split("<")[0]]
    assert " ".join(lines) == sentence
    assert max(map(len, lines)) <= 15


def laid_out(parents, box=None):
    """Places and routes of a graph."""
    box = box or {"left": 0, "right": 400, "top": 0, "bottom": 300}
    pairs = [(p, k) for k, each in enumerate(parents) for p in each]
    code = (
        f"((g) => ({{ ...g, routes: {json.dumps(pairs)}.map(([p, k]) => g.route(p, k)) }}))"
        f"(kit.layout({json.dumps(parents)}, {json.dumps(box)}))"
    )
    return evaluate("graph.mjs", code)


def random_graphs(n, seed):
    """Graphs in which each node has up to two earlier parents."""
    rng = np.random.default_rng(seed)
    return [
        [
            [] if k < 2 else sorted(rng.integers(k, size=rng.integers(1, 3)).tolist())
            for k in range(rng.integers(3, 13))
        ]
        for _ in range(n)
    ]


def test_nodes_do_not_overlap_and_arrows_point_to_the_right():
    """Nodes of a column keep their distance; each step of a route goes to the right."""
    for parents in random_graphs(12, seed=0):
        found = laid_out(parents)
        places = [tuple(place) for place in found["places"]]
        for k, (x, y) in enumerate(places):
            near = [abs(y - v) for u, v in places[:k] if abs(u - x) < 1e-6]
            assert all(gap > 59.9 for gap in near)
        for route in found["routes"]:
            assert np.all(np.diff([x for x, _ in route]) > 0)


def test_a_graph_that_is_too_tall_says_so():
    """Six nodes side by side do not fit, five do."""
    fits = [laid_out([[] for _ in range(n)] + [list(range(n))])["fits"] for n in (5, 6)]
    assert fits == [True, False]
