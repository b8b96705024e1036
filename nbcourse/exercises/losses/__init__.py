"""Exercises on losses: negative log-likelihoods, their gradients, and both without overflow."""

CHAPTER = "03_losses"
