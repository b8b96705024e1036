"""Exercises on automatic differentiation: an order to walk back in, rules, and a whole engine."""

CHAPTER = "06_autograd"
