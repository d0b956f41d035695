"""What the organisation decides with: use cases, models, versions."""
