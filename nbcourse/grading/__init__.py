"""Grading a class: untrusted notebooks in, a grade table and feedback out.

    roster       who is in the course
    submissions  what students really hand in, read without running or trusting any of it
    records      what passes between the parts; keys, what a result is a function of
    guest        what runs inside the jail, and holds no secret
    jail         the walls around it, warm or fresh, and the proof that they stand
    standins     what a guest sees in place of parts that are not there
    judging      one notebook: conversation with its guests, then comparison
    work, run    chunks of a class; a run that may be killed and begun again; executors
    store        the record, in an SQL database
    rules        flags for a person; similarity
    course       due dates, lateness, attempts; gradebook, one mark each
    reports      pages for students and for the teacher; exports, files for other platforms

The trusted side draws inputs from a keyed seed, sends them to a guest, and compares what comes
back with the reference. A verdict is a function of reply, inputs and specification.
"""
