"""The head of a page: descriptions always, whole addresses only where the site has one."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from book._ext.course_site import meta
from tests.course.tiny import build

CHAPTER = """# On *one* thing

:::{admonition} In this chapter
**Goal:** Know it & be able to do it.

**Minutes:** 5
:::

It is late.
"""
SOURCES = {"index.md": "# The book\n\nA first paragraph.\n", "a.md": CHAPTER}
BASE = "https://example.org/book/"


def heads(site: Path) -> dict[str, dict[str, str]]:
    """What the tags of each page say, by their names."""
    found = {}
    for page in ("index", "a"):
        parsed = BeautifulSoup((site / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
        found[page] = {
            str(tag.get("name") or tag.get("property")): str(tag.get("content"))
            for tag in parsed.select("head meta[content]")
        }
        canonical = parsed.select_one("link[rel=canonical]")
        found[page]["canonical"] = str(canonical["href"]) if canonical else ""
    return found


def test_without_an_address_there_are_descriptions_and_nothing_relative(tmp_path: Path) -> None:
    """The goal describes a chapter, the first paragraph another page; no map, no picture."""
    site = build(tmp_path, SOURCES)
    found = heads(site)
    assert found["index"]["description"] == "A first paragraph."
    assert found["a"]["description"] == "Know it & be able to do it."
    assert found["a"]["og:title"] == "On one thing"
    assert found["a"]["og:site_name"] == "Tiny"
    assert not {"og:url", "og:image"} & set(found["a"])
    assert found["a"]["canonical"] == ""
    assert not (site / "sitemap.xml").exists()
    assert not (site / meta.CARD).exists()


def test_with_an_address_every_page_has_its_own(tmp_path: Path) -> None:
    """Canonical link, card and map agree, and the picture is there in the size that is told."""
    site = build(tmp_path, SOURCES, html_baseurl=BASE)
    found = heads(site)
    listed = ElementTree.parse(site / "sitemap.xml").iter()
    addresses = [tag.text for tag in listed if tag.tag.endswith("loc")]
    assert addresses == [BASE + "a.html", BASE + "index.html"]
    for page, said in found.items():
        assert said["og:url"] == said["canonical"] == f"{BASE}{page}.html"
        assert said["og:image"] == BASE + meta.CARD
    picture = (site / meta.CARD).read_bytes()
    assert picture[16:24] == b"".join(n.to_bytes(4, "big") for n in meta.CARD_SIZE)


@pytest.mark.parametrize("n_words", [5, 30, 200])
def test_descriptions_fit(n_words: int) -> None:
    """Whole sentences where they fit, whole words else."""
    text = " ".join(["word"] * n_words) + "."
    short = meta.shorten(text)
    assert len(short) <= meta.LONGEST
    assert short == text or short.endswith("word …")
    assert meta.shorten("A start. " + text).startswith("A start.")
