"""Exercises on generalization: stopping early, dropout, augmentation, ridge and its strength."""

CHAPTER = "11_generalization"
