"""Exercises on backpropagation: gradients by hand, layer by layer, and how to prove them right."""

CHAPTER = "05_backpropagation"
