"""How kernels start: the folder that is written for them, and what they report."""

import pytest

from nbcourse.notebooks import kernel


def test_environment_points_to_a_start_up_folder_below_build(tmp_path):
    """IPython finds a file there that starts the guard, for this repository."""
    variables = kernel.environment(tmp_path)

    folder = tmp_path / "_build" / "ipython"
    startup = folder / "profile_default" / "startup" / "00-course.py"
    assert variables["IPYTHONDIR"] == str(folder)
    assert f"kernel.start({str(tmp_path)!r})" in startup.read_text()
    compile(startup.read_text(), "startup", "exec")


def test_environment_asks_for_one_thread_and_no_downloads(tmp_path):
    """Times are those of one core; the data loader does not even try the network."""
    variables = kernel.environment(tmp_path)

    assert {variables["OMP_NUM_THREADS"], variables["OPENBLAS_NUM_THREADS"]} == {"1"}
    assert variables["NBCOURSE_OFFLINE"] == "1"


def test_environment_writes_nothing_the_second_time(tmp_path):
    """Kernels that start at the same moment cannot read half a file."""
    kernel.environment(tmp_path)
    files = [file for file in (tmp_path / "_build").rglob("*") if file.is_file()]
    before = [file.stat().st_mtime_ns for file in files]

    kernel.environment(tmp_path)

    assert [file.stat().st_mtime_ns for file in files] == before


def test_a_kernel_without_guard_cannot_report():
    """This process never started as a kernel; a forgotten start-up folder would look the same."""
    with pytest.raises(RuntimeError, match="started without the course's guard"):
        kernel.report()


def test_sources_are_the_visible_files_of_the_repository(tmp_path):
    """Not its environment, not what is built, not what is gone or lies elsewhere."""
    names = ["nbcourse/a.py", ".venv/b.py", "_build/c.json", "nbcourse/__pycache__/a.pyc"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    found = [kernel._source(tmp_path, str(tmp_path / name)) for name in [*names, "gone.py"]]

    assert found == ["nbcourse/a.py", "", "", "", ""]
    assert kernel._source(tmp_path / "nbcourse", str(tmp_path / ".venv/b.py")) == ""
