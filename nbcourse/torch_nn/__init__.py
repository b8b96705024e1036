"""The twin: the same networks, by the same names, on PyTorch with autograd and devices.

In the order of the course: `activations`, `losses`, `layers`, `normalization`, `optimizers`,
`schedules`, `regularization`, `models`, `training`; besides, `device`. There is no `backward` here:
autograd is the whole difference. `nbcourse.numpy_nn` is the same in NumPy, with every gradient
written by hand.
"""

try:
    import torch as _torch  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "nbcourse.torch_nn needs PyTorch, which is not installed: pip install torch"
    ) from error

from nbcourse.loop import Checkpoint, EarlyStopping, History
from nbcourse.torch_nn.activations import (
    elu,
    gelu,
    leaky_relu,
    log_softmax,
    logsumexp,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)
from nbcourse.torch_nn.layers import (
    Activation,
    Buffer,
    Dropout,
    Flatten,
    Layer,
    Linear,
    Parameter,
    Residual,
    Sequential,
)
from nbcourse.torch_nn.losses import (
    bce_with_logits,
    cross_entropy,
    focal,
    gaussian_nll,
    hinge,
    huber,
    mae,
    mse,
)
from nbcourse.torch_nn.models import (
    MLP,
    get_weights,
    set_weights,
    summary,
)
from nbcourse.torch_nn.normalization import (
    BatchNorm,
    LayerNorm,
    RMSNorm,
    fold_batchnorm,
)
from nbcourse.torch_nn.optimizers import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Optimizer,
    RMSprop,
    clip_global_norm,
)
from nbcourse.torch_nn.regularization import (
    l1_penalty,
    l2_penalty,
    mixup,
    random_shift,
)
from nbcourse.torch_nn.schedules import (
    Constant,
    Cosine,
    ExponentialDecay,
    Schedule,
    StepDecay,
    WarmupCosine,
)
from nbcourse.torch_nn.training import (
    evaluate,
    fit,
    predict,
    train_epoch,
    train_step,
)

__all__ = [
    "MLP",
    "SGD",
    "Activation",
    "Adagrad",
    "Adam",
    "AdamW",
    "BatchNorm",
    "Buffer",
    "Checkpoint",
    "Constant",
    "Cosine",
    "Dropout",
    "EarlyStopping",
    "ExponentialDecay",
    "Flatten",
    "History",
    "Layer",
    "LayerNorm",
    "Linear",
    "Optimizer",
    "Parameter",
    "RMSNorm",
    "RMSprop",
    "Residual",
    "Schedule",
    "Sequential",
    "StepDecay",
    "WarmupCosine",
    "bce_with_logits",
    "clip_global_norm",
    "cross_entropy",
    "elu",
    "evaluate",
    "fit",
    "focal",
    "fold_batchnorm",
    "gaussian_nll",
    "gelu",
    "get_weights",
    "hinge",
    "huber",
    "l1_penalty",
    "l2_penalty",
    "leaky_relu",
    "log_softmax",
    "logsumexp",
    "mae",
    "mixup",
    "mse",
    "predict",
    "random_shift",
    "relu",
    "set_weights",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "summary",
    "tanh",
    "train_epoch",
    "train_step",
]
