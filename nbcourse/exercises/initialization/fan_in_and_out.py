"""Exercise: how many numbers feed an output, and how many outputs a number feeds."""

import math

import numpy as np

from nbcourse.checking import Exercise, Given, agrees, given, known, mutant
from nbcourse.initializers import fans

Shape = tuple[int, ...]
Pair = tuple[int, int]


def _reference(shape: Shape) -> Pair:
    return fans(shape)


def _with_prod(shape: Shape) -> Pair:
    if len(shape) == 2:
        n_in, n_out = shape
        return n_in, n_out
    n_out, n_in, *lengths = shape
    n_positions = math.prod(lengths)
    return n_in * n_positions, n_out * n_positions


def _with_loop(shape: Shape) -> Pair:
    fan_out, fan_in, *lengths = shape
    if not lengths:
        return fan_out, fan_in
    for length in lengths:
        fan_in, fan_out = fan_in * length, fan_out * length
    return fan_in, fan_out


def _by_counting(shape: Shape) -> Pair:
    """Count the weights at one output, and those at one input."""
    index = np.indices(shape)
    into, outof = (0, 1) if len(shape) == 2 else (1, 0)
    fan_in = np.count_nonzero(index[outof] == 0)
    return int(fan_in), int(np.count_nonzero(index[into] == 0))


def _kernel(shape: Shape) -> tuple[int, int, tuple[int, ...]]:
    return shape[0], shape[1], shape[2:]


@mutant(
    "For dense weights both numbers are exchanged: here W is (n_in, n_out). In torch.nn.Linear it "
    "is the transpose."
)
def _exchanges_dense(shape: Shape) -> Pair:
    n_out, n_in, lengths = _kernel(shape)
    return n_in * math.prod(lengths), n_out * math.prod(lengths)


@mutant("For kernels both numbers are exchanged: their first axis counts the outputs.")
def _exchanges_kernels(shape: Shape) -> Pair:
    return shape[0] * math.prod(shape[2:]), shape[1] * math.prod(shape[2:])


@mutant(
    "The positions of a kernel are missing: an output of a 5 x 5 kernel is a sum over 25 places "
    "in each channel."
)
def _forgets_positions(shape: Shape) -> Pair:
    n_out, n_in, lengths = _kernel(shape)
    return (n_in, n_out) if lengths else (n_out, n_in)


@mutant(
    "fan_out lacks the positions of the kernel: an input number lies under each of them once, so "
    "it feeds that many places in each channel."
)
def _positions_in_fan_in_only(shape: Shape) -> Pair:
    n_out, n_in, lengths = _kernel(shape)
    return (n_in * math.prod(lengths), n_out) if lengths else (n_out, n_in)


@mutant("Only the first length of the kernel counts: take height times width.")
def _height_only(shape: Shape) -> Pair:
    n_out, n_in, lengths = _kernel(shape)
    return (n_in * lengths[0], n_out * lengths[0]) if lengths else (n_out, n_in)


@mutant("You square the height, which is right for square kernels only: take height times width.")
def _square_kernels(shape: Shape) -> Pair:
    n_out, n_in, lengths = _kernel(shape)
    n_positions = lengths[0] ** len(lengths) if lengths else 1
    return (n_in * n_positions, n_out * n_positions) if lengths else (n_out, n_in)


@mutant("The lengths of the kernel are added: a 5 x 5 kernel has 25 positions, not 10.")
def _adds_lengths(shape: Shape) -> Pair:
    n_out, n_in, lengths = _kernel(shape)
    return (n_in * sum(lengths), n_out * sum(lengths)) if lengths else (n_out, n_in)


@mutant(
    "You take the last two axes for inputs and outputs, as Keras stores its kernels. Here a "
    "kernel is (n_out, n_in, height, width)."
)
def _channels_last(shape: Shape) -> Pair:
    n_positions = math.prod(shape[:-2])
    return shape[-2] * n_positions, shape[-1] * n_positions


@mutant(
    "Only kernels with two lengths work. Those for sound have one, those for volumes three: take "
    "all that follows the first two axes."
)
def _images_only(shape: Shape) -> Pair:
    if len(shape) == 2:
        return shape[0], shape[1]
    n_out, n_in, height, width = shape
    return n_in * height * width, n_out * height * width


def _sizes(rng: np.random.Generator, n: int, most: int = 12) -> Shape:
    """Different sizes, so that no two can be mistaken for each other."""
    return tuple(int(k) for k in rng.permutation(np.arange(2, most))[:n])


def _dense(rng: np.random.Generator) -> Given:
    return given(_sizes(rng, 2, 900))


def _images(rng: np.random.Generator) -> Given:
    return given(_sizes(rng, 4))


def _sound(rng: np.random.Generator) -> Given:
    return given(_sizes(rng, 3))


def _volumes(rng: np.random.Generator) -> Given:
    return given(_sizes(rng, 5))


def _one_position(rng: np.random.Generator) -> Given:
    return given((*_sizes(rng, 2), 1, 1))


EXERCISE = Exercise(
    name="fan_in_and_out",
    number=1,
    signature="fan_in_and_out(shape)",
    statement=(
        "(fan_in, fan_out) for weights of a shape: dense ones are (n_in, n_out), kernels (n_out, "
        "n_in, ...) with one or more lengths at the end."
    ),
    stars=1,
    minutes=10,
    points={"contract": 1, "known answers": 3, "properties": 6},
    reference=_reference,
    solutions=(_with_prod, _with_loop, _by_counting),
    mutants=(
        _exchanges_dense,
        _exchanges_kernels,
        _forgets_positions,
        _positions_in_fan_in_only,
        _height_only,
        _square_kernels,
        _adds_lengths,
        _channels_last,
        _images_only,
    ),
    hints=(
        "Take one output and count the weights that lead into it; then take one input and count "
        "those that lead away from it. Dense weights and kernels are two cases.",
        "len(shape) tells the cases apart. For a kernel, shape[2:] are the lengths, and the number "
        "of positions is their product.",
        "For a kernel both fans have the factor math.prod(shape[2:]); the other factor is shape[1] "
        "for fan_in and shape[0] for fan_out. For dense weights there is no factor, and the order "
        "of the two is reversed.",
    ),
    checks=(
        known("the first layer of 784-64-64-10", given((784, 64)), (784, 64)),
        known("16 kernels of 5 x 5 on 3 channels", given((16, 3, 5, 5)), (75, 400)),
        agrees("dense weights", _dense, cases=2),
        agrees("kernels for images, not square", _images),
        agrees("kernels with one length", _sound, cases=2),
        agrees("kernels with three lengths", _volumes, cases=2),
        agrees("kernels of a single position", _one_position, cases=2),
    ),
    keeps_dtype=False,  # whole numbers in, whole numbers out
)
