"""The extension of the site: definitions are found, diagrams described, downloads checked."""

import base64
import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from book._ext import vendor
from book._ext.course_site import bibliography, diagrams, numbering, resources
from tests.course.tiny import build


def test_chapters_have_the_number_of_their_file() -> None:
    """The place in the contents does not count."""
    pages = ["preface", "05_backpropagation", "12_mnist", "appendix_a", "appendix_b"]
    assert list(numbering.heads(pages).values()) == [5, 12, "A", "B"]


@pytest.mark.parametrize(
    ("seconds", "cores", "words"),
    [
        (0.4, 1, "less than 1 s on one core"),
        (11.4, 1, "11 s on one core"),
        (3, 2, "3 s on 2 cores"),
    ],
)
def test_resources_are_told_in_words(seconds: float, cores: int, words: str) -> None:
    """Seconds, cores and memory appear, rounded."""
    text = resources.sentence({"seconds": seconds, "peak_mib": 180.4, "cores": cores})
    assert words in text
    assert "180 MiB" in text


@pytest.mark.parametrize("text", ["a --> b", "accTitle: A\na --> b", "accDescr: B\na --> b"])
def test_a_diagram_must_describe_itself(text: str) -> None:
    """A reader who does not see the diagram is told what it shows."""
    with pytest.raises(ValueError, match="accTitle"):
        diagrams.description(text)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An npm package with a license, a file to keep and one to leave."""
    path = tmp_path / "package.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name in ("package/LICENSE", "package/dist/keep.js", "package/dist/leave.js"):
            member = tarfile.TarInfo(name)
            member.size = len(name)
            archive.addfile(member, io.BytesIO(name.encode()))
    return path


def package(archive: Path) -> vendor.Package:
    """What is pinned for `archive`."""
    digest = hashlib.sha512(archive.read_bytes()).digest()
    sha512 = base64.b64encode(digest).decode()
    return vendor.Package("example", "1.0.0", sha512, "package/dist/", r"keep\.js")


def test_vendoring_keeps_what_is_named_and_the_license(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run finds everything in place and downloads nothing."""
    monkeypatch.setattr(vendor, "download", lambda *_: archive)
    folder, packages = tmp_path / "vendor", (package(archive),)
    assert vendor.vendor(folder, packages)
    kept = {file.name for file in (folder / "example").iterdir()}
    assert kept == {"LICENSE", "keep.js"}
    monkeypatch.delattr(vendor, "download")
    assert not vendor.vendor(folder, packages)


def test_vendoring_refuses_another_archive(archive: Path) -> None:
    """A changed package does not reach the pages."""
    with pytest.raises(RuntimeError, match=r"example 1\.0\.0 has the sum"):
        vendor.check_sum(replace(package(archive), sha512="other"), archive)


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["Hornik"], "Hornik, 1991"),
        (["Minsky", "Papert"], "Minsky and Papert, 1991"),
        (["Leshno", "Lin", "Pinkus"], "Leshno et al., 1991"),
    ],
)
def test_references_are_labeled_by_author_and_year(names: list[str], text: str) -> None:
    """As the text cites them."""
    assert bibliography.label(names, "1991") == text


def test_equal_labels_get_letters() -> None:
    """Two papers of the same people in one year can be told apart."""
    from pybtex.database import parse_string

    entry = r"@misc{KEY, author={G{\"o}del, Kurt}, year={1931}, title={KEY}}"
    data = parse_string("".join(entry.replace("KEY", key) for key in "xy"), "bibtex")
    labels = list(bibliography.AuthorYearLabels().format_labels(data.entries.values()))
    assert labels == ["G\u00f6del, 1931a", "G\u00f6del, 1931b"]


def test_a_changed_style_sheet_reaches_the_site(tmp_path: Path) -> None:
    """Though no page has changed."""
    site = build(tmp_path, {"index.md": "# A"})
    sheet = site / "_static" / "course.css"
    right = sheet.read_bytes()
    sheet.write_bytes(b"/* an old version */")
    build(tmp_path, {})
    assert sheet.read_bytes() == right
