"""Decides and shows: registry, people and keys, the why of a decision, pages; and the project's configuration."""
