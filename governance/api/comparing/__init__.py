"""How groups compare, over HTTP: docs/fairness.md."""
