"""Exercises on layers: shapes, a registry of parameters, what a network costs, and batches."""

CHAPTER = "04_layers"
