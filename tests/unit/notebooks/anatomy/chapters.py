"""A chapter that obeys every rule, small enough to break in one place at a time."""

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

FIGURE = {"mystnb": {"figure": {"caption": "Both curves.", "name": "fig-curves"}}}
CARD = """\
(ch-neuron)=
# The neuron

:::{card}
**Goal:** train one neuron.

**Prerequisites:** none

**Minutes:** 40
:::

```{resources}
```

```python
# A comment in a listing is no second title.
```
"""
MATHEMATICS = """\
## The mathematics

A neuron computes

$$
y = w^\\top x + b
$$ (eq-neuron)

```{math}
:label: eq-loss
L = (y - t)^2
```

with $\\eta = 0.1$, as {eq}`eq-neuron` says.
"""
SUMMARY = "## Summary\n\n" + "\n".join(f"- line {k}" for k in "abcde")
READING = """\
## Further reading

{cite:t}`rosenblatt_1958` began; see also {cite:p}`minsky_1969, novikoff_1962`.
"""


def code(source, *outputs, **metadata):
    """A code cell that ran."""
    return new_code_cell(source, outputs=list(outputs), execution_count=1, metadata=metadata)


def printed(text, name="stdout"):
    """A stored stream."""
    return new_output("stream", name=name, text=text)


def chapter():
    """All sections in order, with one of everything that a rule looks at."""
    glued = new_output("display_data", data={}, metadata={"scrapbook": {"name": "accuracy"}})
    return new_notebook(
        cells=[
            new_markdown_cell(CARD),
            new_markdown_cell("## Predict\n\nHow many mistakes will it make?\n\n```{predict}\n```"),
            new_markdown_cell("## The idea\n\nWeights and a threshold."),
            new_markdown_cell(MATHEMATICS),
            new_markdown_cell("## The code\n\n### The rule"),
            code("import numpy as np\n\nrng = np.random.default_rng(0)\nrng.integers(3)"),
            new_markdown_cell("## Experiment: five seeds"),
            code("plots.show(fig, alt='Two curves that cross once.')", **FIGURE),
            code("for name in ['accuracy']:\n    glue(name, 1)", glued, tags=["remove-cell"]),
            new_markdown_cell("It is right in {glue:text}`accuracy:.1f` % of all cases."),
            new_markdown_cell("## The PyTorch twin\n\n```{twins} layers.Linear\n```"),
            code("print('parity:', True)", printed("parity: True\n")),
            new_markdown_cell("## Common mistake"),
            code("1 / 0", new_output("error", ename="ZeroDivisionError", evalue="division by zero"),
                 tags=["raises-exception"]),
            new_markdown_cell("## Exercises\n\n```{exercises}\n```"),
            new_markdown_cell("## Quiz\n\n```{quiz}\n```"),
            new_markdown_cell(SUMMARY),
            new_markdown_cell(READING),
            new_markdown_cell("## What changed\n\n- First edition."),
        ]
    )  # fmt: skip


def place(nb, start):
    """The index of the cell whose source starts so."""
    return next(k for k, cell in enumerate(nb.cells) if cell.source.startswith(start))
