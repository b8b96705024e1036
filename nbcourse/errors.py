"""Errors that a user can mend: shown as one sentence, without a traceback."""


class UserError(Exception):
    """A mistake in what was asked for, not in the program."""


class InputError(UserError, ValueError):
    """An argument that a function cannot work with: a wrong shape, a label out of range, NaN."""
