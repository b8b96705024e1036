"""Exercise: deal the examples out in batches, in a fresh random order."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, known, mutant
from nbcourse.data import batches
from nbcourse.exercises.gradient_descent import drivers

Rng = np.random.Generator
Batches = list[NDArray[Any]]


def _reference(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    return list(batches(n, batch_size, rng=rng, drop_last=drop_last))


def _with_slices(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    order = rng.permutation(n)
    stop = n - n % batch_size if drop_last else n
    return [order[start : start + batch_size] for start in range(0, stop, batch_size)]


def _with_while(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    rest, dealt = np.argsort(rng.random(n)), []
    while len(rest) >= batch_size or (len(rest) and not drop_last):
        dealt.append(rest[:batch_size])
        rest = rest[batch_size:]
    return dealt


def _with_split(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    order = rng.choice(n, size=n, replace=False)
    dealt = np.split(order, range(batch_size, n, batch_size))
    if drop_last and len(dealt[-1]) < batch_size:
        dealt.pop()
    return dealt


def _slices(order: NDArray[Any], batch_size: int, stop: int) -> Batches:
    return [order[start : start + batch_size] for start in range(0, stop, batch_size)]


def _stop(n: int, batch_size: int, drop_last: bool) -> int:
    return n - n % batch_size if drop_last else n


@mutant("Nothing is shuffled: the batches are runs of neighbors, the same in each epoch.")
def _in_order(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    return _slices(np.arange(n), batch_size, _stop(n, batch_size, drop_last))


@mutant("Only the order of the batches is random: shuffle the examples, then cut into batches.")
def _shuffles_batches(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    dealt = _slices(np.arange(n), batch_size, _stop(n, batch_size, drop_last))
    full = [batch for batch in dealt if len(batch) == batch_size]
    return [full[k] for k in rng.permutation(len(full))] + dealt[len(full) :]


@mutant("You draw with replacement: some examples come twice in an epoch and others never.")
def _with_replacement(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    return _slices(rng.integers(n, size=n), batch_size, _stop(n, batch_size, drop_last))


@mutant(
    "Each batch is drawn from all examples anew: shuffle once an epoch, then deal the order out."
)
def _shuffles_for_each(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    starts = range(0, _stop(n, batch_size, drop_last), batch_size)
    return [rng.permutation(n)[start : start + batch_size] for start in starts]


@mutant("The order comes from a generator of your own: it is the same in each epoch. Use rng.")
def _own_generator(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    order = np.random.default_rng(0).permutation(n)
    return _slices(order, batch_size, _stop(n, batch_size, drop_last))


@mutant("NumPy's global generator shuffles: nobody can repeat the run from rng. Use rng.")
def _global_generator(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    order = np.random.permutation(n)  # noqa: NPY002 - the mistake
    return _slices(order, batch_size, _stop(n, batch_size, drop_last))


@mutant("drop_last has no effect: with it, a last batch that is not full is left out.")
def _keeps_last(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    return _slices(rng.permutation(n), batch_size, n)


@mutant("The last batch that is not full is always lost; only drop_last=True asks for that.")
def _drops_last(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    return _slices(rng.permutation(n), batch_size, n - n % batch_size)


@mutant("drop_last drops a batch that is full: check whether batch_size divides n.")
def _drops_full(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    dealt = _slices(rng.permutation(n), batch_size, n)
    return dealt[:-1] if drop_last else dealt


@mutant("The sizes are evened out: all batches hold batch_size indices, the last one what is left.")
def _evens_out(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    n_batches = n // batch_size if drop_last else -(-n // batch_size)
    order = rng.permutation(n)[: _stop(n, batch_size, drop_last)]
    return np.array_split(order, n_batches) if n_batches else []


@mutant(
    "A last batch of one index is lost: a range leaves its end out, so it must end at n itself."
)
def _loses_one(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    return _slices(rng.permutation(n), batch_size, _stop(n - 1, batch_size, drop_last))


@mutant("You count from 1: the index of the first example is 0, and n is out of range.")
def _from_one(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    return _slices(rng.permutation(n) + 1, batch_size, _stop(n, batch_size, drop_last))


@mutant("With drop_last the same examples are left out in every epoch: shuffle all n, then drop.")
def _drops_the_same(n: int, batch_size: int, *, rng: Rng, drop_last: bool = False) -> Batches:
    stop = _stop(n, batch_size, drop_last)
    return _slices(rng.permutation(stop), batch_size, stop)


def _seed(rng: Rng) -> int:
    return int(rng.integers(1000))


def _draw(rng: Rng) -> Given:
    batch_size = int(rng.integers(2, 9))
    n = batch_size * int(rng.integers(2, 6)) + int(rng.integers(1, batch_size))
    return given(n=n, batch_size=batch_size, seed=_seed(rng))


def _divides(rng: Rng) -> Given:
    batch_size = int(rng.integers(2, 9))
    return given(n=3 * batch_size, batch_size=batch_size, seed=_seed(rng), drop_last=True)


def _one_left(rng: Rng) -> Given:
    batch_size = int(rng.integers(2, 9))
    return given(n=2 * batch_size + 1, batch_size=batch_size, seed=_seed(rng))


def _small(rng: Rng) -> Given:
    n, batch_size = ((1, 1), (4, 1), (3, 7))[int(rng.integers(3))]
    return given(n=n, batch_size=batch_size, seed=_seed(rng), drop_last=bool(rng.integers(2)))


def _long(rng: Rng) -> Given:
    # So long that a right answer fails by chance less than once in 10^14 times.
    return given(n=120, batch_size=12, seed=_seed(rng))


def _many(rng: Rng) -> Given:
    # Less than half of the examples are left out: one of them every time once in 2^60 runs.
    batch_size = int(rng.integers(3, 6))
    n = 2 * batch_size - 1
    return given(n=n, batch_size=batch_size, seed=_seed(rng), n_epochs=60, drop_last=True)


EXERCISE = Exercise(
    name="minibatches",
    number=3,
    signature="minibatches(n, batch_size, *, rng, drop_last=False)",
    statement=(
        "A list of index arrays that deal 0 .. n - 1 out once, in a random order drawn from rng; "
        "all hold batch_size indices, but the last holds the rest, or is left out with drop_last."
    ),
    stars=2,
    minutes=20,
    points={"contract": 1, "known answers": 3, "properties": 6},
    reference=_reference,
    solutions=(_with_slices, _with_while, _with_split),
    mutants=(
        _in_order,
        _shuffles_batches,
        _with_replacement,
        _shuffles_for_each,
        _own_generator,
        _global_generator,
        _keeps_last,
        _drops_last,
        _drops_full,
        _evens_out,
        _loses_one,
        _from_one,
        _drops_the_same,
    ),
    hints=(
        "Think of a pack of cards numbered 0 to n - 1: shuffle the pack once, then deal it out "
        "from the top. Shuffling and dealing are two separate steps.",
        "The method rng.permutation(n) shuffles the pack. The batches start at the places 0, "
        "batch_size, 2 * batch_size and so on, and a slice may reach beyond the end.",
        "Cut slices of length batch_size from the shuffled order, in a loop over a range with "
        "that step. For drop_last, let the range end at the largest multiple of batch_size that "
        "is at most n; the rest of the division, n % batch_size, tells you where that is.",
    ),
    checks=(
        known(
            "ten examples in batches of four",
            given(n=10, batch_size=4, seed=0),
            {"sizes": [4, 4, 2], "indices, sorted": np.arange(10)},
            driver=drivers.one_epoch,
        ),
        known(
            "the same with drop_last, 60 times",
            given(n=10, batch_size=4, seed=0, n_epochs=60, drop_last=True),
            {"sizes": [4, 4], "indices that never came": []},
            driver=drivers.many_epochs,
        ),
        agrees("each index comes exactly once", _draw, cases=4, driver=drivers.one_epoch),
        agrees("a last batch of one index is kept", _one_left, cases=2, driver=drivers.one_epoch),
        agrees("drop_last drops no full batch", _divides, cases=2, driver=drivers.one_epoch),
        agrees("batches of one, and larger than the data", _small, driver=drivers.one_epoch),
        agrees("what drop_last leaves out changes", _many, cases=2, driver=drivers.many_epochs),
        agrees(
            "the order comes from rng, and is new in each epoch",
            _long,
            cases=2,
            driver=drivers.order_of_epochs,
        ),
    ),
    keeps_dtype=False,
)
