"""What all pages share: a policy that the browser enforces, and templates that escape."""

import base64
import hashlib
import re

import jinja2
import pytest

from nbcourse.grading.reports import pages
from tests.unit.grading.reports.conftest import tree


@pytest.fixture
def index():
    """A small page."""
    return pages.template("index").render(course="<b>&\x00", assignments=[])


def test_the_policy_names_the_style_that_is_there(index):
    """The hash in the policy is that of the style element; another style would be refused."""
    page = tree(index)
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    digest = base64.b64encode(hashlib.sha256(page.style.string.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "script" not in policy


def test_the_policy_stands_before_what_it_rules(index):
    """A policy holds for what comes after it."""
    assert index.index("Content-Security-Policy") < index.index("<style>")


def test_the_style_asks_for_nothing(index):
    """No font, no picture, no other sheet from anywhere."""
    style = tree(index).style.string
    assert not re.search(r"url\(|@import|@font-face|expression|https?:", style)
    assert "prefers-color-scheme:dark" in style
    assert "@media print" in style


def test_values_are_escaped(index):
    """Markup in a value is text, and a control character is visible."""
    assert tree(index).h1.get_text() == "Marks: <b>&\\x00"
    assert not tree(index).find_all("b")


def test_a_value_that_is_missing_is_an_error():
    """A template never leaves a hole in silence."""
    with pytest.raises(jinja2.UndefinedError):
        pages.template("index").render(course="x")


def test_templates_are_compiled_once():
    """The same template is the same object."""
    assert pages.template("feedback") is pages.template("feedback")


@pytest.mark.parametrize(("tier", "warned"), [("1", False), ("1, unsandboxed", True), ("", False)])
def test_missing_isolation_is_said(tier, warned):
    """A mark that was computed without walls carries a warning."""
    assert bool(pages.isolation_warning(tier)) is warned
