"""Finished values of the pages about drift and data quality."""
