"""The checks of pages find the fault that is planted for them, and nothing on a good page."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.course import site_checks

WORDS = "word " * site_checks.SHORTEST_PAGE
PICTURE = '<svg role="img" aria-label="A line"></svg>'
FIGURE = f'<figure id="fig-a">{PICTURE}<figcaption>A line.</figcaption></figure>'


def page(inside: str, head: str = "") -> BeautifulSoup:
    """A page with `inside` as its article."""
    body = f'<body><article class="bd-article">{inside}</article></body>'
    return BeautifulSoup(f"<html><head>{head}</head>{body}</html>", "html.parser")


GOOD = page(f"<h1 id='title'>Title</h1>{WORDS}{FIGURE}<img src='a.png' alt='A picture'>")


def test_a_good_page_has_no_fault() -> None:
    """No check complains without a reason."""
    assert list(site_checks.text_faults(GOOD)) == []
    assert list(site_checks.picture_faults(GOOD, ["fig-a"])) == []
    assert list(site_checks.off_host_faults(GOOD)) == []


def test_inventory_finds_missing_and_unlisted_pages() -> None:
    """Both directions are compared."""
    faults = list(site_checks.inventory_faults({"a": GOOD, "b": GOOD}, ["a", "c"]))
    assert [fault.split()[0] for fault in faults] == ["c", "b"]


@pytest.mark.parametrize(
    ("inside", "fault"),
    [
        (f"<h1>A</h1><h1>B</h1>{WORDS}", "2 headings"),
        (WORDS, "0 headings"),
        ("<h1>A</h1>few words", "3 words"),
        (f"<h1>A</h1>{WORDS}<pre>Traceback (most recent call last):</pre>", "Traceback"),
        (f"<h1>A</h1>{WORDS} {{glue:text}}accuracy", "{glue:"),
        (f"<h1>A</h1>{WORDS} see {{numref}}fig", "{numref}"),
        (f"<h1>A</h1>{WORDS} not measured yet: run make book", "not measured"),
        (f"<h1>A</h1>{WORDS}<div class='system-message'>x</div>", "message of the builder"),
    ],
)
def test_text_faults_are_found(inside: str, fault: str) -> None:
    """Each planted fault of a text is named, and only that one."""
    (found,) = site_checks.text_faults(page(inside))
    assert fault in found


def test_markup_inside_code_is_no_fault() -> None:
    """A page may explain the markup that it is written in."""
    assert not list(site_checks.text_faults(page(f"<h1>A</h1>{WORDS}<code>{{numref}}</code>")))


@pytest.mark.parametrize(
    ("inside", "fault"),
    [
        ("<img src='a.png'>", "no alt text"),
        ("<img src='a.png' alt=' '>", "no alt text"),
        ("<svg></svg>", "role"),
        ("<svg role='img' aria-label=''></svg>", "role"),
        ("<figure id='fig-b'><figcaption>x</figcaption></figure>", "no picture"),
        (f"<figure id='fig-b'>{PICTURE}</figure>", "no caption"),
    ],
)
def test_picture_faults_are_found(inside: str, fault: str) -> None:
    """Each planted fault of a picture is named, and only that one."""
    (found,) = site_checks.picture_faults(page(inside))
    assert fault in found


def test_a_figure_that_the_source_names_must_be_there() -> None:
    """A notebook that names a figure must have it on its page."""
    (found,) = site_checks.picture_faults(GOOD, ["fig-a", "fig-lost"])
    assert "fig-lost" in found


@pytest.mark.parametrize(
    ("link", "n_faults"),
    [
        ("<a href='b.html'></a>", 0),
        ("<a href='b.html#there'></a>", 0),
        ("<a href='#here' id='here'></a>", 0),
        ("<a href='https://example.org/x'></a>", 0),
        ("<a href='b.html#lost'></a>", 1),
        ("<a href='#lost'></a>", 1),
        ("<a href='lost.html'></a>", 1),
        ("<img src='lost.png'>", 1),
        ("<script src='lost.js'></script>", 1),
    ],
)
def test_links_that_lead_nowhere_are_found(tmp_path: Path, link: str, n_faults: int) -> None:
    """Files and anchors are looked up; other hosts are left alone."""
    (tmp_path / "a.html").write_text(f"<body>{link}</body>", encoding="utf-8")
    (tmp_path / "b.html").write_text("<p id='there'></p>", encoding="utf-8")
    pages = site_checks.read_pages(tmp_path)
    assert len(list(site_checks.link_faults(pages, tmp_path))) == n_faults


@pytest.mark.parametrize(
    "fetched",
    [
        "<script src='https://cdn.example.org/x.js'></script>",
        "<script src='//cdn.example.org/x.js'></script>",
        "<img src='https://example.org/x.png' alt='x'>",
        "<link rel='stylesheet' href='https://example.org/x.css'>",
        "<link rel='preconnect' href='https://example.org'>",
        "<style>@import 'https://example.org/x.css';</style>",
        "<p style=\"background: url('https://example.org/x.png')\"></p>",
        "<iframe src='http://example.org'></iframe>",
        "<script type='module'>import x from 'https://example.org/x.mjs'</script>",
        "<script>import('https://example.org/x.mjs')</script>",
    ],
)
def test_what_another_host_would_serve_is_found(fetched: str) -> None:
    """Every way of fetching that a page of ours could contain is seen."""
    assert len(list(site_checks.off_host_faults(page(fetched)))) == 1


def test_links_for_the_reader_may_lead_elsewhere() -> None:
    """A reference to a paper is a link, not a request."""
    found = site_checks.off_host_faults(
        page(
            "<a href='https://example.org'>x</a>",
            "<link rel='canonical' href='https://example.org'>",
        )
    )
    assert list(found) == []


def test_style_sheets_that_fetch_are_found() -> None:
    """Fonts are the usual case."""
    sheet = (
        "@font-face { src: url(https://fonts.example.org/a.woff2) } p { background: url(b.png) }"
    )
    assert len(list(site_checks.off_host_css_faults(sheet))) == 1
