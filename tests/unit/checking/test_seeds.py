"""Seeds: reproducible, different for each part of the key, unknown without the secret."""

from dataclasses import replace

from nbcourse.checking.seeds import VISIBLE, Key, generator

KEY = Key(secret="s", student="ana", attempt=1)


def _first(key, exercise="e", check="c", case=0):
    return generator(key, exercise, check, case).integers(2**62)


def test_the_same_key_draws_the_same_numbers():
    """For an appeal, inputs can be made again."""
    assert _first(KEY) == _first(replace(KEY))


def test_every_part_of_the_key_counts():
    """Secret, student, attempt, exercise, check and case each change the numbers."""
    drawn = {
        _first(KEY), _first(VISIBLE), _first(replace(KEY, secret="t")),
        _first(replace(KEY, student="bob")), _first(replace(KEY, attempt=2)),
        _first(KEY, exercise="f"), _first(KEY, check="d"), _first(KEY, case=1),
    }  # fmt: skip

    assert len(drawn) == 8


def test_parts_do_not_run_together():
    """Student "a" in exercise "bc" is not student "ab" in exercise "c"."""
    assert _first(replace(KEY, student="a"), "bc") != _first(replace(KEY, student="ab"), "c")
