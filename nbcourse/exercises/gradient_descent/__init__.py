"""Exercises on gradient descent: rates that converge, batches, and SGD with momentum."""

CHAPTER = "07_gradient_descent"
