"""A workflow for GitHub Classroom: grades a student's notebook at every push, for practice.

See https://docs.github.com/en/education/manage-coursework-with-github-classroom/teach-with-github-classroom/use-autograding
and https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax.
"""

import shlex

from nbcourse.errors import InputError
from nbcourse.exercises import find_chapter
from nbcourse.grading.exports.files import read

PLACE = ".github/workflows/grade.yml"
PACKAGE = "nbcourse[grading]"


def workflow(assignment: str, *, package: str = PACKAGE) -> str:
    """The text of the workflow, to be put at `PLACE` in the template repository.

    Args:
        assignment: number, topic or stem of a chapter with exercises.
        package: what pip installs: a name, or "nbcourse[grading] @ https://...".

    Raises:
        InputError: there is no such chapter, or the package is no line of text.
    """
    if not package.isprintable() or not package.strip():
        raise InputError(f"the package to install is one line of text, not {package!r}")
    stem = find_chapter(assignment).stem
    text = read("grade.yml").replace("@ASSIGNMENT@", stem)
    return text.replace("@PACKAGE@", shlex.quote(package))
