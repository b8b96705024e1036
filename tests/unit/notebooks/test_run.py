"""Real kernels: what they report, and how they fail."""

import pytest

from nbcourse.notebooks import run as run_module
from nbcourse.notebooks.files import NotebookError
from nbcourse.notebooks.run import run

pytestmark = [
    pytest.mark.slow,  # each test starts a kernel
    pytest.mark.filterwarnings("default"),  # of the Jupyter libraries
]


def test_a_run_returns_outputs_costs_and_the_files_that_were_read(write, tmp_path):
    """The notebook runs in its own folder, guarded, and without traces of the measurement."""
    (tmp_path / "table.json").write_text("[1]")
    path = write(
        "import time\ntime.sleep(0.5)\nopen('../table.json').read()",
        "import os\nprint(os.environ['OMP_NUM_THREADS'], os.environ['NBCOURSE_OFFLINE'])",
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
        "_ = socket.create_connection(server.getsockname())",
    )

    finished = run(path, tmp_path)

    assert 0.5 <= finished.seconds < 10
    assert 20 < finished.peak_mib < 1000
    assert finished.files == ["table.json"]
    assert len(finished.nb.cells) == 4
    assert finished.nb.cells[1].outputs[0].data["text/plain"] == "'[1]'"
    assert finished.nb.cells[2].outputs[0].text == "1 1\n"
    assert all(set(cell.metadata) <= {"tags"} for cell in finished.nb.cells)


@pytest.mark.parametrize(
    "source",
    [
        "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=1)",
        "from urllib.request import urlopen\nurlopen('http://example.org', timeout=1)",
    ],
    ids=["address", "name"],
)
def test_a_notebook_that_uses_the_network_fails(write, tmp_path, source):
    """Whether it asks for an address or for a name."""
    with pytest.raises(NotebookError, match=r"sample\.ipynb, cell 2: NetworkUseError: a notebook"):
        run(write(source), tmp_path)


def test_a_notebook_that_hides_its_use_of_the_network_fails_too(write, tmp_path):
    """The attempt is remembered when the error is caught."""
    hidden = (
        "import socket\ntry:\n    socket.gethostbyname('example.org')\nexcept Exception:\n    1"
    )

    with pytest.raises(NotebookError, match=r"sample\.ipynb used the network: example\.org"):
        run(write(hidden), tmp_path)


def test_an_error_names_notebook_cell_and_exception_and_shows_the_code(write, tmp_path):
    """The message says where to look."""
    with pytest.raises(NotebookError) as failure:
        run(write("x = 1", "x = 2\n1 / (x - 2)"), tmp_path)

    expected = (
        "sample.ipynb, cell 3: ZeroDivisionError: division by zero\n    x = 2\n    1 / (x - 2)"
    )
    assert str(failure.value) == expected


def test_an_expected_error_is_an_output(write, tmp_path):
    """A counter-example may raise; the page shows its sentence without a path."""
    finished = run(write("raise ValueError('as expected')", tags=["raises-exception"]), tmp_path)

    (output,) = finished.nb.cells[1].outputs
    assert output.ename == "ValueError"
    assert "File" not in "".join(output.traceback)


def test_a_cell_that_takes_too_long_is_stopped(write, tmp_path, monkeypatch):
    """No notebook holds up the build for ever."""
    monkeypatch.setattr(run_module, "TIMEOUT", 1)

    with pytest.raises(NotebookError, match=r"sample\.ipynb, cell 2: took more than 1 s"):
        run(write("import time\ntime.sleep(60)"), tmp_path)


def test_a_kernel_that_dies_is_reported(write, tmp_path):
    """Memory may run out."""
    with pytest.raises(NotebookError, match=r"sample\.ipynb, cell 2: the kernel died"):
        run(write("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"), tmp_path)
