"""Finished values of the pages about alerts, batches and requests to train anew."""
