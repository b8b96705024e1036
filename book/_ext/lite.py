"""Builds a JupyterLite with the exercises, in _build/lite: notebooks that run in the browser.

    python -m book._ext.lite LITE_PYTHON [--own-python]

LITE_PYTHON is the interpreter of the environment of book/requirements-lite.txt. The site holds
JupyterLite, the package as a wheel and the exercises. Python itself and NumPy come from Pyodide's
own distribution, at the address that the kernel of JupyterLite was published with.

With `--own-python` the site holds Python as well and asks no other host. NumPy is then missing,
since it is published for the browser in that distribution alone: good for `nbcourse.scalar` and for
testing the rest of the way.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat

from book._ext.vendor import Package, vendor

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "_build" / "lite-source"
OUTPUT = ROOT / "_build" / "lite"
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
PYODIDE = Package(
    "pyodide",
    "314.0.6",  # what jupyterlite-pyodide-kernel 0.8.6 asks for
    "BKDTJyIqFxC4BExLqeRS3f5xvXZIjOt8C3zGLN/Cc7tFxSwvKVhVkchQQ2AGLOtR4YrVOIFxbV8poyDOOmWwxQ==",
    "package/",
    r"pyodide\.mjs|pyodide\.asm\.(mjs|wasm)|python_stdlib\.zip|pyodide-lock\.json|package\.json",
)
COMM = "comm==0.2.3"  # the kernel waits for it for ever, without a word, when it is missing
# What the kernel imports at its start; all are pure Python, in the versions of Pyodide's lock.
KERNEL_NEEDS = (
    "asttokens", "decorator", "executing", "ipython", "jedi", "matplotlib-inline", "micropip",
    "packaging", "parso", "prompt-toolkit", "pure-eval", "pygments", "six", "stack-data",
    "traitlets", "wcwidth",
)  # fmt: skip
NOTE = """\
**This notebook runs in your browser.** Python and NumPy are loaded from the distribution of
Pyodide when it starts, some ten megabytes the first time; the package of the course comes from
this site. Run the next cell first. Your work stays in this browser: download the notebook to keep
it. The time of an answer is not limited here; a loop without end is ended with *Kernel, Restart*.
"""
# Without dependencies: the exercises need NumPy alone, which is loaded where it is imported.
INSTALL = "%pip install -q --no-deps nbcourse"
APPS = ("lab", "repl", "notebooks", "tree")


def for_the_browser(nb: Any) -> Any:  # noqa: ANN401 (a notebook of nbformat)
    """A copy of a notebook that says what is loaded, and loads the package first."""
    copy = nbformat.from_dict(nb)
    note, install = nbformat.v4.new_markdown_cell(NOTE), nbformat.v4.new_code_cell(INSTALL)
    note["id"], install["id"] = "in-the-browser", "install-nbcourse"
    copy.cells[:0] = [note, install]
    copy.metadata["kernelspec"] = {"name": "python", "display_name": "Python (Pyodide)"}
    return copy


def settings(own_python: bool) -> dict[str, Any]:
    """The configuration of the site: no package from anywhere but this site and Pyodide's own."""
    kernel: dict[str, Any] = {"disablePyPIFallback": True}
    if own_python:
        kernel["pyodideUrl"] = "./static/pyodide/pyodide.mjs"
    data = {"appName": "nbcourse", "litePluginSettings": {KERNEL: kernel}}
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": data}


def trimmed(lock: dict[str, Any], folder: Path, own: dict[str, Path]) -> dict[str, Any]:
    """Pyodide's lock with nothing but what lies in `folder`, and with wheels of our own.

    The sums in the lock are those of Pyodide's repacked wheels, so they are computed anew.
    """
    kept = {}
    for name, entry in lock["packages"].items():
        file = folder / entry["file_name"]
        if file.is_file():
            kept[name] = {**entry, "sha256": _sum(file), "unvendored_tests": False}
    pattern: dict[str, Any] = {"install_dir": "site", "package_type": "package", "depends": []}
    for name, file in own.items():
        version = file.name.split("-")[1]
        entry = {"name": name, "version": version, "file_name": file.name, "imports": [name]}
        kept[name] = {**pattern, **entry, "sha256": _sum(file), "unvendored_tests": False}
    known = {_normal(name) for name in kept}
    for entry in kept.values():
        entry["depends"] = [each for each in entry["depends"] if _normal(each) in known]
    return {**lock, "packages": kept}


