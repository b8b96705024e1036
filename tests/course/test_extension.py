"""The extension of the site: definitions, diagrams, downloads, style sheets and scripts."""

import base64
import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pydata_sphinx_theme
import pytest
from sphinx.builders.html._assets import _JavaScript
from sphinx.errors import ExtensionError

from book._ext import vendor
from book._ext.course_site import bibliography, numbering, pages, resources, styles
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


THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
FONT = THEME / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.ttf"


def theme_sheet() -> str:
    """The style sheet of the theme."""
    return (THEME / "styles" / "pydata-sphinx-theme.css").read_text(encoding="utf-8")


def test_the_shared_sheet_has_the_icons_that_are_used_and_no_others() -> None:
    """Two thousand icons become a few, and their font a part of the sheet."""
    whole = theme_sheet()
    sheet = styles.trimmed({"theme": whole}, FONT)
    assert sheet.count("@font-face") == 1
    assert "data:font/woff" in sheet
    assert all(f".fa-{name}::before" in sheet for name in styles.ICONS)
    assert "fa-accessible-icon" in whole
    assert "fa-accessible-icon" not in sheet
    assert ".fade{" in sheet  # no icon, though its name begins like one
    assert len(sheet) < 0.9 * len(whole)


def test_a_theme_that_lacks_an_icon_stops_the_build() -> None:
    """Better than an empty button."""
    without = theme_sheet().replace(".fa-moon:", ".fa-no-moon:")
    with pytest.raises(ExtensionError, match="moon"):
        styles.trimmed({"theme": without}, FONT)


def test_a_sheet_that_loads_a_file_is_not_joined() -> None:
    """Its address would be that of another folder."""
    with pytest.raises(ExtensionError, match=r"picture\.png"):
        styles.trimmed({"styles/a.css": "p{background:url(picture.png)}"}, FONT)


def scripts(body: str, page: str = "01_neuron") -> list[_JavaScript]:
    """The scripts that a page with this body keeps."""
    names = ("doctools.js", "design-tabs.js", "copybutton.js", "togglebutton.js", "thebe.js")
    found = [_JavaScript(f"_static/{name}") for name in names]
    found += [
        _JavaScript("https://cdn.example.org/x.js"),
        _JavaScript("", body="let toggleHint = 1"),
    ]
    context = {"body": body, "css_files": [], "script_files": found}
    pages.keep_useful(None, page, "page.html", context, None)
    return context["script_files"]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("<p>Text.</p>", ["doctools.js"]),
        ('<div class="sd-tab-set docutils">', ["doctools.js", "design-tabs.js"]),
        ('<div class="highlight-python">', ["doctools.js", "copybutton.js"]),
        ('<div class="dropdown admonition">', ["doctools.js", "togglebutton.js", ""]),
    ],
)
def test_a_page_loads_the_scripts_that_it_has_a_use_for(body: str, names: list[str]) -> None:
    """None of another host, and none that holds up the page."""
    found = scripts(body)
    assert [Path(str(script.filename)).name for script in found] == names
    assert all("defer" in script.attributes for script in found if script.filename)


def test_the_page_of_the_search_keeps_the_order_of_its_scripts() -> None:
    """It has scripts of its own, which need the others at once."""
    assert all("defer" not in script.attributes for script in scripts("<p>", page="search"))


def test_a_changed_style_sheet_reaches_the_site(tmp_path: Path) -> None:
    """Though no page has changed."""
    site = build(tmp_path, {"index.md": "# A"}, html_theme=styles.THEME)
    sheet, joined = (site / "_static" / name for name in ("course.css", styles.SHEET))
    right, whole = sheet.read_bytes(), joined.read_bytes()
    sheet.write_bytes(b"/* an old version */")
    joined.write_bytes(b"/* an old version */")
    build(tmp_path, {}, html_theme=styles.THEME)
    assert sheet.read_bytes() == right
    assert joined.read_bytes() == whole
