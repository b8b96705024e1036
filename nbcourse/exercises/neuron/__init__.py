"""Exercises on the neuron: its boundary, the perceptron, the logistic unit, and how both learn."""

CHAPTER = "01_neuron"
