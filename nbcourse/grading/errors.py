"""What can go wrong with grading that is no student's fault."""

from nbcourse.errors import UserError


class JailError(UserError):
    """Untrusted code cannot be isolated here; the message says what to install or to choose."""


class GraderError(Exception):
    """The grader itself failed; a state of its own, never a mark."""
