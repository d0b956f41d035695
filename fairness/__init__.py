"""Compares groups: cells of counts, metrics with intervals, states and alerts."""
