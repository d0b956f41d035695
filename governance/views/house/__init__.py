"""Pages of the house itself: its models, its log, its settings."""
