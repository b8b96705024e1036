"""The twins show the same face: names, order, signatures, first docstring lines."""

import importlib
import inspect

import pytest

MODULES = (
    "activations",
    "losses",
    "layers",
    "normalization",
    "optimizers",
    "schedules",
    "regularization",
    "models",
    "training",
)
EXTRAS = {"device", "dtype", "generator"}  # what the PyTorch side may add, keyword-only


def _pair(module):
    return [importlib.import_module(f"nbcourse.{twin}_nn.{module}") for twin in ("numpy", "torch")]


def _pairs():
    for module in MODULES:
        ours, theirs = _pair(module)
        for name in ours.__all__:
            yield pytest.param(getattr(ours, name), getattr(theirs, name), id=f"{module}.{name}")


def faces_differ(ours, theirs):
    """Return what a reader would see differ between two objects, as a sentence, or None."""
    a, b = [_face(obj) for obj in (ours, theirs)]
    return None if a == b else f"NumPy {a}, PyTorch {b}"


def _face(obj):
    parameters = [
        (p.name, p.kind.name, getattr(p.default, "__name__", p.default))
        for p in inspect.signature(obj).parameters.values()
        if not (p.name in EXTRAS and p.kind is p.KEYWORD_ONLY)
    ]
    if inspect.isclass(obj) and "__init__" not in vars(obj):
        parameters = []  # what the class inherits is compared where it is defined
    return [parameters, (obj.__doc__ or "").strip().splitlines()[:1]]


@pytest.mark.parametrize("module", MODULES)
def test_modules_have_the_same_names_in_the_same_order(module):
    """`__all__` is the same list on both sides."""
    ours, theirs = _pair(module)

    assert ours.__all__ == theirs.__all__


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [p for p in _pairs() if p.id not in ("layers.Buffer", "layers.Layer", "layers.Parameter")],
)
def test_objects_have_the_same_signature_and_first_line(ours, theirs):
    """Arguments, their order, kinds and defaults, and the first docstring line agree."""
    if inspect.isclass(ours) and issubclass(
        ours, importlib.import_module("nbcourse.numpy_nn").Layer
    ):
        assert faces_differ(ours.forward, theirs.forward) is None

    if ours.__name__ in ("Optimizer", "Schedule"):
        assert _face(ours)[1] == _face(theirs)[1]
    else:
        assert faces_differ(ours, theirs) is None, faces_differ(ours, theirs)


def test_packages_export_the_same_names():
    """One line switches the twin."""
    ours, theirs = (importlib.import_module(f"nbcourse.{twin}_nn") for twin in ("numpy", "torch"))

    assert ours.__all__ == theirs.__all__
    assert all(hasattr(theirs, name) for name in theirs.__all__)


def test_a_different_default_is_noticed():
    """The comparison catches a planted difference in a default, a name, and a docstring."""

    def ours(x, *, axis=-1):
        """Same."""

    def other_default(x, *, axis=0):
        """Same."""

    def other_name(z, *, axis=-1):
        """Same."""

    def other_line(x, *, axis=-1):
        """Other."""

    def allowed(x, *, axis=-1, device="cpu"):
        """Same."""

    assert faces_differ(ours, allowed) is None
    assert all(faces_differ(ours, f) for f in (other_default, other_name, other_line))


def test_the_torch_side_has_no_backward():
    """Autograd is the whole difference: no class of ours defines `backward` on the torch side."""
    for module in MODULES:
        theirs = _pair(module)[1]
        for name in theirs.__all__:
            assert "backward" not in vars(getattr(theirs, name)), f"{module}.{name}"
