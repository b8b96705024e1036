"""Cases: for each public name of the twins, inputs on which both sides are run."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

__all__ = [
    "FUNCTIONS",
    "LAYERS",
    "OPTIMIZERS",
    "SCHEDULES",
    "FunctionCase",
    "LayerCase",
    "RuleCase",
]


@dataclass(frozen=True)
class FunctionCase:
    """A function, its arguments, and how many of them (the first ones) gradients are taken of."""

    name: str
    args: tuple[Array, ...]
    options: dict[str, Any] = field(default_factory=dict)
    n_differentiated: int = 1

    def __str__(self) -> str:
        return _title(self.name, self.options)


@dataclass(frozen=True)
class LayerCase:
    """A layer, built from a twin and a generator, and an input for it."""

    name: str
    build: Callable[[ModuleType, np.random.Generator], Any]
    x: Array

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class RuleCase:
    """An optimizer or a schedule and its options."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return _title(self.name, self.options)


def _title(name: str, options: dict[str, Any]) -> str:
    inside = ", ".join(f"{key}={value}" for key, value in options.items())
    return f"{name}({inside})" if inside else name


_rng = np.random.default_rng(20)
_x = _rng.normal(0, 3, (6, 5))
_tails = np.concatenate([_x, [[-500.0, -30.0, 0.0, 30.0, 500.0]]])  # far out, and the kink
_y = _rng.normal(0, 3, (6, 5))
_labels = _rng.integers(0, 5, 6)
_one_hot = np.eye(5)[_labels]
_shares = _rng.dirichlet(np.ones(5), 6)
_signs = np.where(_y > 0, 1.0, -1.0)
_image = _rng.normal(size=(3, 2, 4, 2))

FUNCTIONS = (
    FunctionCase("activations.sigmoid", (_tails,)),
    FunctionCase("activations.tanh", (_tails,)),
    FunctionCase("activations.relu", (_tails,)),
    FunctionCase("activations.leaky_relu", (_tails,)),
    FunctionCase("activations.leaky_relu", (_tails,), {"negative_slope": 0.2}),
    FunctionCase("activations.elu", (_tails,)),
    FunctionCase("activations.elu", (_tails,), {"alpha": 0.5}),
    FunctionCase("activations.gelu", (_tails,)),
    FunctionCase("activations.gelu", (_tails,), {"approximate": True}),
    FunctionCase("activations.silu", (_tails,)),
    FunctionCase("activations.softplus", (_tails,)),
    FunctionCase("activations.logsumexp", (_tails,)),
    FunctionCase("activations.logsumexp", (_image,), {"axis": (1, 3)}),
    FunctionCase("activations.softmax", (_tails,)),
    FunctionCase("activations.softmax", (_image,), {"axis": (1, 3)}),
    FunctionCase("activations.log_softmax", (_tails,)),
    FunctionCase("activations.log_softmax", (_image,), {"axis": (1, 3)}),
    FunctionCase("losses.mse", (_x, _y)),
    FunctionCase("losses.mae", (_x, _y)),
    FunctionCase("losses.huber", (_x, _y)),
    FunctionCase("losses.huber", (_x, _y), {"delta": 2.5}),
    FunctionCase("losses.gaussian_nll", (_x, 0.3 * _y[::-1], _y), n_differentiated=2),
    FunctionCase("losses.bce_with_logits", (20 * _x, _shares)),
    FunctionCase("losses.cross_entropy", (20 * _x, _labels)),
    FunctionCase("losses.cross_entropy", (_x, _one_hot)),
    FunctionCase("losses.cross_entropy", (_x, _shares), {"label_smoothing": 0.3}),
    FunctionCase("losses.cross_entropy", (_x, _labels), {"label_smoothing": 0.1}),
    FunctionCase("losses.hinge", (_x, _signs)),
    FunctionCase("losses.focal", (_x, _labels)),
    FunctionCase("losses.focal", (_x, _labels), {"gamma": 0.0}),
    FunctionCase("losses.focal", (_x, _labels), {"gamma": 0.5}),
    FunctionCase("regularization.l1_penalty", (_x,), {"strength": 0.3}),
    FunctionCase("regularization.l2_penalty", (_tails,), {"strength": 0.3}),
)

