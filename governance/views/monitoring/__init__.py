"""Pages about drift and data quality of versions."""
