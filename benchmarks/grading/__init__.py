"""Grading side by side: the same submissions through nbcourse, nbgrader and otter-grader."""
