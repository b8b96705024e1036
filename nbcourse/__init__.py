"""A course on neural networks: a NumPy reference, its PyTorch twin, and the book they carry.

The map, in the order in which a learner meets it:

    numpy_nn      the reference: every gradient written by hand
    torch_nn      the twin: the same names on PyTorch, autograd instead of `backward`
    scalar        the same with one number at a time, `math` alone: runs in the book's pages, too
    initializers  first weights, shared by both twins
    propagation   what layers of such weights do to a signal, in theory and measured
    gradients     finite differences: the judge of every gradient
    metrics       how good is it? accuracy, confusion matrix, F1
    data          digits that ship with the package, toy sets, batches
    loop          the part of training that is the same in both twins
    checkpoints   weights and training state on disk, without pickle
    plots         figures that read on paper, in the dark and by ear
    notebooks     the tools behind the chapters
    twins         both sources side by side, and their measured differences
    checking      judges one answer by its values
    exercises     what each exercise asks: right answers, planted wrong ones, hints, checks
    practice      `check`, `hint` and `reveal`, in a notebook and in a terminal
    grading       a class of untrusted notebooks, jailed and judged by values
    cli           the `nbcourse` command

Switching twins is one line: `import nbcourse.numpy_nn as nn` or `import nbcourse.torch_nn as nn`.
Importing `nbcourse` alone loads none of these.
"""

__version__ = "0.1.0"
