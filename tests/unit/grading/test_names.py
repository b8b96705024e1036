"""Names of files: safe for any id, never the same for two."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcourse.grading.names import file_of, slug, title_of

_ANY = st.text(alphabet=st.characters(), max_size=80)


@given(_ANY)
def test_a_slug_is_plain(identity):
    """Lower case letters, digits and hyphens, whatever the id is; never long, never empty."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(identity))
    assert len(slug(identity)) <= 60


@given(st.lists(_ANY, unique=True, max_size=20))
def test_two_ids_have_two_slugs(identities):
    """Ids that look alike are told apart by a hash of all of them."""
    assert len({slug(identity) for identity in identities}) == len(identities)


def test_ids_that_differ_little_have_two_slugs():
    """Case, accents, separators and what stands behind the cut make a difference."""
    alike = ["ada", "Ada", "àda", "ada ", "../ada", "ada\x00", "a" * 50, "a" * 51, "a-" * 25, ""]
    assert len({slug(identity) for identity in alike}) == len(alike)


def test_a_slug_is_readable():
    """A teacher finds a student's file by its name."""
    assert re.fullmatch(r"zoe-o-brien-[0-9a-f]{16}", slug("Zoë O'Brien"))


@pytest.mark.parametrize("assignment", ["../up", "a/b", "", "con.html", "x" * 100, "-rf"])
def test_an_assignment_that_is_no_name_gets_one(assignment):
    """An assignment is a folder only when its name is plain."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", file_of(assignment))
    assert file_of("03_losses") == "03_losses"


def test_titles_are_for_people():
    """A chapter's stem becomes words; anything else stays."""
    assert title_of("07_gradient_descent") == "Gradient descent (chapter 7)"
    assert title_of("exam") == "exam"
