"""The index of the search: what is in it, whatever the words are written in."""

import pytest

from tests.course.tiny import build

PAGE = """# Title

In plainword we trust.

```python
codeword = 1
```

:::{figure} picture.svg
:alt: x

A captionword.
:::

```{raw} html
<div class="live"><table><tr><td>rawword</td></tr></table></div>
```

The {term}`thing` is here.

```{glossary}
thing
  A definitionword.
```
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The index of a page with every kind of text."""
    folder = tmp_path_factory.mktemp("search")
    site = build(
        folder, {"index.md": PAGE, "picture.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>"}
    )
    return (site / "searchindex.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["plain", "code", "caption", "raw", "definition"])
def test_every_kind_of_text_is_indexed(index: str, kind: str) -> None:
    """Text, code, captions, our own HTML (live figures, quizzes) and definitions."""
    assert f'"{kind}word"' in index


def test_what_is_nowhere_is_not_indexed(index: str) -> None:
    """The check above can fail."""
    assert '"absentword"' not in index
