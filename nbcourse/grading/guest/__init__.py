"""What runs inside the jail: no secret, no reference, no expected value; it answers with values.

    frames    plain values as bytes
    channel   frames over a pair of descriptors, with a deadline
    lockdown  the locks that a process closes behind itself
    answers   the cells of a notebook, then calls of its functions
    zygote    a warm interpreter that forks one locked process for each submission
    alone     the same for one submission, in a fresh interpreter

Only this package, `nbcourse.checking`, the drivers of the exercises and a few stand-ins are visible
inside; `nbcourse.grading.stage` puts them together.
"""
