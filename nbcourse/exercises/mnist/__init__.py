"""Exercises on an honest experiment: read files, count mistakes, compare, search, train, report."""

CHAPTER = "12_mnist"
