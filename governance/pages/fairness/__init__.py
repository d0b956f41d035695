"""The fairness pages: how groups compare, use case by use case and segment by segment."""
