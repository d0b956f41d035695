"""Answers on paper: the same finished values as the page, set by typst, the same bytes for the same answer."""
