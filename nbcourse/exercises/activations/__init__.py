"""Exercises on activations: their slopes, and the straight pieces that hinges make."""

CHAPTER = "02_activations"
