"""Watching two groups' rates for as long as one likes, with a stated chance of ever a false alarm."""
