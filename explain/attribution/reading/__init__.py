"""Readers of models that are not scikit-learn's own. Each registers with ``trees.read`` when it is imported."""
