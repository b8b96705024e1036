"""The article's network, trained with each tool that a user would pick: one function a tool."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import nbcourse.numpy_nn
import nbcourse.torch_nn
from nbcourse.data import Dataset
from nbcourse.metrics import accuracy

SIZES = (784, 64, 64, 10)
BATCH_SIZE = 32


@dataclass(frozen=True)
class Run:
    """Seconds of each epoch, and the share of test images told right after the last."""

    seconds: list[float]
    test_accuracy: float


def numpy_twin(data: Dataset, *, seed: int, n_epochs: int) -> Run:
    """Train `nbcourse.numpy_nn` in float32."""
    return _twin(nbcourse.numpy_nn, np.float32, data, seed, n_epochs)


def torch_twin(data: Dataset, *, seed: int, n_epochs: int) -> Run:
    """Train `nbcourse.torch_nn` in float32 on the CPU."""
    return _twin(nbcourse.torch_nn, torch.float32, data, seed, n_epochs)


def _twin(nn_: Any, dtype: Any, data: Dataset, seed: int, n_epochs: int) -> Run:  # noqa: ANN401
    rng = np.random.default_rng(seed)
    model = nn_.MLP(SIZES, rng=rng, dtype=dtype)
    history = nn_.fit(
        model,
        data.x_train,
        data.y_train,
        optimizer=nn_.Adam(model.parameters()),
        n_epochs=n_epochs,
        batch_size=BATCH_SIZE,
        rng=rng,
    )
    result = nn_.evaluate(model, data.x_test, data.y_test, metrics={"accuracy": accuracy})
    return Run(history["seconds"].tolist(), result["accuracy"])


def torch_loop(data: Dataset, *, seed: int, n_epochs: int, fused: bool = False) -> Run:
    """Train the loop that PyTorch users write, data held in tensors (faster than a DataLoader)."""
    torch.manual_seed(seed)
    x, y = torch.from_numpy(data.x_train.copy()), torch.from_numpy(data.y_train.copy())
    model, loss_function = _torch_model(), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), fused=fused)
    seconds = []
    for _ in range(n_epochs):
        start = time.perf_counter()
        for batch in torch.randperm(len(x)).split(BATCH_SIZE):
            optimizer.zero_grad()
            loss = loss_function(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
        seconds.append(time.perf_counter() - start)
    return Run(seconds, _torch_accuracy(model, data))


def torch_loader(data: Dataset, *, seed: int, n_epochs: int) -> Run:
    """Train the loop of PyTorch's own tutorials, batches from a DataLoader."""
    torch.manual_seed(seed)
    x, y = torch.from_numpy(data.x_train.copy()), torch.from_numpy(data.y_train.copy())
    loader = DataLoader(TensorDataset(x, y), batch_size=BATCH_SIZE, shuffle=True)
    model, loss_function = _torch_model(), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters())
    seconds = []
    for _ in range(n_epochs):
        start = time.perf_counter()
        for x_batch, y_batch in loader:
            optimizer.zero_grad()
            loss = loss_function(model(x_batch), y_batch)
            loss.backward()
            optimizer.step()
        seconds.append(time.perf_counter() - start)
    return Run(seconds, _torch_accuracy(model, data))


def _torch_model() -> nn.Sequential:
    layers = [nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)]
    return nn.Sequential(*layers)


def torch_loop_fused(data: Dataset, *, seed: int, n_epochs: int) -> Run:
    """Train the same loop with PyTorch's fused Adam."""
    return torch_loop(data, seed=seed, n_epochs=n_epochs, fused=True)


@torch.no_grad()
def _torch_accuracy(model: nn.Module, data: Dataset) -> float:
    outputs: Tensor = model(torch.from_numpy(data.x_test.copy()))
    return accuracy(outputs.numpy(), data.y_test)


def sklearn_mlp(data: Dataset, *, seed: int, n_epochs: int) -> Run:
    """Train scikit-learn's MLPClassifier without its penalty, one epoch a call."""
    model = MLPClassifier(
        SIZES[1:-1], batch_size=BATCH_SIZE, alpha=0.0, max_iter=1, warm_start=True,
        random_state=np.random.RandomState(seed),
    )  # fmt: skip
    seconds = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # one epoch never converges
        for _ in range(n_epochs):
            start = time.perf_counter()
            model.fit(data.x_train, data.y_train)
            seconds.append(time.perf_counter() - start)
    return Run(seconds, float(model.score(data.x_test, data.y_test)))


CANDIDATES: dict[str, Callable[..., Run]] = {
    "NumPy twin": numpy_twin,
    "PyTorch twin": torch_twin,
    "PyTorch loop with a DataLoader": torch_loader,
    "idiomatic PyTorch loop": torch_loop,
    "idiomatic PyTorch loop, fused Adam": torch_loop_fused,
    "scikit-learn MLPClassifier": sklearn_mlp,
}