def _normal(name: str) -> str:
    return name.replace("_", "-").lower()


def _sum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a program.

    Raises:
        RuntimeError: it failed; its own last words are in the message.
    """
    words = [str(word) for word in command]
    quiet = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    result = subprocess.run(words, cwd=cwd, env=quiet, capture_output=True, text=True, check=False)
    if result.returncode:
        said = (result.stdout + result.stderr).strip()[-1500:]
        raise RuntimeError(f"{' '.join(words[:5])} failed: {said}")


def fetch_wheels(python: Path, names: list[str], folder: Path) -> None:
    """Fetch wheels of pure Python for the browser's interpreter, without what they depend on."""
    plain = ("--only-binary=:all:", "--no-deps", "--platform", "any", "--python-version", "3.14")
    _run(python, "-m", "pip", "download", "--quiet", *plain, "--dest", folder, *names)


def build_wheel(python: Path, folder: Path) -> Path:
    """The package as a wheel."""
    shutil.rmtree(ROOT / "build", ignore_errors=True)  # or removed modules would be in it
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir")
    _run(python, "-m", "pip", "wheel", *options, folder, ROOT)
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    return next(folder.glob("nbcourse-*.whl"))


def add_own_python(python: Path, wheels: Path) -> None:
    """Put Pyodide's core and what the kernel needs into the site."""
    cache = ROOT / "_build" / "lite-pyodide"
    vendor(cache, (PYODIDE,))
    target = SOURCE / "static" / "pyodide"
    shutil.copytree(cache / "pyodide", target)
    lock_file = target / "pyodide-lock.json"
    lock = json.loads(lock_file.read_text(encoding="utf-8"))
    by_name = {_normal(name): entry for name, entry in lock["packages"].items()}
    wanted = [f"{name}=={by_name[name]['version']}" for name in KERNEL_NEEDS]
    fetch_wheels(python, wanted, target)
    own = {}
    for name in ("comm", "nbcourse"):
        wheel = next(wheels.glob(f"{name}-*.whl"))
        own[name] = Path(shutil.copy(wheel, target))
    lock_file.write_text(json.dumps(trimmed(lock, target, own)), encoding="utf-8")


def build(python: Path, own_python: bool = False) -> None:
    """Make the sources of the site anew, and build it."""
    for folder in (SOURCE, OUTPUT):
        shutil.rmtree(folder, ignore_errors=True)
    files, wheels = SOURCE / "files", SOURCE / "pypi"
    for folder in (files, wheels):
        folder.mkdir(parents=True)
    for file in sorted((ROOT / "exercises").glob("*.ipynb")):
        nb = for_the_browser(nbformat.read(file, as_version=4))
        nbformat.write(nb, files / file.name)
    fetch_wheels(python, [COMM], wheels)
    build_wheel(python, wheels)
    if own_python:
        add_own_python(python, wheels)
    text = json.dumps(settings(own_python), indent=1)
    (SOURCE / "jupyter-lite.json").write_text(text, encoding="utf-8")
    apps = [word for app in APPS for word in ("--apps", app)]
    plain = ("--no-sourcemaps", "--no-unused-shared-packages", "--no-libarchive")
    where = ("--lite-dir", ".", "--output-dir", OUTPUT, "--contents", "files")
    # In the folder itself, since paths in its settings are relative to where the program runs.
    _run(python, "-m", "jupyterlite_core", "build", *where, *plain, *apps, cwd=SOURCE)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m book._ext.lite")
    parser.add_argument("python", type=lambda text: Path(text).absolute())
    parser.add_argument("--own-python", action="store_true", help="hold Python, have no NumPy")
    options = parser.parse_args()
    try:
        build(options.python, options.own_python)
    except RuntimeError as error:
        sys.exit(f"error: {error}")
    size = sum(file.stat().st_size for file in OUTPUT.rglob("*") if file.is_file()) / 2**20
    print(f"JupyterLite with the exercises: {size:.0f} MiB in {OUTPUT.relative_to(ROOT)}")
