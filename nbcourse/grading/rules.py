"""Rules of the "write it yourself" kind: what an answer's source suggests, for a person to judge.

Nothing here changes a mark. What an answer may not use is missing in the jail; this tells a person
where an answer tried, or went around.
"""

from nbcourse.checking.spec import Exercise
from nbcourse.grading.records import Flag


def flags(cells: tuple[tuple[int, str], ...], exercise: Exercise) -> tuple[Flag, ...]:
    """What a person should look at in the answer to an exercise."""
    del cells, exercise
    return ()
