"""The `nbcourse` command: installation, data, training, twins; and practice with the exercises."""

import importlib
import importlib.util
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Column, Table

import nbcourse
from nbcourse import doctor as examination
from nbcourse.cli import grade as grading
from nbcourse.cli import practice, teach
from nbcourse.errors import UserError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A course on neural networks: a NumPy reference and its PyTorch twin.",
)
data_app = typer.Typer(no_args_is_help=True, help="List and fetch data sets.")
app.add_typer(data_app, name="data")
app.command()(practice.check)
app.command()(practice.progress)
app.command()(grading.grade)
app.command()(teach.marks)
app.command()(teach.appeal)
app.command()(teach.similar)
app.command("new-exercise")(practice.new_exercise)
console = Console(highlight=False, markup=False)  # paths may hold brackets


class DataName(StrEnum):
    """Data sets that can be fetched or trained on."""

    mnist = "mnist"


class Twin(StrEnum):
    """The two halves of the package."""

    numpy = "numpy"
    torch = "torch"


def main() -> None:
    """Run the command; a user's mistake ends in one sentence and exit code 2."""
    try:
        app()
    except UserError as error:
        Console(stderr=True, highlight=False, markup=False).print(
            f"nbcourse: {error}", soft_wrap=True
        )
        sys.exit(2)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        console.print(nbcourse.__version__)
        raise typer.Exit


@app.command()
def doctor() -> None:
    """Say what is installed, which device there is, and what to do about what is missing."""
    findings = examination.examine()
    table = Table("", "what", Column("found", overflow="fold"), "what to do")
    marks = {True: "ok", False: "MISSING", None: "optional"}
    for finding in findings:
        table.add_row(marks[finding.state], finding.what, finding.found, finding.advice)
    console.print(table)
    if any(finding.state is False for finding in findings):
        raise typer.Exit(1)
    console.print("The course is ready.")


@app.command()
def lab(
    folder: Annotated[Path, typer.Argument(help="Folder of the course.")] = Path(),
) -> None:
    """Open the chapters in JupyterLab."""
    book = folder / "book"
    if not book.is_dir():
        raise UserError(f"{folder.resolve()} is not the course: it has no folder `book`")
    if importlib.util.find_spec("jupyterlab") is None:
        raise UserError("JupyterLab is not installed: pip install jupyterlab")
    raise typer.Exit(subprocess.call([sys.executable, "-m", "jupyterlab", str(book)]))


@data_app.command("list")
def list_data() -> None:
    """List the data sets, their licenses, and where they are."""
    from nbcourse.data import available

    table = Table("name", "content", "license", "place")
    for entry in available():
        table.add_row(entry.name, entry.content, entry.license, entry.place)
    console.print(table)


@data_app.command("fetch")
def fetch_data(name: Annotated[DataName, typer.Argument(help="Which data set.")]) -> None:
    """Download a full data set into the cache and check its sums."""
    del name  # there is one so far
    from nbcourse.data import fetch_mnist

    folder = fetch_mnist(progress=True)
    console.print(f"the full MNIST is in {folder}", soft_wrap=True)


@app.command()
def twins(
    name: Annotated[str | None, typer.Argument(help="For example layers.Linear.")] = None,
) -> None:
    """Show the NumPy and the PyTorch definition of a name; without a name, list all names."""
    from nbcourse.twins import TWINS, definition, names

    if name is None:
        console.print("\n".join(names()))
        return
    for found in [definition(name, twin) for twin in TWINS]:
        console.rule(f"{found.twin}: {found.file}, line {found.line}")
        console.print(Syntax(found.text, "python", background_color="default"))


@app.command()
def train(  # noqa: PLR0913 (one argument an option)
    name: Annotated[DataName, typer.Argument(help="What to train on.")],
    twin: Annotated[Twin, typer.Option(help="Which half of the package.")] = Twin.numpy,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps (PyTorch).")] = "auto",
    full: Annotated[bool, typer.Option("--full", help="Use all of MNIST.")] = False,
    epochs: Annotated[int, typer.Option(min=1, help="Times through the data.")] = 10,
    batch_size: Annotated[int, typer.Option(min=1, help="Examples a step.")] = 32,
    learning_rate: Annotated[float, typer.Option(help="Adam's step size.")] = 1e-3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random numbers.")] = 0,
    out: Annotated[Path, typer.Option(help="Where to save the weights.")] = Path("mnist.npz"),
) -> None:
    """Train the article's network, 784-64-64-10, and save its weights."""
    del name  # there is one so far
    import numpy as np

    from nbcourse import checkpoints
    from nbcourse.data import load_mnist, train_validation_split
    from nbcourse.metrics import accuracy

    if not out.parent.is_dir():
        raise UserError(f"cannot save the weights: there is no folder {out.parent}")
    nn, options = _twin(twin, device)
    rng = np.random.default_rng(seed)
    digits = load_mnist(full=full)
    console.print(digits.describe(), f"on {options.get('device', 'cpu')}", soft_wrap=True)
    x, y, x_val, y_val = train_validation_split(
        digits.x_train, digits.y_train, fraction=1 / 6, rng=rng
    )
    model = nn.MLP((784, 64, 64, 10), rng=rng, **options)
    console.print(model.summary())
    history = nn.fit(
        model,
        x,
        y,
        optimizer=nn.Adam(model.parameters(), learning_rate=learning_rate),
        n_epochs=epochs,
        batch_size=batch_size,
        rng=rng,
        validation=(x_val, y_val),
        metrics={"accuracy": accuracy},
        progress=True,
    )
    test = nn.evaluate(model, digits.x_test, digits.y_test, metrics={"accuracy": accuracy})
    _print_result(history, test)
    checkpoints.save(out, nn.get_weights(model), {"seed": seed, "data": digits.describe()})
    console.print(f"weights saved to {out}", soft_wrap=True)


def _twin(twin: Twin, device: str) -> tuple[Any, dict[str, Any]]:
    """Import a half of the package; return it and what its models want to be told."""
    if twin is Twin.numpy:
        if device not in ("auto", "cpu"):
            raise UserError(f"the NumPy twin runs on the CPU, got --device {device}")
        import numpy as np

        return importlib.import_module("nbcourse.numpy_nn"), {"dtype": np.float32}
    try:
        nn = importlib.import_module("nbcourse.torch_nn")
    except ModuleNotFoundError as error:
        raise UserError(str(error)) from error
    import torch

    from nbcourse.torch_nn.device import choose

    return nn, {"dtype": torch.float32, "device": choose(device)}


def _print_result(history: Any, test: dict[str, float]) -> None:  # noqa: ANN401 (History)
    table = Table("data", "loss", "accuracy")
    table.add_row("training, last epoch", f"{history['train_loss'][-1]:.4f}", "")
    loss, score = history["validation_loss"][-1], history["validation_accuracy"][-1]
    table.add_row("validation", f"{loss:.4f}", f"{100 * score:.1f} %")
    table.add_row("test", f"{test['loss']:.4f}", f"{100 * test['accuracy']:.1f} %")
    console.print(table)
    console.print(f"{sum(history['seconds']):.1f} s in all, epochs run: {len(history)}")
