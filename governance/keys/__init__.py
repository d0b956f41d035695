"""API keys: what applications speak with."""
