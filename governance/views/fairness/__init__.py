"""The fairness pages, one file for each."""