LAYERS = (
    LayerCase("layers.Linear", lambda nn, rng: nn.Linear(5, 3, rng=rng), _x),
    LayerCase("layers.Linear on (a, b, n_in)", lambda nn, rng: nn.Linear(2, 3, rng=rng), _image),
    LayerCase("layers.Activation", lambda nn, rng: nn.Activation(nn.silu), _x),
    LayerCase("layers.Dropout", lambda nn, rng: nn.Dropout(0.4, rng=rng), _x),
    LayerCase("layers.Flatten", lambda nn, rng: nn.Flatten(), _image),
    LayerCase(
        "layers.Sequential",
        lambda nn, rng: nn.Sequential(
            [
                nn.Flatten(),
                nn.Linear(16, 6, rng=rng),
                nn.Activation(nn.gelu),
                nn.Linear(6, 2, rng=rng),
            ]
        ),
        _image,
    ),
    LayerCase(
        "layers.Residual",
        lambda nn, rng: nn.Residual(
            [nn.Linear(5, 4, rng=rng), nn.Activation(nn.tanh), nn.Linear(4, 5, rng=rng)]
        ),
        _x,
    ),
    LayerCase("normalization.BatchNorm", lambda nn, rng: nn.BatchNorm(5), _x),
    LayerCase(
        "normalization.BatchNorm(momentum=0.3, eps=0.1) on images",
        lambda nn, rng: nn.BatchNorm(2, momentum=0.3, eps=0.1),
        _image,
    ),
    LayerCase("normalization.BatchNorm evaluated", lambda nn, rng: nn.BatchNorm(5).eval(), _x),
    LayerCase("normalization.LayerNorm", lambda nn, rng: nn.LayerNorm(5), _x),
    LayerCase("normalization.LayerNorm(eps=0.1)", lambda nn, rng: nn.LayerNorm(2, eps=0.1), _image),
    LayerCase("normalization.RMSNorm", lambda nn, rng: nn.RMSNorm(5), _x),
    LayerCase("normalization.RMSNorm(eps=0.1)", lambda nn, rng: nn.RMSNorm(2, eps=0.1), _image),
    LayerCase(
        "normalization.fold_batchnorm",
        lambda nn, rng: nn.fold_batchnorm(nn.Linear(5, 3, rng=rng), nn.BatchNorm(3, eps=0.1)),
        _x,
    ),
    LayerCase(
        "normalization.BatchNorm inside layers.Residual",
        lambda nn, rng: nn.Sequential(
            [
                nn.Linear(5, 4, rng=rng),
                nn.Residual([nn.BatchNorm(4), nn.Activation(nn.silu), nn.Linear(4, 4, rng=rng)]),
            ]
        ),
        _x,
    ),
    LayerCase("models.MLP", lambda nn, rng: nn.MLP((5, 7, 6, 4), rng=rng), _x),
    LayerCase(
        "models.MLP(activation=tanh, dropout=0.2)",
        lambda nn, rng: nn.MLP((5, 7, 4), rng=rng, activation="tanh", dropout=0.2),
        _x,
    ),
)

OPTIMIZERS = (
    RuleCase("optimizers.SGD"),
    RuleCase("optimizers.SGD", {"momentum": 0.9, "weight_decay": 0.1}),
    RuleCase("optimizers.SGD", {"momentum": 0.9, "nesterov": True}),
    RuleCase("optimizers.Adagrad", {"learning_rate": 0.05}),
    RuleCase("optimizers.Adagrad", {"learning_rate": 0.05, "weight_decay": 0.1}),
    RuleCase("optimizers.RMSprop", {"learning_rate": 0.01}),
    RuleCase("optimizers.RMSprop", {"learning_rate": 0.01, "weight_decay": 0.1}),
    RuleCase("optimizers.Adam", {"learning_rate": 0.01}),
    RuleCase("optimizers.Adam", {"learning_rate": 0.01, "weight_decay": 0.1}),
    RuleCase("optimizers.Adam", {"learning_rate": 0.01, "beta1": 0.5, "beta2": 0.9, "eps": 1e-3}),
    RuleCase("optimizers.AdamW", {"learning_rate": 0.01, "weight_decay": 0.1}),
)

SCHEDULES = (
    RuleCase("schedules.Constant"),
    RuleCase("schedules.StepDecay", {"every": 7, "gamma": 0.5}),
    RuleCase("schedules.ExponentialDecay", {"gamma": 0.95}),
    RuleCase("schedules.Cosine", {"n_total": 40, "final": 0.1}),
    RuleCase("schedules.WarmupCosine", {"n_warmup": 10, "n_total": 45}),
)
