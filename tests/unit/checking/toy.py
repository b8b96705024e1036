"""A small exercise for the tests of the judge: `double(x)` returns twice its argument."""

import numpy as np

from nbcourse.checking import Exercise, agrees, given, holds, known, mutant


def by_sum(x):
    """Return x + x."""
    return x + x


def by_product(x):
    """Return 2 x."""
    return 2 * x


@mutant("You squared it.")
def squares(x):
    """Return the square."""
    return x * x


@mutant("You changed your argument.")
def in_place(x):
    """Return the right numbers in the wrong place."""
    x *= 2
    return x


def positive(value, x):
    """A property: signs are kept."""
    return None if (np.sign(value) == np.sign(x)).all() else "a sign is lost"


DOUBLE = Exercise(
    name="double",
    number=1,
    signature="double(x)",
    statement="Twice x.",
    stars=1,
    minutes=5,
    points={"contract": 2, "known answers": 3, "properties": 5},
    reference=by_product,
    solutions=(by_sum, by_product),
    mutants=(squares, in_place),
    hints=("Add.", "Add it to itself.", "It is x + x."),
    checks=(
        known("three becomes six", given(np.array([3.0])), np.array([6.0])),
        agrees("right for random lengths", lambda rng: given(rng.normal(size=rng.integers(1, 6)))),
        holds("signs are kept", lambda rng: given(rng.normal(size=4)), positive),
    ),
)
