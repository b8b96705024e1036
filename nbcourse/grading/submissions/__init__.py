"""Submissions: what students really hand in, read without running or trusting any of it.

notebook  one file: its code cells, or why it cannot be read
magics    what only a notebook understands, taken out
archives  folders and archives, as names and bytes within bounds
owners    whose file it is, by the roster
beside    what platforms put beside it: names and times
collect   all of them together: attempts, assignments, what belongs to nobody
"""

from nbcourse.grading.submissions.collect import Collection, Unassigned, collect, single
from nbcourse.grading.submissions.notebook import UnreadableError, read_notebook

__all__ = ["Collection", "Unassigned", "UnreadableError", "collect", "read_notebook", "single"]
