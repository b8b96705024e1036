"""Grading a class: untrusted notebooks in, a grade table and feedback out.

    submissions  what students really hand in, read without running or trusting any of it
    guest        what runs inside the jail, and holds no secret
    jail         the walls around it, warm or fresh, and the proof that they stand
    standins     what a guest sees in place of parts that are not there
    ...

The trusted side draws inputs from a keyed seed, sends them to a guest, and compares what comes
back with the reference. A verdict is a function of reply, inputs and specification.
"""
