"""Answers questions about decisions: claimed by lease, computed outside any transaction, stored as a sealed line."""

from explain.answering.claims import answer_one, follow

__all__ = ["answer_one", "follow"]
