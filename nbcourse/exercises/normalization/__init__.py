"""Exercises on normalization and residual connections: signals that keep their size and content."""

CHAPTER = "10_normalization"
