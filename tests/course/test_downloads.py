"""Downloads: links of a page, launch buttons from one setting, an archive with the same bytes."""

import zipfile
from pathlib import Path

import pytest
from sphinx.errors import ConfigError

from book._ext.course_site import downloads
from tests.course.conftest import ROOT
from tests.course.tiny import build

NOTEBOOK = """{"metadata": {}, "nbformat": 4, "nbformat_minor": 5, "cells": [
 {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# A\\n\\n```{resources}\\n```\\n"}
]}"""


@pytest.mark.parametrize(
    ("repository", "start"),
    [
        ("https://github.com/ada/course", "ada/course/blob/main/"),
        ("https://github.com/ada/course/", "ada/course/blob/main/"),
        ("https://github.com/ada/my.course-2/tree/spring/26", "ada/my.course-2/blob/spring/26/"),
    ],
)
def test_launch_links_name_owner_branch_and_file(repository: str, start: str) -> None:
    """Both services get the whole of the address."""
    links = downloads.launch_links(repository, "book/a.ipynb")
    assert links["Colab"].endswith(f"/github/{start}book/a.ipynb")
    assert f"/gh/{start.replace('/blob/', '/').rstrip('/')}?" in links["Binder"]


@pytest.mark.parametrize("wrong", ["ada/course", "http://github.com/ada/course", "https://x.org/a"])
def test_an_address_that_makes_no_links_is_refused(wrong: str, tmp_path: Path) -> None:
    """One sentence says what was got and what is wanted, before anything is built."""
    with pytest.raises(ConfigError, match="OWNER/NAME is wanted"):
        build(tmp_path, {"index.md": "# A"}, course_repository=wrong)


def site(tmp_path: Path, **settings: str) -> str:
    """The page of a notebook with exercises."""
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "01_a.ipynb").write_text(NOTEBOOK, encoding="utf-8")
    sources = {"index.md": "# Index", "01_a.ipynb": NOTEBOOK}
    built = build(tmp_path, sources, **settings)
    return (built / "01_a.html").read_text(encoding="utf-8")


def test_a_page_offers_its_notebook_its_exercises_and_everything(tmp_path: Path) -> None:
    """All three files are in the site; without a repository nothing leads elsewhere."""
    text = site(tmp_path)
    for file in ("_sources/01_a.ipynb", "downloads/exercises/01_a.ipynb", "downloads/nbcourse.zip"):
        assert f'href="{file}"' in text
        assert (tmp_path / "_build" / "html" / file).is_file()
    assert "colab" not in text
    assert "binder" not in text


def test_with_a_repository_a_page_has_launch_buttons(tmp_path: Path) -> None:
    """The one setting is enough."""
    text = site(tmp_path, course_repository="https://github.com/ada/course/tree/draft")
    assert 'google.com/github/ada/course/blob/draft/book/01_a.ipynb"' in text
    assert "mybinder.org/v2/gh/ada/course/draft?urlpath=lab/tree/book/01_a.ipynb" in text


def test_the_archive_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    """Neither time nor the order of the files is in it, and another content is another archive."""
    content = {"b": b"2", "a": b"1"}
    for name, files in (("x", content), ("y", dict(sorted(content.items())))):
        downloads.write_archive(tmp_path / name, files)
    downloads.write_archive(tmp_path / "z", {**content, "a": b"3"})
    x, y, z = ((tmp_path / name).read_bytes() for name in "xyz")
    assert x == y != z
    with zipfile.ZipFile(tmp_path / "x") as archive:
        assert archive.namelist() == ["a", "b"]
        assert archive.testzip() is None


def test_the_archive_has_what_the_notebooks_need() -> None:
    """Chapters, exercises, pictures, package and a word on how to start; no solutions."""
    names = downloads.members(ROOT)
    for wanted in (
        "START.md",
        "book/01_neuron.ipynb",
        "exercises/12_mnist.ipynb",
        "book/images/live/hinges.svg",
        "nbcourse/numpy_nn/__init__.py",
        "pyproject.toml",
        "requirements.lock",
        "LICENSE",
    ):
        assert f"nbcourse/{wanted}" in names
    assert not any("solutions/" in name or "__pycache__" in name for name in names)
