"""Exercises on adaptive optimizers: Adam and its relatives, schedules, clipping and sharpness."""

CHAPTER = "08_adaptive_optimizers"
