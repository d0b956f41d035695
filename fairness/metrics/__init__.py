"""Group metrics by arithmetic on counts, equal to Fairlearn's on the same decisions."""
