"""Exercises on initialization: random weights whose signals neither die nor explode."""

CHAPTER = "09_initialization"
