"""The overview: what a person answerable for decisions wants to see first."""
