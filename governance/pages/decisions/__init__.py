"""The list of decisions: search, filters, a dense table, and pages by key."""
