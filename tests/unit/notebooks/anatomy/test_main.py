"""The command that prints what is wrong."""

from nbcourse.notebooks.anatomy.__main__ import main
from nbcourse.notebooks.files import text_of

from .chapters import chapter


def test_the_command_prints_sentences_and_fails(tmp_path, capsys):
    """Exit code 1 and one line a breach; silence and 0 for a good chapter."""
    good, bad = tmp_path / "01_good.ipynb", tmp_path / "02_bad.ipynb"
    nb = chapter()
    good.write_text(text_of(nb))
    nb.cells[5].execution_count = None
    bad.write_text(text_of(nb))

    assert main([str(good)]) == 0
    assert capsys.readouterr().out == ""
    assert main([str(good), str(bad)]) == 1
    assert capsys.readouterr().out.startswith("02_bad.ipynb, cell 6 has not run")
