"""The demonstration: real credit applications, a model trained on them, and the people who work with it."""
