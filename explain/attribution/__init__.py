"""Exact Shapley values of a model's output, with the features a person knows as the players."""
